"""FlatBuffers: tables, vectors and strings of one buffer, each checked to lie inside it.

Source: flatbuffers.dev, "Internals". A field's number is its place in the schema's table.
"""

import struct
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from modelguard_scanner.catalogue.graphs import FLATBUFFER_BROKEN
from modelguard_scanner.limits import ScanError

if TYPE_CHECKING:
    from modelguard_scanner.limits import Budget
    from modelguard_scanner.source import Source

MAX_TEXT: Final = 64 * 1024
MAX_NUMBERS: Final = 64
"""Longest shape."""


class Buffer:
    """A range of a source that holds one buffer."""

    def __init__(self, source: "Source", budget: "Budget", start: int, end: int) -> None:
        self._source = source
        self._budget = budget
        self.start = start
        self.end = min(end, source.size)

    def number(self, at: int, form: str) -> int:
        """Read a number at a place of the source."""
        size = struct.calcsize(form)
        if not self.start <= at <= self.end - size:
            raise ScanError(FLATBUFFER_BROKEN, "a number lies outside the buffer", at)
        value: int = struct.unpack(form, self._source.read_at(at, size))[0]
        return value

    def root(self) -> "Table":
        """Return the root table."""
        return self.table(self.start)

    def table(self, at: int) -> "Table":
        """Return the table that the offset at `at` points to."""
        self._budget.spend()
        return Table(self, at + self.number(at, "<I"))

    def text(self, at: int) -> bytes:
        """Return the string that the offset at `at` points to; what is too long is cut."""
        self._budget.spend()
        start = at + self.number(at, "<I")
        size = self.number(start, "<I")
        if start + 4 + size > self.end:
            raise ScanError(FLATBUFFER_BROKEN, "a text reaches beyond the buffer", at)
        return self._source.read_at(start + 4, min(size, MAX_TEXT))

    def vector(self, at: int, width: int) -> tuple[int, int]:
        """Return where the items of a vector start, and how many it has, of `width` bytes each."""
        start = at + self.number(at, "<I")
        count = self.number(start, "<I")
        if start + 4 + count * width > self.end:
            raise ScanError(FLATBUFFER_BROKEN, "a vector reaches beyond the buffer", at)
        return start + 4, count

    def items(self, at: int) -> Iterator[int]:
        """Yield the places of the offsets in a vector."""
        start, count = self.vector(at, 4)
        for index in range(count):
            self._budget.spend()
            yield start + 4 * index


class Table:
    """One table: fields by their number in the schema; None where one is not set."""

    def __init__(self, buffer: Buffer, at: int) -> None:
        self._buffer = buffer
        self._at = at
        self._fields = at - buffer.number(at, "<i")
        size = buffer.number(self._fields, "<H")
        if size < 4 or size % 2:  # noqa: PLR2004  # the two sizes that a vtable starts with
            raise ScanError(FLATBUFFER_BROKEN, "a table without fields", at)
        self.known = (size - 4) // 2
        """How many fields the table may have set."""

    def place(self, field: int) -> int | None:
        """Return where a field's value is."""
        if field >= self.known:
            return None
        offset = self._buffer.number(self._fields + 4 + 2 * field, "<H")
        return self._at + offset if offset else None

    def number(self, field: int, form: str = "<i", default: int = 0) -> int:
        """Return a field that is a number."""
        at = self.place(field)
        return default if at is None else self._buffer.number(at, form)

    def text(self, field: int) -> bytes:
        """Return a field that is a string, empty where it is not set."""
        at = self.place(field)
        return b"" if at is None else self._buffer.text(at)

    def table(self, field: int) -> "Table | None":
        """Return a field that is a table."""
        at = self.place(field)
        return None if at is None else self._buffer.table(at)

    def tables(self, field: int) -> Iterator["Table"]:
        """Yield the tables of a field that is a vector of them."""
        at = self.place(field)
        if at is not None:
            yield from map(self._buffer.table, self._buffer.items(at))

    def structs(self, field: int, width: int) -> Iterator[int]:
        """Yield the places of the structs in a field that is a vector of them."""
        at = self.place(field)
        if at is not None:
            start, count = self._buffer.vector(at, width)
            yield from range(start, start + count * width, width)

    def numbers(self, field: int) -> tuple[int, ...]:
        """Return a field that is a vector of 32-bit numbers, such as a shape."""
        at = self.place(field)
        if at is None:
            return ()
        start, count = self._buffer.vector(at, 4)
        if count > MAX_NUMBERS:
            raise ScanError(FLATBUFFER_BROKEN, "a shape without end", at)
        return tuple(self._buffer.number(start + 4 * index, "<i") for index in range(count))
