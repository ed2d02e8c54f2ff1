"""Pickles: whatever a CPython unpickler reaches that is not allowed keeps a file from clean."""

from random import Random

from modelguard_scanner import DEFAULT, BytesSource, Severity, scan

from tests.scanner.oracles.pickle_loaders import EXTENSIONS, Loaders, Reached
from tests.scanner.oracles.pickle_programs import program

SERVED = ("clean", "unknown")


class PickleOracle:
    """See `oracle.Oracle`."""

    cases_in_test = 12_000
    memory = 1024**3

    def __init__(self) -> None:
        self._loaders = Loaders()

    def prepare(self) -> None:
        self._loaders.prepare()
        scan(BytesSource(b"N."), path="model.pkl")

    def make(self, random: Random) -> bytes:
        return program(random)

    def difference(self, data: bytes) -> str | None:
        report = scan(BytesSource(data), path="model.pkl")
        if any(found.rule == "engine-failure" for found in report.findings):
            return f"engine failure: {report.findings[0].message}"
        if report.verdict not in SERVED:
            return None
        return _unforeseen(self._loaders.load(data))


def _unforeseen(reached: Reached) -> str | None:
    """Return what no honest pickle of allowed names does."""
    for module, name in sorted(reached.names):
        if DEFAULT.judge(module, name) is not Severity.INFO:
            return f"name not allowed: {module}.{name}"
        if (module, name) in EXTENSIONS.values():
            return f"extension: {module}.{name}"
    for act, name in sorted(reached.acts):
        if act.endswith((" import", " result")):
            return f"{act}: {name}"
    return None


ORACLE = PickleOracle()
