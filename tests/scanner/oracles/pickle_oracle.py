"""Pickles: whatever a CPython unpickler reaches that is not allowed keeps a file from clean."""

from random import Random

from modelguard_scanner import DEFAULT, BytesSource, Limits, Severity, scan
from modelguard_scanner.limits import ScanError
from modelguard_scanner.pickles.judge import inspect_pickle
from modelguard_scanner.rules import is_dangerous_name, is_module_path
from modelguard_scanner.scanning import Member, Scan

from tests.scanner.oracles.pickle_loaders import EXTENSIONS, Loaders, Reached
from tests.scanner.oracles.pickle_programs import program

SERVED = ("clean", "unknown")


class PickleOracle:
    """See `oracle.Oracle`."""

    cases_in_test = 8_000
    memory = 1024**3

    def __init__(self) -> None:
        self._loaders = Loaders()

    def prepare(self) -> None:
        self._loaders.prepare()
        scan(BytesSource(b"N."), path="model.pkl")

    def make(self, random: Random) -> bytes:
        return program(random)

    def difference(self, data: bytes) -> str | None:
        if _pickles_alone(data) not in (Severity.INFO, Severity.UNKNOWN):
            return None
        report = scan(BytesSource(data), path="model.pkl")
        if any(found.rule == "engine-failure" for found in report.findings):
            return f"engine failure: {report.findings[0].message}"
        if report.verdict not in SERVED:
            return None
        return _unforeseen(self._loaders.load(data))


def _pickles_alone(data: bytes) -> Severity:
    """Return what the reader of pickles says: it takes a tenth of the time of a whole scan."""
    member = Member(BytesSource(data), "model.pkl")
    state = Scan(DEFAULT, Limits(), lambda _, __: None)
    try:
        inspect_pickle(state, member)
    except ScanError as error:
        state.fail(member, error)
    return state.worst


def _unforeseen(reached: Reached) -> str | None:
    """Return what no honest pickle of allowed names does."""
    for module, name in sorted(reached.names):
        severity = DEFAULT.judge(module, name)
        if severity is not Severity.INFO and _matters(reached, module, name):
            return f"name not allowed: {module}.{name}"
    for module, name in sorted(reached.continued):
        if DEFAULT.judge(module, name) is Severity.MALICIOUS:
            return f"name through a kept memo: {module}.{name}"
    for act, name in sorted(reached.acts):
        if act.endswith((" import", " result")):
            return f"{act}: {name}"
    return None


def _matters(reached: Reached, module: str, name: str) -> bool:
    """Return whether a name is called, looked up in full, or dangerous by itself.

    Lines of text import modules that do not exist, until a loader breaks off.
    """
    if not is_module_path(module) or not name:
        return False  # no module is called that
    called = any(label == f"{module}.{name}" for _, label in reached.acts)
    by_itself = is_dangerous_name(module, name) and (module, name) not in EXTENSIONS.values()
    return (module, name) in reached.completed or called or by_itself


ORACLE = PickleOracle()
