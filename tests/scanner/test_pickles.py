import pytest
from modelguard_scanner import BytesSource, Verdict, scan

from tests.scanner import assembler as asm
from tests.scanner.pickle_regressions import clean, lookups, not_clean, unused_lookups

NOT_CLEAN = dict(not_clean())
CLEAN = dict(clean())
LOOKUPS = dict(lookups())
UNUSED = dict(unused_lookups())


@pytest.mark.parametrize("name", NOT_CLEAN)
def test_what_the_loader_reaches_is_reported(name: str) -> None:
    report = scan(BytesSource(NOT_CLEAN[name]), path="model.pkl")
    assert report.verdict not in (Verdict.CLEAN, Verdict.UNKNOWN)
    assert all(finding.rule != "engine-failure" for finding in report.findings)


@pytest.mark.parametrize("name", CLEAN)
def test_what_honest_libraries_write_is_clean(name: str) -> None:
    report = scan(BytesSource(CLEAN[name]), path="model.pkl")
    assert [finding.message for finding in report.findings] == []


@pytest.mark.parametrize("name", [name for name in NOT_CLEAN if "frame" in name])
def test_frames_that_no_pickler_writes_are_malicious(name: str) -> None:
    assert scan(BytesSource(NOT_CLEAN[name]), path="model.pkl").verdict is Verdict.MALICIOUS


@pytest.mark.parametrize("name", LOOKUPS)
def test_attributes_that_are_looked_up_and_used_are_malicious(name: str) -> None:
    assert scan(BytesSource(LOOKUPS[name]), path="model.pkl").verdict is Verdict.MALICIOUS


@pytest.mark.parametrize("name", UNUSED)
def test_attributes_that_are_looked_up_alone_are_suspicious(name: str) -> None:
    assert scan(BytesSource(UNUSED[name]), path="model.pkl").verdict is Verdict.SUSPICIOUS


def test_the_variables_that_dill_names_for_a_function_are_no_attack() -> None:
    # GIVEN functions that dill would restore, with the variables of a module
    maker = asm.global_("dill._dill", "_create_function")
    own = asm.global_("mypackage.features", "__dict__")

    # WHEN they are inspected THEN it matters whose they are and what is done with them
    for body, verdict in (
        (asm.call(maker, asm.text("predict"), own), Verdict.SUSPICIOUS),
        (asm.call(maker, asm.global_("__main__", "__dict__")), Verdict.SUSPICIOUS),
        (asm.call(maker, asm.text("system"), own), Verdict.MALICIOUS),
        (asm.call(maker, asm.global_("os", "__dict__")), Verdict.MALICIOUS),
        (asm.call(maker, asm.global_("builtins", "__dict__")), Verdict.MALICIOUS),
        (asm.call(maker, own) + b"0" + own + asm.text("a") + b"Ns", Verdict.MALICIOUS),
        (own, Verdict.MALICIOUS),
    ):
        assert scan(BytesSource(asm.pickle(body)), path="m").verdict is verdict


def test_code_by_value_is_suspicious_unless_it_names_commands() -> None:
    # GIVEN functions that cloudpickle would restore
    maker = asm.global_("cloudpickle.cloudpickle", "_make_function")
    harmless = asm.pickle(asm.call(maker, asm.text("predict")))
    commands = asm.pickle(asm.call(maker, asm.text("system")))

    # WHEN they are inspected THEN it matters what they name
    first = scan(BytesSource(harmless), path="m")
    assert first.verdict is Verdict.SUSPICIOUS
    assert "pickle-code" in {finding.rule for finding in first.findings}
    assert scan(BytesSource(commands), path="m").verdict is Verdict.MALICIOUS


def test_millions_of_imports_end_at_the_cap() -> None:
    # GIVEN more distinct imports than a scan may hold
    body = b"".join(b"cunknown\nn%d\n0" % number for number in range(40_000))

    # WHEN they are inspected THEN the scan says that it stopped
    report = scan(BytesSource(asm.pickle(body + b"N")), path="m")
    assert report.verdict is Verdict.INCONCLUSIVE
