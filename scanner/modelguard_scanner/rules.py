"""Which imports of a pickle are needed, dangerous or neither."""

import re
import sys
from dataclasses import dataclass
from functools import cache
from typing import Final

from modelguard_scanner.report import Severity

_MODULE: Final = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)*")


@dataclass(frozen=True, slots=True)
class Rules:
    """What an operator may choose.

    `extra_allowed` holds `module.Class`, or `module.*` for all plain names of exactly that module;
    it never allows what is known to be dangerous. `allowed_formats`, if set, makes any other
    format suspicious.
    """

    extra_allowed: frozenset[str] = frozenset()
    allowed_formats: frozenset[str] | None = None

    def judge(self, module: str, name: str) -> Severity:
        """Return INFO for a needed import, MALICIOUS for a dangerous one, else SUSPICIOUS."""
        tables = _tables()
        module = _modern(module)
        if (module, name) in tables.allowed:
            return Severity.INFO
        if _is_dangerous(module, name):
            return Severity.MALICIOUS
        if f"{module}.{name}" in self.extra_allowed:
            return Severity.INFO
        if "." not in name and f"{module}.*" in self.extra_allowed:
            return Severity.INFO
        if any(m.fullmatch(module) and n.fullmatch(name) for m, n in tables.patterns):
            return Severity.INFO
        return Severity.SUSPICIOUS


DEFAULT: Final = Rules()


@dataclass(frozen=True, slots=True)
class _Tables:
    allowed: frozenset[tuple[str, str]]
    dangerous: frozenset[tuple[str, str]]
    patterns: tuple[tuple[re.Pattern[str], re.Pattern[str]], ...]


@cache
def _tables() -> _Tables:
    """Compile the tables once, when the first pickle is judged."""
    from modelguard_scanner import imports  # noqa: PLC0415  # lazy

    patterns = tuple(
        (re.compile(module, re.ASCII), re.compile(name, re.ASCII))
        for module, name in imports.ALLOWED_PATTERNS
    )
    return _Tables(_pairs(imports.ALLOWED), _pairs(imports.DANGEROUS_NAMES), patterns)


def _pairs(table: str) -> frozenset[tuple[str, str]]:
    """Read lines of `module: name name ...`."""
    pairs: set[tuple[str, str]] = set()
    for line in table.split("\n"):
        module, _, names = line.partition(":")
        pairs.update((module, name) for name in names.split())
    return frozenset(pairs)


def _modern(module: str) -> str:
    from modelguard_scanner.imports import PYTHON_2  # noqa: PLC0415  # lazy

    return PYTHON_2.get(module, module)


def _is_dangerous(module: str, name: str) -> bool:
    """Judge the dotted path as a whole, so that `torch` with `_utils.os.system` hides nothing."""
    from modelguard_scanner.imports import (  # noqa: PLC0415  # lazy
        DANGEROUS_MODULES,
        DANGEROUS_PARTS,
        MODULES_AS_NAMES,
    )

    name_parts = name.split(".")
    path = module.split(".") + name_parts
    if any(".".join(path[:end]) in DANGEROUS_MODULES for end in range(1, len(path) + 1)):
        return True
    if not {(module, name), (module, name_parts[0])}.isdisjoint(_tables().dangerous):
        return True
    return not (DANGEROUS_PARTS | MODULES_AS_NAMES).isdisjoint(name_parts)


def is_module_path(text: str) -> bool:
    """Say if `text` could name a module at all."""
    return _MODULE.fullmatch(text) is not None


def is_standard_library(module: str) -> bool:
    """Say if importing `module` can have an effect on any Python."""
    return _modern(module).split(".", 1)[0] in sys.stdlib_module_names
