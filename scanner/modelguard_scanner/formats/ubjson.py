"""UBJSON as XGBoost writes its models: one object of numbers, texts and typed arrays.

Source: the UBJSON specification, draft 12, and XGBoost's `UBJReader`.
"""

from typing import TYPE_CHECKING, Final

from modelguard_scanner.catalogue.tables import UBJSON_BROKEN
from modelguard_scanner.limits import ScanError, TooLarge

if TYPE_CHECKING:
    from modelguard_scanner.limits import Budget
    from modelguard_scanner.scanning import Member, Scan

INTEGERS: Final = {ord("i"): 1, ord("U"): 1, ord("I"): 2, ord("l"): 4, ord("L"): 8}
FIXED: Final = {
    **INTEGERS, ord("d"): 4, ord("D"): 8, ord("C"): 1, ord("T"): 0, ord("F"): 0, ord("Z"): 0,
}  # fmt: skip
"""Bytes of the values of fixed size, by the marker before them."""
TEXT: Final = ord("S")
MAX_NESTING: Final = 64
MAX_MODEL: Final = 128 * 1024 * 1024


class _Reader:
    def __init__(self, data: bytes, budget: "Budget") -> None:
        self._data = data
        self._budget = budget
        self.at = 0

    def object(self, nesting: int) -> None:
        """Read what follows an object's brace, up to the one that closes it."""
        while self._peek() != ord("}"):
            self._budget.spend()
            self._text()
            self.value(self._marker(), nesting + 1)
        self.at += 1

    def value(self, marker: int, nesting: int) -> None:
        """Read what follows a marker."""
        self._budget.spend()
        if nesting > MAX_NESTING:
            raise _broken("values inside each other", self.at)
        if marker in FIXED:
            self._skip(FIXED[marker])
        elif marker == TEXT:
            self._text()
        elif marker == ord("{"):
            self.object(nesting)
        elif marker == ord("["):
            self._array(nesting)
        else:
            raise _broken("a value of an unknown kind", self.at)

    def _array(self, nesting: int) -> None:
        kind = None
        if self._peek() == ord("$"):
            self.at += 1
            kind = self._marker()
            if self._peek() != ord("#"):
                raise _broken("an array of one kind without its length", self.at)
        if self._peek() != ord("#"):
            while self._peek() != ord("]"):
                self.value(self._marker(), nesting + 1)
            self.at += 1
            return
        self.at += 1
        count = self._number()
        if kind is not None and FIXED.get(kind):
            self._skip(count * FIXED[kind])
            return
        if kind is not None:
            raise _broken("an array of a kind that XGBoost does not write", self.at)
        for _ in range(count):
            self.value(self._marker(), nesting + 1)

    def _text(self) -> bytes:
        size = self._number()
        return self._skip(size)

    def _number(self) -> int:
        marker = self._marker()
        if marker not in INTEGERS:
            raise _broken("a length that is not a number", self.at)
        signed = marker != ord("U")
        number = int.from_bytes(self._skip(INTEGERS[marker]), "big", signed=signed)
        if number < 0:
            raise _broken("a length below zero", self.at)
        return number

    def _marker(self) -> int:
        marker = self._peek()
        self.at += 1
        return marker

    def _peek(self) -> int:
        if self.at >= len(self._data):
            raise _broken("the model is cut off", self.at)
        return self._data[self.at]

    def _skip(self, count: int) -> bytes:
        start = self.at
        if count > len(self._data) - start:
            raise _broken("the model is cut off", start)
        self.at += count
        return self._data[start : start + min(count, 64)]


def inspect_ubjson(scan: "Scan", member: "Member") -> bool:
    """Read one object to the last byte; XGBoost acts on nothing in it."""
    scan.facts.add_format("xgboost-ubj")
    size = member.source.size
    if size > MAX_MODEL:
        raise TooLarge("bytes of a model in UBJSON", MAX_MODEL)
    scan.budget.check_memory(size)
    reader = _Reader(member.source.read_at(0, size), scan.budget)
    reader.at = 1
    reader.object(0)
    if reader.at < size:
        raise _broken("bytes follow the model", reader.at)
    return True


def _broken(message: str, offset: int) -> ScanError:
    return ScanError(UBJSON_BROKEN, message, offset)
