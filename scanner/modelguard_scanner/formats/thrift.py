"""Thrift's compact protocol: one struct as a dictionary, fields by their numbers."""

from typing import TYPE_CHECKING, Final, TypeAlias

from modelguard_scanner.catalogue.tables import PARQUET_BROKEN
from modelguard_scanner.limits import ScanError

if TYPE_CHECKING:
    from modelguard_scanner.limits import Budget

Value: TypeAlias = "int | bytes | bool | list[Value] | dict[int, Value]"

STOP, TRUE, FALSE, BYTE, I16, I32, I64, DOUBLE, BINARY, LIST, SET, MAP, STRUCT, UUID = range(14)
MAX_NESTING: Final = 32
VALUE_BYTES: Final = 100
"""Memory that a value takes, rounded up."""
LONG_LIST: Final = 15
LONGEST_VARINT: Final = 10


class _Reader:
    def __init__(self, data: bytes, budget: "Budget") -> None:
        self.data = data
        self.at = 0
        self.budget = budget
        self.values = 0

    def take(self, count: int) -> bytes:
        if self.at + count > len(self.data):
            raise ScanError(PARQUET_BROKEN, "the footer breaks off", self.at)
        self.at += count
        return self.data[self.at - count : self.at]

    def varint(self) -> int:
        value = 0
        for shift in range(LONGEST_VARINT):
            byte = self.take(1)[0]
            value |= (byte & 0x7F) << (7 * shift)
            if not byte & 0x80:
                return value
        raise ScanError(PARQUET_BROKEN, "a number that does not end", self.at)

    def zigzag(self) -> int:
        value = self.varint()
        return value >> 1 ^ -(value & 1)

    def value(self, kind: int, nesting: int) -> Value:  # noqa: PLR0911  # one for each kind
        self.budget.spend()
        self.values += 1
        self.budget.check_memory(VALUE_BYTES * self.values)
        if kind in (TRUE, FALSE):
            return kind == TRUE
        if kind == BYTE:
            return self.take(1)[0]
        if kind in (I16, I32, I64):
            return self.zigzag()
        if kind == DOUBLE:
            return self.take(8)
        if kind == BINARY:
            return self.take(self.varint())
        if kind == UUID:
            return self.take(16)
        if kind in (LIST, SET):
            return self.items(nesting)
        if kind == STRUCT:
            return self.struct(nesting + 1)
        raise ScanError(PARQUET_BROKEN, f"a value of the unknown kind {kind}", self.at)

    def items(self, nesting: int) -> list[Value]:
        head = self.take(1)[0]
        count, kind = head >> 4, head & 15
        if count == LONG_LIST:
            count = self.varint()
        if count > len(self.data) - self.at:
            raise ScanError(PARQUET_BROKEN, "a list reaches beyond the footer", self.at)
        if kind in (TRUE, FALSE):  # in lists a flag is a byte
            kind = BYTE
        return [self.value(kind, nesting) for _ in range(count)]

    def struct(self, nesting: int) -> dict[int, Value]:
        if nesting > MAX_NESTING:
            raise ScanError(PARQUET_BROKEN, "structs inside each other, too deep", self.at)
        fields: dict[int, Value] = {}
        number = 0
        while True:
            head = self.take(1)[0]
            kind, delta = head & 15, head >> 4
            if kind == STOP:
                return fields
            number = number + delta if delta else self.zigzag()
            fields[number] = self.value(kind, nesting)


def read_struct(data: bytes, budget: "Budget") -> tuple[dict[int, Value], int]:
    """Read the struct at the start of the data; return its fields and where it ends.

    Raises:
        ScanError: the data are none.
    """
    reader = _Reader(data, budget)
    return reader.struct(0), reader.at
