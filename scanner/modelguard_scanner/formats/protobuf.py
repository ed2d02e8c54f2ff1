"""Protocol buffers without a schema: fields of one message, nested ones on demand."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from modelguard_scanner.catalogue.models import PROTOBUF_BROKEN
from modelguard_scanner.limits import ScanError

if TYPE_CHECKING:
    from modelguard_scanner.limits import Budget
    from modelguard_scanner.source import Source

VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5
GROUPS: Final = (3, 4)
MAX_TEXT: Final = 64 * 1024
MAX_NUMBER: Final = 63
MAX_PACKED: Final = 1024
LONGEST_VARINT: Final = 10
CHUNK: Final = 4096
"""Bytes that are taken from the source at a time: a field often has no more than two."""


@dataclass(frozen=True, slots=True)
class Field:
    """One field: `start` and `end` delimit its bytes, `value` is a varint's number."""

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

    def fields(self) -> Iterator[Field]:
        """Yield the fields in order.

        Raises:
            ScanError: the bytes are no message.
        """
        at = self.start
        while at < self.end:
            self._budget.spend()
            key, at = self._varint(at)
            number, wire = key >> 3, key & 7
            value, start = 0, at
            if wire == VARINT:
                value, at = self._varint(at)
            elif wire == BYTES:
                size, start = self._varint(at)
                at = start + size
            elif wire in GROUPS:
                pass  # what is inside of a group is read like what is around it
            elif wire in (FIXED64, FIXED32):
                at += 8 if wire == FIXED64 else 4
            else:
                raise ScanError(PROTOBUF_BROKEN, "an unknown wire type", at)
            if not number or at > self.end:
                raise ScanError(PROTOBUF_BROKEN, "a field reaches beyond its message", at)
            yield Field(number, wire, value, start, at)

    def kinds(self) -> set[tuple[int, int]]:
        """Read all fields; return their numbers, up to 63, with their wire types."""
        return {(field.number, field.wire) for field in self.fields() if field.number <= MAX_NUMBER}

    def messages(self, number: int) -> Iterator["Message"]:
        """Yield the nested messages of a field number."""
        for field in self.fields():
            if field.number == number and field.wire == BYTES:
                yield self.nested(field)

    def nested(self, field: Field) -> "Message":
        """Read a field's bytes as a message."""
        return Message(self._source, self._budget, field.start, field.end)

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
        if index < 0 or index + LONGEST_VARINT > len(self._chunk):
            self._chunk = self._source.read_at(at, min(CHUNK, self.end - at))
            self._chunk_at, index = at, 0
        if index < len(self._chunk) and self._chunk[index] < 0x80:  # noqa: PLR2004 - a whole number
            return self._chunk[index], at + 1
        value = 0
        for shift, byte in enumerate(self._chunk[index : index + LONGEST_VARINT]):
            value |= (byte & 0x7F) << (7 * shift)
            if not byte & 0x80:
                return value, at + shift + 1
        raise ScanError(PROTOBUF_BROKEN, "a number that does not end", at)
