# ruff: noqa: SIM905  # a table of words is read most easily as text
"""Writes `modelguard_scanner/pickles/known.py`: the classes and functions that pickles may name.

Run with the Python of an environment that holds `requirements.txt`; `__main__` makes one. Every
module below the roots is imported, and a class is kept if the module itself defines it and none of
the methods that an unpickler reaches was refused: `HOOKS` names those methods, and `refused` reads
their source. What was kept although its source looks dangerous, or left out although it does not,
stands in `reviewed`, with the reason.
"""

import ast
import enum
import importlib
import inspect
import io
import pkgutil
import sys
import textwrap
import types
import warnings
from collections import deque
from collections.abc import Iterator
from importlib.metadata import version

from reviewed import ACCEPTED, FUNCTIONS, LEFT_OUT, RENAMED, ROOTS, SKIPPED_PARTS, UFUNCS  # type: ignore[import-not-found]  # beside this script

HOOKS = (
    "__new__", "__setstate__", "__del__", "__getattr__", "__getattribute__", "__setattr__",
    "__setitem__", "__hash__", "__eq__", "append", "extend", "add", "update",
)  # fmt: skip
"""What an unpickler, or the end of the object, calls; the last six for containers only."""
CONTAINER_HOOKS = frozenset({"__setitem__", "append", "extend", "add", "update"})
RISKY_CALLS = frozenset(
    "exec eval compile open __import__ import_module system popen run Popen load loads "
    "read_pickle urlopen get_type_hints remove unlink write CDLL LoadLibrary start".split()
)
PLAIN_BASES = (object, dict, list, tuple, set, frozenset, int, float, str, deque)
UNWANTED = (BaseException, types.ModuleType, io.IOBase, type, property)


def main() -> None:
    """Print the module."""
    warnings.simplefilter("ignore")
    classes = _classes()
    functions: dict[str, list[str]] = {}
    for package, names in FUNCTIONS.items():
        for module, name in _functions(package, names):
            functions.setdefault(module, []).append(name)
    for package in UFUNCS:
        found = vars(importlib.import_module(package)).items()
        ufuncs = [name for name, value in found if type(value).__name__ == "ufunc"]
        functions.setdefault(package, []).extend(ufuncs)
    for old, new in RENAMED.items():
        for table in (classes, functions):
            if new in table and old not in table:
                table[old] = table[new]
    _write(classes, functions)


def _classes() -> dict[str, list[str]]:
    """Return the classes with their flags, and what Cython restores classes with, by module."""
    classes: dict[str, list[str]] = {}
    for module in _modules():
        for name, value in sorted(vars(module).items()):
            if isinstance(value, type):
                if kept(module.__name__, name, value):
                    classes.setdefault(module.__name__, []).append(name + flags(value))
            elif name.startswith("__pyx_unpickle_") or name == "newObj":
                classes.setdefault(module.__name__, []).append(name)
    return classes


def kept(module: str, name: str, value: type) -> bool:
    """Return whether pickles may name the class."""
    if value.__module__ != module or value.__qualname__ != name or issubclass(value, UNWANTED):
        return False
    if f"{module}.{name}" in LEFT_OUT or module in LEFT_OUT:
        return False
    if "c" in flags(value) and not _is_picklable(value):
        return False
    return not any(refused(owner, hook) for owner, hook in hooks(value))


def _is_picklable(value: type) -> bool:
    """Return whether a compiled class has pickles: others may crash if they were not set up."""
    reduce: object = value.__reduce__
    reduces = getattr(reduce, "__name__", "") == "__reduce__"
    own = reduces and reduce is not object.__reduce__
    restored = f"__pyx_unpickle_{value.__name__}" in vars(sys.modules[value.__module__])
    return own or restored or "__getstate__" in vars(value)


def hooks(value: type) -> Iterator[tuple[type, str]]:
    """Yield each method that unpickling reaches, with the class that defines it."""
    container = issubclass(value, (dict, list, set, deque))
    for hook in HOOKS:
        if hook in CONTAINER_HOOKS and not container:
            continue
        owner = next((base for base in value.__mro__ if hook in vars(base)), object)
        if owner not in PLAIN_BASES:
            yield owner, hook


