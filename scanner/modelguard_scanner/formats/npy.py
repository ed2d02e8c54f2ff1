"""NumPy's .npy: a header, then raw elements or a pickle."""

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
HEADER: Final = re.compile(
    r"\{\s*'descr':\s*(?P<descr>'[^'\\]*'|\[.*\])\s*,\s*'fortran_order':\s*(?:True|False)\s*,"
    r"\s*'shape':\s*\((?P<shape>[\d\s,L]*)\)\s*,?\s*\}\s*",
    re.DOTALL,
)
FIELD: Final = re.compile(
    r"\(\s*'[^'\\]*'\s*,\s*'([<>=|]?[?a-zA-Z]\d*)'\s*(?:,\s*\(([\d\s,]*)\)\s*)?\)"
)
FIELDS: Final = re.compile(rf"\[\s*{FIELD.pattern}(?:\s*,\s*{FIELD.pattern})*\s*(?:,\s*)?\]")
OBJECT_TYPE: Final = re.compile(r"'[<>=|]?O")


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
    if start[6:7] not in (b"\x01", b"\x02", b"\x03") or len(start) < 8 + width:
        raise ScanError(NPY_BROKEN, "the header is cut off or of an unknown version", offset)
    length = int.from_bytes(start[8 : 8 + width], "little")
    data = offset + 8 + width + length
    if length > MAX_HEADER or data > source.size:
        raise ScanError(NPY_BROKEN, "the header is too long", offset)
    header = HEADER.fullmatch(member.text(offset + 8 + width, length))
    if header is None:
        raise ScanError(NPY_BROKEN, "the header is not what NumPy writes", offset)
    descr = header["descr"]
    sizes = _sizes(header["shape"].replace("L", ""))
    scan.facts.add_tensor(descr.strip("'"), tuple(sizes))
    if _has_objects(descr):
        if not inspect_pickle(
            scan, scan.inner(member, SubSource(source, data, source.size), "pickle")
        ):
            raise ScanError(NPY_BROKEN, "an array of objects without its pickle", data)
        return source.size
    end = data + prod(sizes) * _element_bytes(descr, offset)
    if end > source.size:
        raise ScanError(NPY_BROKEN, "the array is cut off", offset)
    return end


def _sizes(shape: str) -> list[int]:
    return [int(size) for size in shape.split(",") if size.strip()]


def _has_objects(descr: str) -> bool:
    if descr.startswith("'"):
        return is_object(descr.strip("'"))
    if FIELDS.fullmatch(descr):
        return any(is_object(field[1]) for field in FIELD.finditer(descr))
    return OBJECT_TYPE.search(descr) is not None


def _element_bytes(descr: str, offset: int) -> int:
    size = numpy_bytes(descr.strip("'")) if descr.startswith("'") else _fields_bytes(descr)
    if size is None:
        raise ScanError(NPY_TYPE, "elements of a type that is not understood", offset)
    return size


def _fields_bytes(descr: str) -> int | None:
    """Return the size of structured elements; None if they are not written as NumPy does."""
    if not FIELDS.fullmatch(descr):
        return None
    total = 0
    for field in FIELD.finditer(descr):
        size = numpy_bytes(field[1])
        if size is None:
            return None
        total += size * prod(_sizes(field[2] or ""))
    return total
