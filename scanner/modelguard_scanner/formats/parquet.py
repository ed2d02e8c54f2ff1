"""Parquet: the footer, written in Thrift's compact protocol, with Arrow's schema among its pairs.

Source: parquet-format's parquet.thrift; the numbers are its field numbers.
"""

import binascii
from typing import TYPE_CHECKING, Final

from modelguard_scanner.catalogue.tables import PARQUET_BROKEN, PARQUET_EXTERNAL
from modelguard_scanner.formats.arrow import judge_value, read_messages
from modelguard_scanner.formats.onnx import leads_outside
from modelguard_scanner.formats.thrift import Value, read_struct
from modelguard_scanner.limits import ScanError
from modelguard_scanner.source import BytesSource

if TYPE_CHECKING:
    from modelguard_scanner.scanning import Member, Scan

MAGIC: Final = b"PAR1"
ENCRYPTED: Final = b"PARE"
MAX_FOOTER: Final = 16 * 1024 * 1024
ARROW_SCHEMA: Final = b"ARROW:schema"
TYPES: Final = ("bool", "int32", "int64", "int96", "float32", "float64", "bytes", "fixed bytes")


def inspect_parquet(scan: "Scan", member: "Member") -> bool:
    """Read the footer; pages of data are not, as no reader makes more of them than values."""
    scan.facts.add_format("parquet")
    source = member.source
    tail = source.read_at(max(0, source.size - 8), 8)
    size = int.from_bytes(tail[:4], "little")
    if tail[4:] == ENCRYPTED:
        raise ScanError(PARQUET_BROKEN, "the footer is encrypted", source.size - 8)
    if tail[4:] != MAGIC or size > min(source.size - 12, MAX_FOOTER):
        raise ScanError(PARQUET_BROKEN, "the file has no footer", max(0, source.size - 8))
    start = source.size - 8 - size
    footer, end = read_struct(source.read_at(start, size), scan.budget)
    if end != size:
        raise ScanError(PARQUET_BROKEN, "bytes after the footer", start + end)
    _schema(scan, footer)
    _row_groups(scan, member, footer)
    for pair in _structs(footer.get(5)):
        key, value = pair.get(1), pair.get(2)
        if isinstance(value, bytes):
            if key == ARROW_SCHEMA:
                _arrow_schema(scan, member, value)
            else:
                judge_value(scan, member, value)
    return True


def _schema(scan: "Scan", footer: dict[int, Value]) -> None:
    rows = footer.get(3)
    for element in _structs(footer.get(2)):
        kind, name = element.get(1), element.get(4)
        if isinstance(kind, int) and 0 <= kind < len(TYPES) and isinstance(name, bytes):
            shape = (rows,) if isinstance(rows, int) else ()
            scan.facts.add_tensor(TYPES[kind], shape, name.decode("utf-8", "backslashreplace"))


def _row_groups(scan: "Scan", member: "Member", footer: dict[int, Value]) -> None:
    """Columns may lie in another file, which Parquet calls by a path."""
    for group in _structs(footer.get(4)):
        for column in _structs(group.get(1)):
            path = column.get(1)
            if isinstance(path, bytes):
                shown = path.decode("utf-8", "backslashreplace")
                if leads_outside(shown):
                    message = f"a column lies outside the folder: {shown}"
                    scan.find(member, PARQUET_EXTERNAL, message)
                else:
                    scan.facts.add_note(f"a column in another file: {shown}")


def _arrow_schema(scan: "Scan", member: "Member", value: bytes) -> None:
    try:
        data = binascii.a2b_base64(value)
    except binascii.Error as error:
        raise ScanError(PARQUET_BROKEN, "Arrow's schema is not base64") from error
    inner = scan.inner(member, BytesSource(data), "ARROW:schema")
    if read_messages(scan, inner, inner.source, 0, len(data)) != len(data):
        raise ScanError(PARQUET_BROKEN, "bytes after Arrow's schema")


def _structs(value: "Value | None") -> list[dict[int, Value]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []
