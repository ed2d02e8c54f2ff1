"""Arrow's files and streams, Feather 2 among them: schemas, whose extension types name code.

Source: arrow/format/{File,Message,Schema}.fbs; the numbers are places in its tables.
"""

import re
from typing import TYPE_CHECKING, Final

from modelguard_scanner.catalogue.graphs import FLATBUFFER_BROKEN
from modelguard_scanner.catalogue.tables import ARROW_BROKEN, ARROW_EXTENSION, ARROW_PICKLE
from modelguard_scanner.formats.flatbuffers import Buffer, Table
from modelguard_scanner.limits import OverCap, ScanError
from modelguard_scanner.pickles.judge import inspect_pickle
from modelguard_scanner.pickles.nested import inspect_nested, may_be_pickle
from modelguard_scanner.source import BytesSource

if TYPE_CHECKING:
    from modelguard_scanner.scanning import Member, Scan
    from modelguard_scanner.source import Source

MAGIC: Final = b"ARROW1"
START: Final = 8
"""Bytes before the first message of a file: the magic, and two of padding."""
CONTINUES: Final = 0xFFFF_FFFF
SCHEMA: Final = 1
LAST_HEADER: Final = 5
BLOCK: Final = 24
"""Bytes of the footer's note of one message, which start with its offset."""
MAX_NESTING: Final = 64
EXTENSION: Final = b"ARROW:extension:name"
PICKLED: Final = frozenset({b"arrow.py_extension_type", b"ray.data.arrow_pickled_object"})
"""Types that PyArrow before 14.0.1 and Ray unpickle."""
KNOWN: Final = re.compile(
    rb"arrow\.(?!py_)[a-z0-9_.]+|pandas\.(?:period|interval)|geoarrow\.[a-z]+|ogc\.wkb|polars\.\w+"
    rb"|ray\.data\.arrow_(?:variable_shaped_)?tensor(?:_v2)?|lance\.[\w.]+|parquet\.[\w.]+"
    rb"|datasets\.features\.features\.Array[2-5]DExtensionType"
)
"""Types whose readers take no more than numbers and JSON from the file."""


def inspect_arrow(scan: "Scan", member: "Member") -> bool:
    """Read a file as its readers do: by the footer, its schema and the places of its messages."""
    scan.facts.add_format("arrow")
    source = member.source
    end = source.size - len(MAGIC) - 4
    tail = source.read_at(max(0, end), 10)
    size = int.from_bytes(tail[:4], "little")
    if end < START or tail[4:] != MAGIC or size > end - START:
        raise ScanError(ARROW_BROKEN, "the file has no footer", max(0, end))
    footer = Buffer(source, scan.budget, end - size, end).root()
    reader = SchemaReader(scan, member)
    schema = footer.table(1)
    if schema is None:
        raise ScanError(ARROW_BROKEN, "the footer has no schema", end - size)
    reader.schema(schema)
    reader.pairs(footer, 4)
    for field in (2, 3):  # dictionaries, record batches
        for at in footer.structs(field, BLOCK):
            offset = int.from_bytes(source.read_at(at, 8), "little")
            _message(scan, reader, source, offset, end - size)
    return True


def inspect_arrow_stream(scan: "Scan", member: "Member") -> bool:
    """Read a stream; return False if the bytes do not start with a schema."""
    try:
        first = Buffer(member.source, scan.budget, 8, member.source.size).root()
        if first.number(1, "<B") != SCHEMA or first.table(2) is None:
            return False
    except ScanError as error:
        if error.rule is not FLATBUFFER_BROKEN:
            raise
        return False
    scan.facts.add_format("arrow")
    end = read_messages(scan, member, member.source, 0, member.source.size)
    if end != member.source.size:
        raise ScanError(ARROW_BROKEN, "bytes after the last message", end)
    return True


def read_messages(scan: "Scan", member: "Member", source: "Source", at: int, end: int) -> int:
    """Read messages up to `end` or the mark of the last; return where the next would be."""
    reader = SchemaReader(scan, member, source)
    while at + 8 <= end:
        following = _message(scan, reader, source, at, end)
        if following == at + 8:
            return following
        at = following
    return at


def _message(scan: "Scan", reader: "SchemaReader", source: "Source", at: int, end: int) -> int:
    """Judge the message at a place and return where its data end; an empty one is the last."""
    scan.budget.spend()
    head = source.read_at(at, 8)
    if int.from_bytes(head[:4], "little") != CONTINUES:
        raise ScanError(ARROW_BROKEN, "a message of a version before 0.15", at)
    size = int.from_bytes(head[4:], "little")
    at += 8
    if not size:
        return at
    if at + size > end:
        raise ScanError(ARROW_BROKEN, "a message reaches beyond the file", at)
    message = Buffer(source, scan.budget, at, at + size).root()
    reader.message(message)
    body = message.number(3, "<q")
    if not 0 <= body <= end - at - size:
        raise ScanError(ARROW_BROKEN, "a message's data reach beyond the file", at)
    return at + size + body


class SchemaReader:
    """Judges schemas: the extension types of fields, and the pairs of keys and values."""

    def __init__(self, scan: "Scan", member: "Member", source: "Source | None" = None) -> None:
        self._scan = scan
        self._member = member
        self._source = source or member.source

    def message(self, message: Table) -> None:
        """Judge a message, if it is a schema; all others hold no more than data."""
        kind = message.number(1, "<B")
        if not 0 < kind <= LAST_HEADER:
            raise ScanError(ARROW_BROKEN, f"a message of the unknown kind {kind}")
        self.pairs(message, 4)
        header = message.table(2)
        if kind == SCHEMA and header is not None:
            self.schema(header)

    def schema(self, schema: Table) -> None:
        """Judge a schema."""
        self.pairs(schema, 2)
        for field in schema.tables(1):
            self._field(field, 0)

    def _field(self, field: Table, nesting: int) -> None:
        if nesting > MAX_NESTING:
            raise ScanError(ARROW_BROKEN, "types inside each other, too deep to follow")
        self.pairs(field, 6)
        for child in field.tables(5):
            self._field(child, nesting + 1)

    def pairs(self, table: Table, field: int) -> None:
        """Judge the metadata of a schema, a field or a message."""
        for pair in table.tables(field):
            key, value = pair.text(0), pair.text(1)
            if key == EXTENSION:
                self.extension(value)
            judge_value(self._scan, self._member, value)

    def extension(self, name: bytes) -> None:
        """Judge the name of an extension type."""
        shown = name.decode("utf-8", "backslashreplace")
        if name in PICKLED:
            self._scan.find(self._member, ARROW_PICKLE, f"a type that loaders unpickle: {shown}")
        elif not KNOWN.fullmatch(name):
            message = f"a type that needs code of its own: {shown}"
            self._scan.find(self._member, ARROW_EXTENSION, message)


def judge_value(scan: "Scan", member: "Member", value: bytes) -> None:
    """Look for a pickle in a value of the metadata."""
    inner = scan.inner(member, BytesSource(value), "metadata")
    for text in (False, True):
        if may_be_pickle(value[:4], len(value), text=text):
            try:
                inspect_nested(scan, inner, (0, len(value), text), inspect_pickle)
            except OverCap:
                raise
            except ScanError as error:
                scan.fail(inner, error)
