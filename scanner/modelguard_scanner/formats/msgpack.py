"""MessagePack: one value, whose maps msgpack-numpy and whose extensions others make objects of.

Source: msgpack/spec.md; msgpack_numpy 0.4.8; flax.serialization.
"""

import struct
from typing import TYPE_CHECKING, Final

from modelguard_scanner.catalogue.tables import MSGPACK_EXTENSION, MSGPACK_PICKLE
from modelguard_scanner.limits import TooLarge
from modelguard_scanner.pickles.judge import inspect_pickle
from modelguard_scanner.pickles.nested import inspect_nested, may_be_pickle
from modelguard_scanner.source import SubSource

if TYPE_CHECKING:
    from modelguard_scanner.limits import Budget
    from modelguard_scanner.scanning import Member, Scan

FIXED: Final = {0xC0: 0, 0xC2: 0, 0xC3: 0, 0xCA: 4, 0xCB: 8, 0xCC: 1, 0xCD: 2, 0xCE: 4, 0xCF: 8,
    0xD0: 1, 0xD1: 2, 0xD2: 4, 0xD3: 8}  # fmt: skip
"""Bytes after the first of values of fixed size."""
BINARY: Final = {0xC4: ">B", 0xC5: ">H", 0xC6: ">I", 0xD9: ">B", 0xDA: ">H", 0xDB: ">I"}
EXTENSION: Final = {0xC7: ">B", 0xC8: ">H", 0xC9: ">I"}
FIXED_EXTENSION: Final = {0xD4: 1, 0xD5: 2, 0xD6: 4, 0xD7: 8, 0xD8: 16}
ARRAY: Final = {0xDC: ">H", 0xDD: ">I"}
MAP: Final = {0xDE: ">H", 0xDF: ">I"}
KNOWN_EXTENSIONS: Final = frozenset({-1, 1, 2, 3})
"""Timestamps, and Flax's arrays, complex numbers and scalars."""
MAX_NESTING: Final = 64
MAX_PICKLES: Final = 10_000
SHORT: Final = 64
"""Longest text that is kept as a key or a kind."""


class NotMessagePackError(Exception):
    """The bytes are no MessagePack."""


class _Reader:
    def __init__(self, data: bytes, budget: "Budget") -> None:
        self.data = data
        self.at = 0
        self.budget = budget
        self.blobs: list[tuple[int, int]] = []
        self.extensions: set[int] = set()
        self.pickled: list[tuple[int, int]] = []
        """Places of what msgpack-numpy unpickles."""

    def take(self, count: int) -> int:
        at = self.at
        if at + count > len(self.data):
            raise NotMessagePackError
        self.at += count
        return at

    def number(self, form: str) -> int:
        at = self.take(struct.calcsize(form))
        value: int = struct.unpack_from(form, self.data, at)[0]
        return value

    def value(self, nesting: int) -> object:  # noqa: C901, PLR0911  # one for each kind
        """Read one value; only short texts are returned, and the place of longer ones."""
        self.budget.spend()
        if nesting > MAX_NESTING:
            raise NotMessagePackError
        kind = self.data[self.take(1)]
        if kind < 0x80 or kind >= 0xE0:  # noqa: PLR2004  # small numbers
            return None
        if kind < 0x90:  # noqa: PLR2004  # short map
            self.map(kind & 15, nesting)
            return None
        if kind < 0xA0:  # noqa: PLR2004  # short array
            self.array(kind & 15, nesting)
            return None
        if kind < 0xC0:  # noqa: PLR2004  # short text
            return self.blob(kind & 31)
        if kind in FIXED:
            self.take(FIXED[kind])
            return kind == 0xC3  # noqa: PLR2004  # true
        if kind in BINARY:
            return self.blob(self.number(BINARY[kind]))
        if kind in EXTENSION or kind in FIXED_EXTENSION:
            size = FIXED_EXTENSION.get(kind) or self.number(EXTENSION[kind])
            self.extensions.add(self.number(">b"))
            self.blob(size)
            return None
        if kind in ARRAY:
            self.array(self.number(ARRAY[kind]), nesting)
            return None
        if kind in MAP:
            self.map(self.number(MAP[kind]), nesting)
            return None
        raise NotMessagePackError

    def blob(self, size: int) -> tuple[bytes, int, int]:
        at = self.take(size)
        start = self.data[at : at + 4]
        if may_be_pickle(start, size, text=False) or may_be_pickle(start, size, text=True):
            if len(self.blobs) == MAX_PICKLES:
                raise TooLarge("values that may be pickles", MAX_PICKLES)
            self.blobs.append((at, size))
        return self.data[at : at + min(size, SHORT)], at, size

    def array(self, count: int, nesting: int) -> None:
        if count > len(self.data) - self.at:
            raise NotMessagePackError
        for _ in range(count):
            self.value(nesting + 1)

    def map(self, count: int, nesting: int) -> None:
        if 2 * count > len(self.data) - self.at:
            raise NotMessagePackError
        found: dict[bytes, object] = {}
        for _ in range(count):
            key = self.value(nesting + 1)
            value = self.value(nesting + 1)
            if isinstance(key, tuple):
                found[key[0]] = value
        kind, data = found.get(b"kind"), found.get(b"data")
        objects = isinstance(kind, tuple) and kind[0][:1] == b"O"
        if b"nd" in found and objects and isinstance(data, tuple):
            self.pickled.append((data[1], data[2]))


def inspect_msgpack(scan: "Scan", member: "Member") -> bool:
    """Judge one map or array that is the whole of the bytes; anything else is not taken."""
    size = member.source.size
    if not 0 < size <= scan.limits.max_header_bytes:
        return False
    data = member.source.read_at(0, size)
    reader = _Reader(data, scan.budget)
    try:
        reader.value(0)
    except NotMessagePackError:
        return False
    if reader.at != size:
        return False
    scan.facts.add_format("msgpack")
    for number in sorted(reader.extensions - KNOWN_EXTENSIONS):
        scan.find(member, MSGPACK_EXTENSION, f"values of the extension type {number}")
    for at, length in reader.pickled:
        scan.find(member, MSGPACK_PICKLE, "", at)
        inspect_pickle(scan, scan.inner(member, SubSource(member.source, at, length), "data"))
    for at, length in reader.blobs:
        is_text = data[at : at + 1] != b"\x80" and data[at : at + 1] not in b"c("
        inspect_nested(scan, member, (at, length, is_text), inspect_pickle)
    return True
