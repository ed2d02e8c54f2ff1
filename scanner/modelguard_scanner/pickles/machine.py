"""The pickle virtual machine without its effects: one pickle, from its first opcode to STOP."""

from typing import TYPE_CHECKING, Final, Protocol

from modelguard_scanner.catalogue.pickles import PICKLE_BROKEN, PICKLE_FRAME
from modelguard_scanner.limits import ScanError, TooLarge
from modelguard_scanner.pickles.calls import called
from modelguard_scanner.pickles.nested import MAX_KEPT, may_be_pickle
from modelguard_scanner.pickles.shapes import call_is_usual, looks_up_plainly
from modelguard_scanner.pickles.values import (
    CALLED_AT_ONCE,
    LOOKUP,
    RESULT,
    VALUE,
    Box,
    Global,
    Made,
    Observer,
    Opaque,
    Persistent,
    holds,
)

if TYPE_CHECKING:
    from modelguard_scanner.limits import Budget
    from modelguard_scanner.source import Source

FIRST_CHUNK: Final = 4_096
CHUNK: Final = 1_048_576
MAX_IMPORTS: Final = 10_000
"""Distinct names that one pickle may import: the largest honest ones have a few hundred."""
LONG_LINE: Final = 4_096
"""Newline-terminated arguments over this length, in bytes, are not looked at any closer."""


class PickleError(ScanError):
    """The stream cannot be a pickle from here on; a loader would fail at this opcode too."""

    def __init__(self, message: str, offset: int) -> None:
        super().__init__(PICKLE_BROKEN, message, offset)


class FrameError(ScanError):
    """A frame that no pickler writes: readers differ in what they take for opcodes after it."""

    def __init__(self, message: str, offset: int) -> None:
        super().__init__(PICKLE_FRAME, message, offset)


class BuildHook(Protocol):
    """Finds raw bytes that follow a BUILD opcode."""

    def __call__(self, instance: Made, state: object, offset: int) -> int:
        """Return how many raw bytes start at `offset`, usually none."""
        ...


