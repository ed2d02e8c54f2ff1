"""The values of a parsed configuration, of whatever language it is written in."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from modelguard_scanner.formats.config_keys import STRONG, WEAK

DOTTED: Final = re.compile(r"[A-Za-z_]\w*(?:[.:]+[A-Za-z_]\w*)+", re.ASCII)
"""A name with a module: `package.module.Class` or `package.module:function`."""
TELLING: Final = re.compile(
    r"\{[{%#]|\$\{|^\s*[\[{]|^\$[\s\w@(\[{]|^(?:gA|Y2|KF)[A-Za-z0-9+/\s]|^ext://|_target_|^[\w./-]+\.py\b"
)
"""Text that may be a template, an expression, another document or a pickle, whatever its name."""
RISKY_MODULES: Final = (
    "builtins|__builtin__|os|posix|nt|subprocess|importlib|runpy|pty|ctypes|marshal|pickle|cPickle"
    "|_pickle|cloudpickle|dill|shutil|socket|webbrowser|pydoc|code|commands|operator|sys|types"
    "|functools|timeit|pdb|multiprocessing|asyncio|codecs|tempfile|pathlib|io"
)
RISKY: Final = re.compile(rf"(?:{RISKY_MODULES})[.:]+[A-Za-z_][\w.]*", re.ASCII)
"""A whole text that names a part of the standard library that can run code or reach outside."""


class Plain:
    """Stands for a value in which nothing matters."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "PLAIN"


PLAIN: Final = Plain()


@dataclass(slots=True, eq=False)
class Entries:
    """What matters of a mapping, in order; a name may occur twice."""

    pairs: list[tuple[str, object]] = field(default_factory=list)

    def get(self, key: str) -> object:
        """Return the last value under a name, None if there is none."""
        return next((value for name, value in reversed(self.pairs) if name == key), None)

    def names(self) -> frozenset[str]:
        """Return all names."""
        return frozenset(name for name, _ in self.pairs)


def matters(key: str, value: object) -> bool:
    """Return whether an entry can make a loader act, whatever stands next to it."""
    if key in STRONG or key.startswith("py/"):
        return True
    return isinstance(value, str) and (
        (key in WEAK and DOTTED.fullmatch(value) is not None) or is_telling(value)
    )


def is_telling(text: str) -> bool:
    """Return whether a text matters whatever its name is."""
    return TELLING.search(text) is not None or RISKY.fullmatch(text) is not None


def plain_value(root: object) -> object:
    """Return the value as dictionaries and lists, in which the last of two entries counts."""
    made: dict[int, object] = {}
    top: list[object] = [None]
    todo: list[tuple[object, dict[str, object] | list[object], str | int]] = [(root, top, 0)]
    while todo:
        value, into, at = todo.pop()
        if isinstance(value, Entries):
            new: object = made.get(id(value))
            if new is None:
                made[id(value)] = new = dict.fromkeys(value.names())
                todo.extend((inner, new, key) for key, inner in reversed(value.pairs))
        elif isinstance(value, list):
            new = made.get(id(value))
            if new is None:
                items: list[object] = [None] * len(value)
                made[id(value)] = new = items
                todo.extend((inner, items, number) for number, inner in enumerate(value))
        else:
            new = None if value is PLAIN else value
        into[at] = new  # type: ignore[index]  # a list has numbers, a dictionary names
    return top[0]


def values(root: object) -> Iterator[tuple[str, object]]:
    """Yield each value once with the nearest name above it, outer ones first."""
    todo: list[tuple[str, object]] = [("", root)]
    seen: set[int] = set()
    while todo:
        key, value = todo.pop()
        yield key, value
        if not isinstance(value, (Entries, list)) or id(value) in seen:
            continue
        seen.add(id(value))
        if isinstance(value, Entries):
            todo.extend(reversed(value.pairs))
        else:
            todo.extend((key, inner) for inner in reversed(value))
