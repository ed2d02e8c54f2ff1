"""CPython's unpicklers, fed from every kind of source, with inert stubs for what they import."""

import copyreg
import io
import os
import pickle
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any, Self, cast

PICKLES_IN_A_ROW = 6
"""As many as PyTorch's legacy reader takes, and one more."""
EXTENSIONS = {1: ("os", "system"), 300: ("builtins", "exec"), 70_000: ("subprocess", "Popen")}


@dataclass(slots=True)
class Reached:
    """What loaders did with the stubs."""

    names: set[tuple[str, str]] = field(default_factory=set)
    acts: set[tuple[str, str]] = field(default_factory=set)
    """(call, build, item, append or index; the name it was done to)."""
    completed: set[tuple[str, str]] = field(default_factory=set)
    """Names in pickles that a loader came to the end of."""
    continued: set[tuple[str, str]] = field(default_factory=set)
    """Names that only an unpickler reaches which keeps its memo for the next pickle."""


REACHED = Reached()


class _Meta(type):
    """Records what is done to an import itself, not to what was made of it."""

    label = "?"

    @property
    def __setstate__(cls) -> Callable[[object], None]:  # noqa: PLE0302  # wins over the method of the class
        REACHED.acts.add(("build import", cls.label))
        return lambda _: None

    def __setitem__(cls, key: object, value: object) -> None:
        REACHED.acts.add(("item import", cls.label))

    @property
    def append(cls) -> Callable[[object], None]:
        REACHED.acts.add(("append import", cls.label))
        return lambda _: None

    extend = update = add = append


class Stub(metaclass=_Meta):
    """Stands for an imported class or function, and for what a call of it returns."""

    def __new__(cls, *_: object, **__: object) -> Self:
        REACHED.acts.add(("call", cls.label))
        return object.__new__(cls)

    def __init__(self, *_: object, **__: object) -> None:
        pass

    def __call__(self, *_: object, **__: object) -> "Stub":
        REACHED.acts.add(("call result", type(self).label))
        return self

    def __setstate__(self, state: object) -> None:
        REACHED.acts.add(("build", type(self).label))

    def __setitem__(self, key: object, value: object) -> None:
        REACHED.acts.add(("item", type(self).label))

    def append(self, _: object) -> None:
        REACHED.acts.add(("append", type(self).label))

    extend = update = add = append


_STUBS: dict[tuple[str, str], type[Stub]] = {}


def _stub(module: Any, name: Any) -> type[Stub]:
    key = (str(module), str(name))
    REACHED.names.add(key)
    found = _STUBS.get(key)
    if found is None:
        if len(_STUBS) > 10_000:
            _STUBS.clear()
        found = _STUBS[key] = _class("Import", f"{key[0]}.{key[1]}")
    return found


def _class(name: str, label: str) -> type[Stub]:
    return cast("type[Stub]", _Meta(name, (Stub,), {"label": label}))


_PERSISTENT = _class("Persistent", "<persistent>")


def _persistent(identity: Any) -> Any:
    """Answer as PyTorch's legacy reader does."""
    if isinstance(identity, tuple) and len(identity) > 1 and identity[0] == "module":
        return identity[1]
    return object.__new__(_PERSISTENT)


class CUnpickler(pickle.Unpickler):
    def find_class(self, module: Any, name: Any) -> Any:
        return _stub(module, name)

    def persistent_load(self, pid: Any) -> Any:
        return _persistent(pid)


class PythonUnpickler(pickle._Unpickler):  # undocumented twin
    def find_class(self, module: Any, name: Any) -> Any:
        return _stub(module, name)

    def persistent_load(self, pid: Any) -> Any:
        return _persistent(pid)


class WithoutPeek:
    """A file object that has nothing but what unpicklers demand."""

    def __init__(self, data: bytes) -> None:
        file = io.BytesIO(data)
        self.read = file.read
        self.readline = file.readline


class _Module(ModuleType):
    def __getattr__(self, name: str) -> Any:
        return _stub(self.__name__, name)


def _watch_loads(event: str, arguments: tuple[Any, ...]) -> None:
    """Put a stub where `pickle.loads`, which cannot be overridden, is about to import."""
    if event == "pickle.find_class" and _SAVED is not None:
        module, name = arguments
        _SAVED.setdefault(module, sys.modules.get(module))
        sys.modules[module] = _Module(module)
        REACHED.names.add((module, name))


_SAVED: dict[str, ModuleType | None] | None = None


@contextmanager
def _stubbed_modules() -> Iterator[None]:
    global _SAVED  # noqa: PLW0603  # read by the audit hook
    _SAVED = {}
    try:
        yield
    finally:
        saved, _SAVED = _SAVED, None
        for name, module in saved.items():
            if module is None:
                sys.modules.pop(name, None)
            else:
                sys.modules[name] = module


def _open(file: int, buffering: int) -> Any:
    os.lseek(file, 0, os.SEEK_SET)
    return open(file, "rb", buffering, closefd=False)


class Loaders:
    """Loads bytes in every way that CPython can; `prepare` comes before the sandbox closes."""

    def prepare(self) -> None:
        """Register the extension codes and the hook."""
        for code, (module, name) in EXTENSIONS.items():
            copyreg.add_extension(module, name, code)
        sys.addaudithook(_watch_loads)

    def load(self, data: bytes) -> Reached:
        """Return all that any loader reached."""
        REACHED.names = set()
        REACHED.acts = set()
        REACHED.completed = set()
        file = os.memfd_create("pickle")
        os.write(file, data)
        for loader in (CUnpickler, PythonUnpickler):
            self._same(loader, io.BytesIO(data))
        continued, REACHED.names, REACHED.acts = REACHED.names, set(), set()
        for loader in (CUnpickler, PythonUnpickler):
            self._each(loader, io.BytesIO(data))
            with _open(file, 8192) as buffered:
                self._each(loader, buffered)
        self._each(CUnpickler, WithoutPeek(data))
        with _open(file, 0) as raw:
            self._each(CUnpickler, raw)
        os.close(file)
        with _stubbed_modules():
            self._attempt(lambda: pickle.loads(data))
        return Reached(REACHED.names, REACHED.acts, REACHED.completed, continued - REACHED.names)

    def _each(self, loader: Any, file: Any) -> None:
        """Load pickles in a row, each with a new unpickler."""
        for _ in range(PICKLES_IN_A_ROW):
            if not self._attempt(lambda: loader(file).load()):
                return

    def _same(self, loader: Any, file: Any) -> None:
        """Load pickles in a row with one unpickler, whose memo lives on."""
        unpickler = loader(file)
        for _ in range(PICKLES_IN_A_ROW):
            if not self._attempt(unpickler.load):
                return

    def _attempt(self, act: Callable[[], object]) -> bool:
        before, REACHED.names = REACHED.names, set()
        try:
            return self._act(act)
        finally:
            REACHED.names |= before

    def _act(self, act: Callable[[], object]) -> bool:
        copyreg._extension_cache.clear()  # type: ignore[attr-defined]  # found again each time
        try:
            act()
        except Exception:  # noqa: BLE001  # whatever the bytes make a loader raise
            return False
        REACHED.completed |= REACHED.names
        return True
