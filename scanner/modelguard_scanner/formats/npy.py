"""NumPy's .npy: a header, then raw elements or a pickle."""

import ast
import re
from math import prod
from typing import Final

from modelguard_scanner.catalogue.models import NPY_BROKEN, NPY_TRAILING, NPY_TYPE
from modelguard_scanner.dtypes import is_object, numpy_bytes
from modelguard_scanner.limits import ScanError
from modelguard_scanner.pickles.judge import inspect_pickle
from modelguard_scanner.scanning import Member, Scan
from modelguard_scanner.source import SubSource

MAGIC: Final = b"\x93NUMPY"
MAX_HEADER: Final = 64 * 1024
LONG: Final = re.compile(r"(?<=\d)L(?=[,)\s])")
"""How Python 2 wrote numbers."""
FIRST_UTF_8: Final = 3
"""The first version of which the header is UTF-8."""
VOID: Final = re.compile(r"\A\|?V(?=[0-9])")
"""Bytes of no type, as in the padding of a structure; they count like those of a text."""
KEYS: Final = frozenset({"descr", "fortran_order", "shape"})
MAX_NESTING: Final = 32
MAX_DIMENSIONS: Final = 32
MAX_ELEMENT: Final = (1 << 31) - 1
"""Most bytes of one element."""
MAX_ITEMS: Final = (1 << 63) - 1


def inspect_npy(scan: Scan, member: Member) -> bool:
    """Inspect the arrays of the file, of which there may be several."""
    scan.facts.add_format("npy")
    offset = 0
    while offset < member.source.size:
        if member.source.read_at(offset, len(MAGIC)) != MAGIC:
            message = "bytes follow the array"
            scan.find(member, NPY_TRAILING, message, offset)
            return True
        scan.budget.count_member()
        offset = _array(scan, member, offset)
    return True


def _array(scan: Scan, member: Member, offset: int) -> int:
    """Inspect one array and return where it ends."""
    source = member.source
    start = source.read_at(offset, 12)
    width = 2 if start[6:7] == b"\x01" else 4
    if start[6:8] not in (b"\x01\0", b"\x02\0", b"\x03\0") or len(start) < 8 + width:
        raise ScanError(NPY_BROKEN, "the header is cut off or of an unknown version", offset)
    length = int.from_bytes(start[8 : 8 + width], "little")
    data = offset + 8 + width + length
    if length > MAX_HEADER or data > source.size:
        raise ScanError(NPY_BROKEN, "the header is too long", offset)
    descr, sizes = _header(source.read_at(offset + 8 + width, length), start[6], offset)
    scan.facts.add_tensor(descr if isinstance(descr, str) else str(descr)[:40], sizes)
    if len(sizes) > MAX_DIMENSIONS or prod(sizes) > MAX_ITEMS:
        raise ScanError(NPY_BROKEN, "the shape has too many dimensions or elements", offset)
    size = _size(descr, offset, 0)
    if size is None:
        if not inspect_pickle(
            scan, scan.inner(member, SubSource(source, data, source.size), "pickle")
        ):
            raise ScanError(NPY_BROKEN, "an array of objects without its pickle", data)
        return source.size
    end = data + prod(sizes) * size
    if end > source.size:
        raise ScanError(NPY_BROKEN, "the array is cut off", offset)
    return end


def _header(data: bytes, version: int, offset: int) -> tuple[object, tuple[int, ...]]:
    """Read the header as NumPy does: a literal of three keys."""
    try:
        if version < FIRST_UTF_8:
            header = ast.literal_eval(LONG.sub("", data.decode("latin-1")))
        else:
            header = ast.literal_eval(data.decode())
    except (ValueError, SyntaxError, RecursionError, MemoryError, TypeError) as error:
        raise ScanError(NPY_BROKEN, "the header is not what NumPy writes", offset) from error
    if not isinstance(header, dict) or header.keys() != KEYS:
        raise ScanError(NPY_BROKEN, "the header is not what NumPy writes", offset)
    if not isinstance(header["fortran_order"], bool):
        raise ScanError(NPY_BROKEN, "the header is not what NumPy writes", offset)
    return header["descr"], _shape(header["shape"], offset)


def _shape(shape: object, offset: int) -> tuple[int, ...]:
    if not isinstance(shape, tuple) or not all(type(one) is int and one >= 0 for one in shape):
        raise ScanError(NPY_BROKEN, "the shape is not a tuple of sizes", offset)
    return shape


def _tuple(shape: object) -> object:
    return (shape,) if type(shape) is int else shape


def _size(descr: object, offset: int, nesting: int) -> int | None:
    """Return the bytes of one element; None if it has objects, which are pickled."""
    size = -1
    if isinstance(descr, str) and nesting <= MAX_NESTING:
        if is_object(descr):
            return None
        known = numpy_bytes(VOID.sub("S", descr))
        size = -1 if known is None else known
    elif isinstance(descr, tuple) and len(descr) == 2 and nesting <= MAX_NESTING:  # noqa: PLR2004  # type, shape
        inner = _size(descr[0], offset, nesting + 1)
        shape = _shape(_tuple(descr[1]), offset)
        if len(shape) > MAX_DIMENSIONS:
            raise ScanError(NPY_TYPE, "a field of too many dimensions", offset)
        if inner is None:
            return None
        size = inner * prod(shape)
    elif isinstance(descr, list) and nesting <= MAX_NESTING:
        sizes = [_field(field, offset, nesting) for field in descr]
        _unique(descr, offset)
        if None in sizes:
            return None
        size = sum(size for size in sizes if size is not None)
    if not 0 <= size <= MAX_ELEMENT:
        raise ScanError(NPY_TYPE, "elements of a type that is not understood", offset)
    return size


def _field(field: object, offset: int, nesting: int) -> int | None:
    """Return the bytes of a field: its name, its type, and perhaps its shape."""
    if not isinstance(field, tuple) or len(field) not in (2, 3):
        raise ScanError(NPY_TYPE, "a field of a type that is not understood", offset)
    return _size(tuple(field[1:]) if len(field) > 2 else field[1], offset, nesting + 1)  # noqa: PLR2004  # with a shape


def _unique(fields: list[tuple[object, ...]], offset: int) -> None:
    """Check that names and titles are texts and occur once; padding has none."""
    names: list[object] = []
    for name, kind, *_ in fields:
        if isinstance(name, tuple) and len(name) == 2:  # noqa: PLR2004  # title, name
            names.extend(name)
        elif name or not (isinstance(kind, str) and VOID.match(kind)):
            names.append(name)
    if not all(isinstance(name, str) for name in names) or len(set(names)) < len(names):
        raise ScanError(NPY_TYPE, "a field without a name of its own", offset)
