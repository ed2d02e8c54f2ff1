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

    def judge(self, module: str, name: str, *, torchscript: bool = False) -> Severity:
        """Return INFO for a needed import, MALICIOUS for a dangerous one, else SUSPICIOUS.

        `torchscript` is true inside a TorchScript archive, whose interpreter imports nothing.
        """
        from modelguard_scanner.pickles.shapes import known  # noqa: PLC0415  # lazy

        module = modern(module)
        if (module, name) in known() or (torchscript and is_torchscript(module, name)):
            return Severity.INFO
        if _is_dangerous(module, name):
            return Severity.MALICIOUS
        if self.allows(module, name):
            return Severity.INFO
        return Severity.SUSPICIOUS

    def allows(self, module: str, name: str) -> bool:
        """Return whether the operator allowed the name, to be called with anything."""
        if f"{module}.{name}" in self.extra_allowed:
            return True
        return "." not in name and f"{module}.*" in self.extra_allowed


DEFAULT: Final = Rules()


@cache
def _dangerous_names() -> frozenset[tuple[str, str]]:
    from modelguard_scanner.imports import DANGEROUS_NAMES  # noqa: PLC0415  # lazy

    return _pairs(DANGEROUS_NAMES)


def _pairs(table: str) -> frozenset[tuple[str, str]]:
    """Read lines of `module: name name ...`."""
    pairs: set[tuple[str, str]] = set()
    for line in table.split("\n"):
        module, _, names = line.partition(":")
        pairs.update((module, name) for name in names.split())
    return frozenset(pairs)


def is_torchscript(module: str, name: str) -> bool:
    """Return whether TorchScript's interpreter understands the name without importing it."""
    from modelguard_scanner.pickles.shapes import torchscript  # noqa: PLC0415  # lazy

    if module.split(".", 1)[0] == "__torch__":
        return _MODULE.fullmatch(module) is not None and name.isidentifier()
    return (module, name) in torchscript()


def modern(module: str) -> str:
    """Return the name that a module has today."""
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
    if not {(module, name), (module, name_parts[0])}.isdisjoint(_dangerous_names()):
        return True
    return not (DANGEROUS_PARTS | MODULES_AS_NAMES).isdisjoint(name_parts)


def is_module_path(text: str) -> bool:
    """Say if `text` could name a module at all."""
    return _MODULE.fullmatch(text) is not None


def is_standard_library(module: str) -> bool:
    """Return whether importing `module` can have an effect on any Python."""
    return modern(module).split(".", 1)[0] in sys.stdlib_module_names


ACTING_MODULES: Final = frozenset(
    {"antigravity", "this", "__main__", "idlelib", "turtledemo", "pip"}
)
"""Modules of every Python that do something when they are imported."""


def acts_when_imported(module: str) -> bool:
    """Return whether importing `module` alone can have an effect on any Python."""
    parts = modern(module).split(".")
    return parts[0] in ACTING_MODULES or parts[-1] in ("__main__", "this", "antigravity")


def is_dangerous_name(module: str, name: str) -> bool:
    """Return whether the name itself, not just its module, is known to be dangerous."""
    from modelguard_scanner.imports import DANGEROUS_PARTS  # noqa: PLC0415  # lazy

    module = modern(module)
    return (module, name) in _dangerous_names() or (
        module.split(".", 1)[0] in sys.stdlib_module_names
        and not DANGEROUS_PARTS.isdisjoint(name.split("."))
    )
