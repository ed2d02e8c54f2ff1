"""Allowed names composed at random, with the real classes: none of it may act on anything.

Names of packages that are not installed stand for nothing; run it with the Python of an environment
that has them: `python -m tests.scanner.oracles --only composition --python …/bin/python`.
"""

import importlib
import io
import os
import pickle
import sys
import warnings
from contextlib import suppress
from random import Random
from typing import Any

from modelguard_scanner import DEFAULT, BytesSource, Limits, Severity
from modelguard_scanner.limits import ScanError
from modelguard_scanner.pickles.judge import inspect_pickle
from modelguard_scanner.pickles.shapes import known
from modelguard_scanner.scanning import Member, Scan

from tests.scanner import assembler as asm

FIRST_PARTS = (
    "builtins", "collections", "copyreg", "_codecs", "datetime", "decimal", "fractions", "pathlib",
    "functools", "types", "random", "operator", "uuid", "ipaddress", "numpy", "scipy", "sklearn",
    "torch", "pandas", "joblib", "argparse", "logging", "array", "re", "math", "zoneinfo",
)  # fmt: skip
PYTHON = (sys.prefix, sys.base_prefix, *filter(None, sys.path))
REACHED: list[str] = []
WATCHED = (
    "exec",
    "compile",
    "open",
    "import",
    "os.",
    "subprocess.",
    "ctypes.",
    "pickle.find_class",
)
LITERALS = (
    b"N", b"]", b"}", b")", b"\x88", b"K\x01", b"K\x00", asm.text("a"), asm.text("latin1"),
    asm.text("print('x')"), asm.text("os"), asm.text("system"), asm.blob(b"abc"), b"(K\x01K\x02t",
    b"](K\x01K\x02e", asm.dict_of(a=b"K\x01"), asm.text("<f8"), asm.text("|O"), asm.text("split"),
)  # fmt: skip
KEYS = ("a", "_modules", "_parameters", "_keys", "__setstate__", "__class__", "__dict__", "func",
        "dist", "data", "append", "extend", "__new__", "keywords", "_parse_arg_template",
        "__reduce__", "default_factory", "hook", "_buffers")  # fmt: skip


class CompositionOracle:
    """See `oracle.Oracle`."""

    cases_in_test = 4_000
    memory = 16 * 1024**3

    def __init__(self) -> None:
        self._names: dict[tuple[str, str], object] = {}
        self._keys: list[tuple[str, str]] = []

    def prepare(self) -> None:
        warnings.simplefilter("ignore")
        os.environ["CUDA_VISIBLE_DEVICES"] = ""
        missing: set[str] = set()
        for module, name in sorted(known()):
            if module.split(".")[0] in FIRST_PARTS and module not in missing:
                try:
                    value: Any = importlib.import_module(module)
                    for part in name.split("."):
                        value = getattr(value, part)
                    self._names[module, name] = value
                except Exception:  # noqa: BLE001  # an optional package or a name of another version
                    missing.update({module} if module not in sys.modules else ())
        self._keys = sorted(self._names)
        sys.addaudithook(_watch)

    def make(self, random: Random) -> bytes:
        keys = self._keys or sorted(known())
        return asm.pickle(b"".join(_step(random, keys, 3) for _ in range(random.randrange(1, 4))))

    def difference(self, data: bytes) -> str | None:
        member, scan = Member(BytesSource(data), "m"), Scan(DEFAULT, Limits(), lambda _, __: None)
        try:
            inspect_pickle(scan, member)
        except ScanError:
            return None
        if scan.worst is not Severity.INFO:
            return None
        REACHED.clear()
        with suppress(Exception):
            _Loader(io.BytesIO(data), self._names).load()
        return f"reached: {REACHED[0]}" if REACHED else None


def _step(random: Random, keys: list[tuple[str, str]], depth: int) -> bytes:
    """Return opcodes that make a value of allowed names."""
    way = random.randrange(10)
    if depth == 0 or way < 2:
        return random.choice(LITERALS)
    name = asm.global_(*random.choice(keys))
    if way == 2:
        return name
    more = [_step(random, keys, depth - 1) for _ in range(random.randrange(3))]
    if way < 6:
        made = name + b")\x81"
    else:
        made = name + b"(" + b"".join(more) + b"t" + random.choice((b"R", b"R", b"\x81"))
    last = random.randrange(5)
    if last == 0:
        return made
    value = _step(random, keys, depth - 1)
    if last < 3:
        return made + asm.dict_of(**{random.choice(KEYS): value}) + b"b"
    return made + (asm.text(random.choice(KEYS)) + value + b"s" if last == 3 else value + b"a")


class _Loader(pickle._Unpickler):  # the Python twin: the C one acts alike and is harder to stop
    def __init__(self, file: io.BytesIO, names: dict[tuple[str, str], object]) -> None:
        super().__init__(file)
        self._allowed = names

    def find_class(self, module: str, name: str) -> Any:
        return self._allowed[module, name]

    def persistent_load(self, _: object) -> Any:
        return None

    def load(self) -> Any:
        global _LOADING  # noqa: PLW0603  # read by the audit hook
        _LOADING = True
        try:
            return super().load()
        finally:
            _LOADING = False


_LOADING = False


def _watch(event: str, arguments: tuple[object, ...]) -> None:
    if not (_LOADING and event.startswith(WATCHED)):
        return
    if event == "import" and str(arguments[0]) in sys.modules:
        return
    if event in ("os.listdir", "os.scandir"):
        return
    if event == "open" and str(arguments[0]).startswith(PYTHON) and arguments[1] in ("r", "rb"):
        return  # a warning shows the line of the library that gives it
    REACHED.append(f"{event} {arguments!r:.80}")


ORACLE = CompositionOracle()