def refused(owner: type, hook: str) -> bool:
    """Return whether the method may do more than fill its object, and was not accepted."""
    name = f"{owner.__module__}.{owner.__qualname__}.{hook}"
    if name in ACCEPTED:
        return False
    try:
        source = textwrap.dedent(inspect.getsource(vars(owner)[hook]))
        tree = ast.parse(source)
    except (OSError, TypeError, SyntaxError):
        return hook in ("__del__", "__getattribute__")  # compiled: it fills fields of the object
    if hook in ("__del__", "__getattribute__"):
        return True
    return any(_is_risky(node) for node in ast.walk(tree))


def _is_risky(node: ast.AST) -> bool:
    if isinstance(node, (ast.Import, ast.ImportFrom)):
        return True
    if not isinstance(node, ast.Call):
        return False
    called = (
        node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    )
    return called in RISKY_CALLS


def flags(value: type) -> str:
    """Return `=` and letters: what may be done to the class; see `shapes`."""
    letters = "x" if any(base.__name__ == "rv_generic" for base in value.__mro__) else ""
    if issubclass(value, enum.Enum):
        letters += "e"
    elif issubclass(value, tuple) and hasattr(value, "_fields"):
        letters += "n"
    if issubclass(value, dict):
        letters += "m"
    elif issubclass(value, (list, set, deque)):
        letters += "q"
    if "__setstate__" in dir(value) or any(vars(base).get("__slots__") for base in value.__mro__):
        letters += "t"
    compiled = not isinstance(vars(value).get("__init__", len), types.FunctionType)
    if compiled and not letters.strip("t") and not value.__flags__ & (1 << 9):
        letters += "c"
    return f"={letters}" if letters else ""


def _modules() -> Iterator[types.ModuleType]:
    names: set[str] = set()
    for root in ROOTS:
        package = importlib.import_module(root)
        names.add(root)
        if hasattr(package, "__path__"):
            found = pkgutil.walk_packages(package.__path__, root + ".", onerror=lambda _: None)
            names.update(info.name for info in found)
    for name in sorted(names):
        parts = set(name.split("."))
        if parts & SKIPPED_PARTS or name in LEFT_OUT:
            continue
        if name.startswith("transformers.models.") and ".configuration_" not in name:
            continue
        try:
            yield importlib.import_module(name)
        except BaseException as error:  # noqa: BLE001  # an optional part of the package
            sys.stderr.write(f"{name}: {error!r:.80}\n")


def _functions(package: str, names: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """Yield where each function is defined and where it is public: pickles name the former."""
    module = importlib.import_module(package)
    for name in names or module.__all__:
        value = getattr(module, name, None)
        if callable(value) and not isinstance(value, type) and f"{package}.{name}" not in LEFT_OUT:
            yield package, name
            home = getattr(value, "__module__", None) or package
            if home.split(".")[0] == package.split(".", maxsplit=1)[0] and home != package:
                yield home, name


def _write(classes: dict[str, list[str]], functions: dict[str, list[str]]) -> None:
    packages = sorted({root.split(".")[0] for root in ROOTS})
    names = {"sklearn": "scikit-learn", "imblearn": "imbalanced-learn"}
    versions = ", ".join(f"{name} {version(names.get(name, name))}" for name in packages)
    print('"""Generated by scanner/generate; do not edit.')
    print()
    print("\n".join(textwrap.wrap(f"From {versions}.", 100)))
    print('"""')
    print()
    print("from typing import Final")
    for title, table in (("CLASSES", classes), ("FUNCTIONS", functions)):
        print(f'\n{title}: Final = """')
        for module, found in sorted(table.items()):
            for line in textwrap.wrap(" ".join(sorted(set(found))), max(40, 98 - len(module)),
                                      break_long_words=False, break_on_hyphens=False):  # fmt: skip
                print(f"{module}: {line}")
        print('"""')


if __name__ == "__main__":
    main()
