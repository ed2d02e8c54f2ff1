"""Protocol buffers without a schema: fields of one message, nested ones on demand."""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final, NamedTuple

from modelguard_scanner.catalogue.models import PROTOBUF_BROKEN
from modelguard_scanner.limits import ScanError

if TYPE_CHECKING:
    from modelguard_scanner.limits import Budget
    from modelguard_scanner.source import Source

VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5
START_GROUP, END_GROUP = 3, 4
MAX_GROUPS: Final = 1_000
"""Parsers give up at about a hundred groups inside each other."""
MAX_TEXT: Final = 64 * 1024
MAX_NUMBER: Final = 63
MAX_PACKED: Final = 1024
LONGEST_VARINT: Final = 10
CHUNK: Final = 8192
"""Bytes that are taken from the source at a time: a field often has no more than two."""
RUN: Final = re.compile(
    rb"(?:[\x10\x18\x20\x28\x30\x38\x40\x48\x50\x58\x60\x68\x70\x78][\x80-\xff]{0,9}[\0-\x7f]"
    rb"|[\x0d\x15\x1d\x25\x2d\x35\x3d\x45\x4d\x55\x5d\x65\x6d\x75\x7d].{4}"
    rb"|[\x09\x11\x19\x21\x29\x31\x39\x41\x49\x51\x59\x61\x69\x71\x79].{8})+",
    re.DOTALL,
)
"""Numbers in a row, but those of field 1: text and noise may look like millions of them."""
RUN_BYTES_PER_STEP: Final = 64


class Field(NamedTuple):
    """One field: `start` and `end` delimit its bytes, `value` is a varint's number.

    A tuple, because there are millions of them and a dataclass takes three times as long.
    """

    number: int
    wire: int
    value: int
    start: int
    end: int


class Message:
    """A range of a source that is read as a message; large fields are skipped, not read."""

    def __init__(self, source: "Source", budget: "Budget", start: int, end: int) -> None:
        self._source = source
        self._budget = budget
        self._chunk, self._chunk_at = b"", start
        self.start = start
        self.end = end

    def fields(self, *, numbers: bool = True) -> Iterator[Field]:
        """Yield the fields in order; without `numbers`, runs of plain numbers are passed over.

        Raises:
            ScanError: the bytes are not a message.
        """
        at, last, spend, varint = self.start, self.end, self._budget.spend, self._varint
        groups: list[int] = []
        while at < last:
            spend()
            if not numbers and (end := self._run(at)) > at:
                at = end
                continue
            key, at = varint(at)
            number, wire = key >> 3, key & 7
            value, start = 0, at
            if wire == BYTES:
                size, start = varint(at)
                at = start + size
            elif wire == VARINT:
                value, at = varint(at)
            elif wire in (START_GROUP, END_GROUP):
                self._group(groups, number, wire, at)
            elif wire in (FIXED64, FIXED32):
                at += 8 if wire == FIXED64 else 4
            else:
                raise ScanError(PROTOBUF_BROKEN, "an unknown wire type", at)
            if not number or at > last:
                raise ScanError(PROTOBUF_BROKEN, "a field reaches beyond its message", at)
            yield Field(number, wire, value, start, at)
        if groups:
            raise ScanError(PROTOBUF_BROKEN, "a group without an end", at)

    def _group(self, groups: list[int], number: int, wire: int, at: int) -> None:
        """Follow a group's start or end; what is in it is read like what is around it."""
        if wire == START_GROUP:
            groups.append(number)
            if len(groups) > MAX_GROUPS:
                raise ScanError(PROTOBUF_BROKEN, "groups inside each other", at)
        elif not groups or groups.pop() != number:
            raise ScanError(PROTOBUF_BROKEN, "the end of a group that was not started", at)

    def _run(self, at: int) -> int:
        """Return where the run of numbers ends that starts at `at`, as far as it is in memory."""
        index = at - self._chunk_at
        if not 0 <= index < len(self._chunk):
            return at
        run = RUN.match(self._chunk, index)
        if run is None:
            return at
        self._budget.spend((run.end() - index) // RUN_BYTES_PER_STEP)
        return self._chunk_at + run.end()

    def kinds(self) -> set[tuple[int, int]]:
        """Read all fields; return their numbers, up to 63, with their wire types.

        Of numbers only those of field 1 are among them.
        """
        fields = self.fields(numbers=False)
        return {(field.number, field.wire) for field in fields if field.number <= MAX_NUMBER}

    def messages(self, number: int) -> Iterator["Message"]:
        """Yield the nested messages of a field number."""
        for field in self.fields():
            if field.number == number and field.wire == BYTES:
                yield self.nested(field)

    def nested(self, field: Field) -> "Message":
        """Read a field's bytes as a message."""
        message = Message(self._source, self._budget, field.start, field.end)
        message._chunk, message._chunk_at = self._chunk, self._chunk_at
        return message

    def text(self, field: Field) -> str:
        """Return a field's bytes as text; what is too long is cut."""
        size = min(field.end - field.start, MAX_TEXT)
        return self._source.read_at(field.start, size).decode("utf-8", "backslashreplace")

    def packed(self, field: Field) -> list[int]:
        """Read a field's bytes as varints.

        Raises:
            ScanError: there are more than any shape has.
        """
        if field.end - field.start > MAX_PACKED:
            raise ScanError(PROTOBUF_BROKEN, "a shape without end", field.start)
        values, at = [], field.start
        while at < field.end:
            value, at = self._varint(at)
            values.append(value)
        return values

    def _varint(self, at: int) -> tuple[int, int]:
        index = at - self._chunk_at
        chunk = self._chunk
        if 0 <= index < len(chunk) and chunk[index] < 0x80:  # noqa: PLR2004 - a whole number
            return chunk[index], at + 1
        if index < 0 or index + LONGEST_VARINT > len(chunk):
            self._chunk = self._source.read_at(at, min(CHUNK, self.end - at))
            self._chunk_at, index = at, 0
        value = 0
        for shift, byte in enumerate(self._chunk[index : index + LONGEST_VARINT]):
            value |= (byte & 0x7F) << (7 * shift)
            if not byte & 0x80:
                return value, at + shift + 1
        raise ScanError(PROTOBUF_BROKEN, "a number that does not end", at)
