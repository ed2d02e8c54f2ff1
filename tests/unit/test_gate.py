"""The gate: every verdict, under every policy, asked either way."""

import itertools

import pytest

from lambdas.registry.errors import RegistryError
from lambdas.registry.gate import ClearedFile, Policy, Strictness, Unknown
from lambdas.registry.verdict import Inspection, Verdict
from lambdas.registry.version import File, Version

FILE = File("m.bin", 1, "0" * 64, "model/m/id", "application/octet-stream")
STANDARD, HOLDING = Policy(), Policy(unknown=Unknown.HOLD)
STRICT, STRICT_HOLDING = (
    Policy(Strictness.STRICT, unknown) for unknown in (Unknown.SERVE, Unknown.HOLD)
)
POLICIES = (STANDARD, HOLDING, STRICT, STRICT_HOLDING)
SERVED = {
    *itertools.product((Verdict.CLEAN,), POLICIES, (False, True)),
    *itertools.product((Verdict.UNKNOWN,), (STANDARD,), (False, True)),
    *itertools.product((Verdict.SUSPICIOUS, Verdict.INCONCLUSIVE), (STANDARD, HOLDING), (True,)),
}


@pytest.mark.parametrize(
    ("verdict", "policy", "allow_unverified"),
    list(itertools.product(Verdict, POLICIES, (False, True))),
)
def test_exactly_these_are_served(
    verdict: Verdict, policy: Policy, *, allow_unverified: bool
) -> None:
    version = Version("model", 1, (FILE,), "now", inspection=Inspection(verdict))

    try:
        cleared = ClearedFile.clear(version, FILE, policy=policy, allow_unverified=allow_unverified)
        served = cleared.file is FILE
    except RegistryError:
        served = False

    assert served == ((verdict, policy, allow_unverified) in SERVED)
