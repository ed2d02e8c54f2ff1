"""HDF5's own structures: superblock, object headers, groups, heaps.

Source: "HDF5 File Format Specification Version 3.0"; section numbers are its.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from modelguard_scanner.catalogue.tables import HDF5_STRUCTURE
from modelguard_scanner.limits import ScanError

if TYPE_CHECKING:
    from modelguard_scanner.limits import Budget
    from modelguard_scanner.source import Source

UNDEFINED: Final = 0xFFFF_FFFF_FFFF_FFFF
CONTINUATION: Final = 0x10
MAX_CHUNKS: Final = 4_096
MAX_MESSAGE: Final = 65_536
MAX_LEVEL: Final = 32
SHARED: Final = 2
"""The flag of a message that lies elsewhere."""
HARD, SOFT, EXTERNAL = 0, 1, 64
BYTES_PER_STEP: Final = 256
MAX_HEAP: Final = 16 * 1024 * 1024
"""Longest heap of the names in one group."""


@dataclass(frozen=True, slots=True)
class Record:
    """One message of an object header, with its offset in the file."""

    kind: int
    flags: int
    data: bytes
    offset: int


@dataclass(frozen=True, slots=True)
class Link:
    """One link of a group: to an object's address, or to what `value` says."""

    name: str
    kind: int
    address: int = UNDEFINED
    value: bytes = b""


