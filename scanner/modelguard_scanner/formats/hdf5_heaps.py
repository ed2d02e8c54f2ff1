"""HDF5's fractal heaps and second kind of tree, where large groups keep links and attributes.

Source: "HDF5 File Format Specification Version 3.0", III.A.2 and III.G.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from modelguard_scanner.formats.hdf5_objects import UNDEFINED, File, broken

RECORDS: Final = {5: (4, 7), 6: (8, 7), 8: (0, 8), 9: (0, 8)}
"""Where in a record the number of a heap's object is, and how long, by the tree's type."""
MAX_DEPTH: Final = 16
MAX_ROWS: Final = 64
"""Each row's blocks are twice as long as those before it."""
MANAGED, TINY = 0, 2
PREFIX: Final = 10
"""Bytes of a node around its records: mark, version, type, checksum."""


@dataclass(frozen=True, slots=True)
class Heap:
    """What a fractal heap's header says."""

    offset_bytes: int
    length_bytes: int
    width: int
    start: int
    longest: int
    root: int
    rows: int


def objects(file: File, heap_address: int, tree_address: int) -> Iterator[tuple[bytes, int]]:
    """Yield the objects that a tree names in a heap, with the addresses they lie at."""
    heap = _heap(file, heap_address)
    for number in _numbers(file, tree_address):
        kind = number[0] >> 4 & 3
        if number[0] >> 6 or kind not in (MANAGED, TINY):
            raise broken("an object outside its heap's blocks", heap_address)
        if kind == TINY:
            yield number[1 : 2 + (number[0] & 15)], heap_address
            continue
        offset = _int(number[1 : 1 + heap.offset_bytes])
        length = _int(number[1 + heap.offset_bytes :][: heap.length_bytes])
        address, room = _place(file, heap, offset)
        if length > room:
            raise broken("an object reaches beyond its heap's block", address)
        yield file.read(address, length), address


def _heap(file: File, address: int) -> Heap:
    head = file.read(address, 142)
    if head[:5] != b"FRHP\0":
        raise broken("a fractal heap without its mark", address)
    if _int(head[7:9]):
        raise broken("a fractal heap that is compressed", address)
    start, longest, bits = _int(head[112:120]), _int(head[120:128]), _int(head[128:130])
    width = _int(head[110:112])
    if not (start and width) or longest < start or start & (start - 1) or longest & (longest - 1):
        raise broken("a fractal heap of unusual sizes", address)
    if _int(head[140:142]) > MAX_ROWS:
        raise broken("a fractal heap of too many rows", address)
    lengths = (((longest.bit_length() - 1) + 7) // 8, (_int(head[10:14]).bit_length() - 1) // 8 + 1)
    return Heap(
        (bits + 7) // 8,
        min(lengths),
        width,
        start,
        longest,
        _int(head[132:140]),
        _int(head[140:142]),
    )


def _row_bytes(heap: Heap, row: int) -> int:
    """Return the size of the blocks of a row: the first two rows' are the same."""
    return heap.start << max(0, row - 1)


def _place(file: File, heap: Heap, offset: int) -> tuple[int, int]:
    """Return where an offset of the heap lies in the file, and the bytes up to its block's end."""
    if not heap.rows:
        if offset >= heap.start:
            raise broken("an object beyond its heap", heap.root)
        return heap.root + offset, heap.start - offset
    address, rows, base = heap.root, heap.rows, 0
    for _ in range(MAX_DEPTH):
        row, row_start = 0, base
        while offset >= row_start + heap.width * _row_bytes(heap, row):
            row_start += heap.width * _row_bytes(heap, row)
            row += 1
            if row >= rows:
                raise broken("an object beyond its heap", address)
        size = _row_bytes(heap, row)
        column = (offset - row_start) // size
        if file.read(address, 5) != b"FHIB\0":
            raise broken("a block of a heap without its mark", address)
        entry = address + 13 + heap.offset_bytes + 8 * (row * heap.width + column)
        child, base = _int(file.read(entry, 8)), row_start + column * size
        if child == UNDEFINED:
            raise broken("a heap without the block of an object", address)
        if size <= heap.longest:
            return child + offset - base, size - (offset - base)
        address = child
        rows = (size.bit_length() - 1) - ((heap.start * heap.width).bit_length() - 1) + 1
    raise broken("blocks of a heap inside each other, too deep", address)


def _numbers(file: File, address: int) -> Iterator[bytes]:
    """Yield the numbers of objects in the records of a tree."""
    head = file.read(address, 34)
    if head[:5] != b"BTHD\0" or head[5] not in RECORDS:
        raise broken("a tree of records that is not one", address)
    node, width, depth = _int(head[6:10]), _int(head[10:12]), _int(head[12:14])
    at, length = RECORDS[head[5]]
    if width < at + length or node < PREFIX + width or depth > MAX_DEPTH:
        raise broken("a tree of records of unusual sizes", address)
    most = [(node - PREFIX) // width]
    total = [most[0]]
    pointers = [0]
    for level in range(1, depth + 1):
        pointer = 8 + _enough(most[0]) + (_enough(total[level - 1]) if level > 1 else 0)
        pointers.append(pointer)
        most.append((node - PREFIX - pointer) // (width + pointer))
        total.append((most[level] + 1) * total[level - 1] + most[level])
    root, count = _int(head[16:24]), _int(head[24:26])
    left = [(root, count, depth)] if root != UNDEFINED and count else []
    while left:
        place, count, level = left.pop()
        mark = b"BTIN\0" if level else b"BTLF\0"
        if count > most[level] or file.read(place, 5) != mark:
            raise broken("a node of a tree that is not one", place)
        data = file.read(place + 6, count * width + (count + 1) * pointers[level])
        for start in range(0, count * width, width):
            yield data[start + at : start + at + length]
        for child in range(count + 1 if level else 0):
            start = count * width + child * pointers[level]
            below = _int(data[start + 8 : start + 8 + _enough(most[0])])
            left.append((_int(data[start : start + 8]), below, level - 1))


def _enough(number: int) -> int:
    """Return how many bytes hold a number."""
    return (max(1, number).bit_length() - 1) // 8 + 1


def _int(data: bytes) -> int:
    return int.from_bytes(data, "little")