class Machine:
    """Walks one pickle that starts at `offset` of `source`.

    The stack holds stand-ins (see `values`). Whatever CPython would refuse ends the walk with a
    PickleError, so that bytes which only look like a pickle for a while are told apart.
    """

    def __init__(
        self, source: "Source", offset: int, budget: "Budget", build_hook: BuildHook | None = None
    ) -> None:
        self.source = source
        self.budget = budget
        self.build_hook = build_hook
        self.seen = Observer()
        self.stack: list[object] = []
        self.marks: list[int] = []
        self.memo: dict[int, object] = {}
        self.buffer = b""
        self.base = offset
        self.at = 0
        self.fence = 0
        self.frame_end = 0
        self.framed = False
        self.kept_dicts = self.kept_tuples = 0
        self.chunk = FIRST_CHUNK

    @property
    def position(self) -> int:
        """Offset in the source of the next byte."""
        return self.base + self.at

    def fill(self, need: int) -> None:
        """Make `need` bytes available at `self.at`."""
        position = self.position
        have = self.source.size - position
        if have < need:
            raise PickleError("the pickle ends within an opcode", position)
        self.buffer = self.source.read_at(position, min(have, max(need, self.chunk)))
        self.chunk = min(self.chunk * 4, CHUNK)
        self.base = position
        self.at = 0
        if len(self.buffer) < need:
            raise PickleError("the pickle ends within an opcode", position)

    def take(self, count: int) -> bytes:
        """Return the next `count` bytes and move past them."""
        end = self.at + count
        if end > len(self.buffer):
            self.fill(count)
            end = count
        data = self.buffer[self.at : end]
        self.at = end
        return data

    def look_inside(self, size: int, *, text: bool) -> None:
        """Remember the next `size` bytes if they may be a pickle themselves."""
        if len(self.seen.inner) >= MAX_KEPT:
            return
        start = self.buffer[self.at : self.at + 4]
        if len(start) < 4 <= size:  # noqa: PLR2004  # what `may_be_pickle` looks at
            start = self.source.read_at(self.position, 4)
        if may_be_pickle(start, size, text=text):
            self.seen.inner.append((self.position, size, text))

    def skip(self, count: int) -> None:
        """Move past `count` bytes without reading them."""
        if self.position + count > self.source.size:
            raise PickleError("an argument is longer than the file", self.position)
        if self.at + count <= len(self.buffer):
            self.at += count
        else:
            self.base = self.position + count
            self.at = 0
            self.buffer = b""
            self.chunk = FIRST_CHUNK

    def line(self) -> bytes:
        """Return the argument up to the next newline, cut after LONG_LINE + 1, and move past it.

        Where the file ends first, Python's own unpickler takes all but the last byte.
        """
        end = self.buffer.find(b"\n", self.at)
        if end >= 0:
            data = self.buffer[self.at : end]
            self.at = end + 1
            return data
        start = self.buffer[self.at :]
        while end < 0:
            self.at = len(self.buffer)
            if start and self.position == self.source.size:
                return start[:-1][: LONG_LINE + 1]
            self.fill(1)
            end = self.buffer.find(b"\n")
            if len(start) <= LONG_LINE:
                start += self.buffer[: end if end >= 0 else LONG_LINE]
            self.budget.check_time()
        self.at = end + 1
        return start[: LONG_LINE + 1]

    def pop(self) -> object:
        """Take the top of the stack."""
        if len(self.stack) <= self.fence:
            raise PickleError("the stack is empty", self.position)
        return self.stack.pop()

    def top(self) -> object:
        """Look at the top of the stack."""
        if len(self.stack) <= self.fence:
            raise PickleError("the stack is empty", self.position)
        return self.stack[-1]

    def pop_to_mark(self) -> list[object]:
        """Take everything above the last mark."""
        if not self.marks:
            raise PickleError("there is no mark", self.position)
        start = self.marks.pop()
        self.fence = self.marks[-1] if self.marks else 0
        items = self.stack[start:]
        del self.stack[start:]
        return items

    def recall(self, index: int) -> None:
        """Push what the memo holds."""
        try:
            value = self.memo[index]
        except KeyError:
            raise PickleError(f"memo entry {index} was never written", self.position) from None
        self.push(value)

    def push(self, value: object) -> None:
        """Put a value on the stack that may be an import."""
        if value.__class__ is Global and value in CALLED_AT_ONCE:
            self.seen.uncalled += 1
        self.stack.append(value)

    def note(self, rule: str, message: str) -> None:
        """Record something that no honest pickler writes."""
        self.seen.odd.setdefault((rule, message), self.position)

    def unusual(self, rule: str, name: Global) -> None:
        """Record a call, a state or items of an allowed import that its pickles do not have."""
        self.seen.unusual.setdefault((rule, name), self.position)

    def put_in(self, box: Box, items: list[object]) -> None:
        """Remember what kinds of values a container was given."""
        for item in items:
            kind = item.__class__
            if kind is not str and kind is not int:
                box.holds |= _holds_inside(item)

    def import_name(self, module: object, name: object) -> None:
        """Push the import of `name` from `module`."""
        if isinstance(module, str) and isinstance(name, str):
            imports = self.seen.imports
            if (module, name) not in imports:
                if len(imports) >= MAX_IMPORTS:
                    raise TooLarge("distinct imports", MAX_IMPORTS)
                imports[module, name] = self.position
            self.push(Global(module, name))
        elif isinstance(module, STRINGS) and isinstance(name, STRINGS):
            self.note("pickle-import-hidden", "an import whose name is computed while loading")
            self.stack.append(VALUE)
        else:
            raise PickleError("an import without a name", self.position)

    def call(self, callee: object, arguments: object, *, new: bool = False) -> None:
        """Push the result of a call; `new` makes an object without its constructor."""
        self.seen.calls += 1
        if isinstance(callee, Global):
            if not call_is_usual(callee, arguments, new=new):
                plain = not new and looks_up_plainly(callee, arguments)
                self.unusual(LOOKUP if plain else "pickle-call-unusual", callee)
            self.stack.append(called(self.seen, callee, arguments))
        else:
            self.note("pickle-call-computed", "calls something that is not a plain import")
            self.stack.append(VALUE)


STRINGS: Final = (str, Opaque, Made, Persistent)
"""Stand-ins for what may be a string."""


def _holds_inside(item: object) -> int:
    """Return the kinds of an item; one that can still be filled may hold anything."""
    if isinstance(item, Box) or (
        isinstance(item, tuple) and any(isinstance(part, (Box, tuple)) for part in item)
    ):
        return RESULT
    return holds(item)