class File:
    """Reads structures by their addresses, which count from the superblock."""

    def __init__(self, source: "Source", budget: "Budget", base: int) -> None:
        self._source = source
        self._budget = budget
        self._base = base
        self.extension = UNDEFINED
        self.driver = UNDEFINED
        self.root = UNDEFINED
        self._superblock()

    def read(self, address: int, size: int) -> bytes:
        """Read exactly so many bytes.

        Raises:
            ScanError: they lie outside the file.
        """
        self._budget.spend(1 + size // BYTES_PER_STEP)
        if address > self._source.size or size > self._source.size:
            raise broken("an address lies outside the file", address)
        data = self._source.read_at(self._base + address, size)
        if len(data) < size:
            raise broken("a structure reaches beyond the file", address)
        return data

    def _superblock(self) -> None:
        head = self.read(0, 96 if self._source.size - self._base >= 96 else 48)  # noqa: PLR2004  # longest, shortest
        version = head[8]
        if version in (0, 1):
            sizes, at = head[13:15], 24 if version == 0 else 28
            _, _, _, self.driver = _numbers(head[at : at + 32], 4)
            self.root = _number(head[at + 40 : at + 48])
        elif version in (2, 3):
            sizes = head[9:11]
            _, self.extension, _, self.root = _numbers(head[12:44], 4)
        else:
            raise broken(f"version {version} of the superblock", 8)
        if sizes != b"\x08\x08":
            raise broken("addresses or lengths that are not of 8 bytes", 8)

    def messages(self, address: int) -> list[Record]:
        """Read all messages of the object header at an address (IV.A)."""
        start = self.read(address, 4)
        if start == b"OHDR":
            return self._messages_2(address)
        if start[:1] != b"\x01":
            raise broken("an object header of an unknown version", address)
        head = self.read(address, 16)
        chunks = [(address + 16, int.from_bytes(head[8:12], "little"))]
        records: list[Record] = []
        for at, size in self._chunks(chunks):
            data, here = self.read(at, size), 0
            while here + 8 <= size:
                length = int.from_bytes(data[here + 2 : here + 4], "little")
                body = data[here + 8 : here + 8 + length]
                kind = int.from_bytes(data[here : here + 2], "little")
                self._add(Record(kind, data[here + 4], body, at + here), records, chunks)
                if len(body) < length:
                    raise broken("a message reaches beyond its header", at + here)
                here += 8 + length
        return records

    def _messages_2(self, address: int) -> list[Record]:
        head = self.read(address, 6)
        if head[4] != 2:  # noqa: PLR2004  # the version of OHDR
            raise broken("an object header of an unknown version", address)
        flags, at = head[5], address + 6
        at += (16 if flags & 0x20 else 0) + (4 if flags & 0x10 else 0)
        width = 1 << (flags & 3)
        size = int.from_bytes(self.read(at, width), "little")
        chunks = [(at + width, size)]
        first, records = True, list[Record]()
        step = 6 if flags & 4 else 4
        for start, length in self._chunks(chunks):
            data, here, end = self.read(start, length), 0, length
            if not first:
                if data[:4] != b"OCHK":
                    raise broken("a part of an object header without its mark", start)
                here, end = 4, length - 4
            first = False
            while here + step <= end:
                size = int.from_bytes(data[here + 1 : here + 3], "little")
                if here + step + size > end:
                    raise broken("a message reaches beyond its header", start + here)
                body = data[here + step : here + step + size]
                self._add(Record(data[here], data[here + 3], body, start + here), records, chunks)
                here += step + size
        return records

    def _chunks(self, chunks: list[tuple[int, int]]) -> Iterator[tuple[int, int]]:
        """Yield the parts of an object header, also those that are found on the way."""
        index = 0
        while index < len(chunks):
            if index == MAX_CHUNKS:
                raise broken("an object header in too many parts", chunks[index][0])
            yield chunks[index]
            index += 1

    def _add(self, record: Record, records: list[Record], chunks: list[tuple[int, int]]) -> None:
        self._budget.spend()
        if record.kind == CONTINUATION:
            if len(record.data) < 16:  # noqa: PLR2004  # an address and a length
                raise broken("a part of an object header without a place", record.offset)
            chunks.append((_number(record.data[:8]), _number(record.data[8:16])))
        elif record.kind:
            records.append(record)

    def old_links(self, record: Record) -> Iterator[Link]:
        """Yield the links of a symbol table: its tree, and the heap of its names (III.A, III.D)."""
        tree, heap = _numbers(record.data[:16], 2)
        head = self.read(heap, 32)
        if head[:4] != b"HEAP":
            raise broken("a heap of names without its mark", heap)
        size, _, at = _numbers(head[8:32], 3)
        if size > MAX_HEAP:
            raise broken("a heap of names that is too long", heap)
        names = self.read(at, size)
        for node in self._leaves(tree, 0):
            yield from self._symbols(node, names)

    def _leaves(self, address: int, depth: int) -> Iterator[int]:
        head = self.read(address, 24)
        if head[:5] != b"TREE\0" or depth > MAX_LEVEL:
            raise broken("a tree of links that is not one", address)
        count = int.from_bytes(head[6:8], "little")
        entries = self.read(address + 24, 16 * count + 8)
        for index in range(count):
            child = _number(entries[16 * index + 8 : 16 * index + 16])
            if head[5]:
                yield from self._leaves(child, depth + 1)
            else:
                yield child

    def _symbols(self, address: int, names: bytes) -> Iterator[Link]:
        head = self.read(address, 8)
        if head[:4] != b"SNOD":
            raise broken("a table of links without its mark", address)
        count = int.from_bytes(head[6:8], "little")
        entries = self.read(address + 8, 40 * count)
        for at in range(0, 40 * count, 40):
            name, target = _numbers(entries[at : at + 16], 2)
            shown = _text(names, name)
            kind = int.from_bytes(entries[at + 16 : at + 20], "little")
            if kind == 2:  # noqa: PLR2004  # a soft link, whose value is in the heap too
                value = int.from_bytes(entries[at + 24 : at + 28], "little")
                yield Link(shown, SOFT, value=_text(names, value).encode())
            else:
                yield Link(shown, HARD, target)

    def heap_object(self, address: int, index: int) -> bytes:
        """Return an object of the global heap (III.E), where values of any length lie."""
        for number, data in self.collection(address):
            if number == index:
                return data
        raise broken("a value that its heap does not have", address)

    def collection(self, address: int) -> Iterator[tuple[int, bytes]]:
        """Yield the objects of a collection of the global heap, by their numbers."""
        head = self.read(address, 16)
        size = _number(head[8:16])
        if head[:5] != b"GCOL\x01" or size > self._source.size:
            raise broken("a heap of values without its mark", address)
        at, end = address + 16, address + size
        while at + 16 <= end:
            head = self.read(at, 16)
            number, length = int.from_bytes(head[:2], "little"), _number(head[8:16])
            if not number:
                return
            if at + 16 + length > end:
                raise broken("a value reaches beyond its heap", at)
            yield number, self.read(at + 16, length)
            at += 16 + (length + 7) // 8 * 8


def new_link(data: bytes, offset: int) -> Link:
    """Read a link message (IV.A.2.g)."""
    try:
        flags, at, kind = data[1], 2, HARD
        if data[0] != 1:
            raise broken("a link of an unknown version", offset)
        if flags & 8:
            kind, at = data[at], at + 1
        at += 8 if flags & 4 else 0
        at += 1 if flags & 0x10 else 0
        width = 1 << (flags & 3)
        length = int.from_bytes(data[at : at + width], "little")
        name = data[at + width : at + width + length].decode("utf-8", "backslashreplace")
        at += width + length
    except IndexError as error:
        raise broken("a link that breaks off", offset) from error
    if kind == HARD:
        return Link(name, kind, _number(data[at : at + 8]))
    length = int.from_bytes(data[at : at + 2], "little")
    return Link(name, kind, value=data[at + 2 : at + 2 + length])


def broken(message: str, offset: int) -> ScanError:
    """Make the error of a structure that is not understood."""
    return ScanError(HDF5_STRUCTURE, message, offset)


def _number(data: bytes) -> int:
    return int.from_bytes(data, "little")


def _numbers(data: bytes, count: int) -> list[int]:
    if len(data) < 8 * count:
        raise broken("a structure that breaks off", 0)
    return [_number(data[at : at + 8]) for at in range(0, len(data), 8)]


def _text(names: bytes, at: int) -> str:
    return names[at : names.find(b"\0", at)].decode("utf-8", "backslashreplace")
