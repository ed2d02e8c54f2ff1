"""HDF5: groups, datasets and attributes, with what Keras, PyTables and pandas make of them."""

import json
import re
from typing import TYPE_CHECKING, Final

from modelguard_scanner.catalogue.models import HDF5_CONFIG
from modelguard_scanner.catalogue.pickles import PICKLE_BROKEN
from modelguard_scanner.catalogue.tables import (
    HDF5_FILTER,
    HDF5_LINK,
    HDF5_OUTSIDE,
)
from modelguard_scanner.formats.hdf5_heaps import objects
from modelguard_scanner.formats.hdf5_objects import (
    EXTERNAL,
    HARD,
    SHARED,
    SOFT,
    UNDEFINED,
    File,
    Link,
    Record,
    broken,
    new_link,
)
from modelguard_scanner.formats.keras_config import inspect_keras_config
from modelguard_scanner.formats.onnx import leads_outside
from modelguard_scanner.formats.search import search
from modelguard_scanner.limits import OverCap, ScanError, TooLarge
from modelguard_scanner.pickles.judge import inspect_pickle
from modelguard_scanner.routing import HDF5_MAGIC
from modelguard_scanner.source import BytesSource

if TYPE_CHECKING:
    from modelguard_scanner.scanning import Member, Scan

(DATASPACE, LINK_INFO, DATATYPE, OLD_FILL, FILL, LINK, FILES, LAYOUT, BOGUS, GROUP, FILTERS,
 ATTRIBUTE, COMMENT, OLD_TIME, SHARED_TABLE, _, SYMBOLS, TIME, TREE_SIZES, DRIVER, ATTRIBUTE_INFO,
 COUNT) = range(1, 23)  # fmt: skip
HARMLESS: Final = frozenset({OLD_FILL, FILL, GROUP, COMMENT, OLD_TIME, TIME, TREE_SIZES, COUNT})
STRING, OPAQUE, COMPOUND, VARIABLE, ARRAY = 3, 5, 6, 9, 10
NUMBERS: Final = frozenset({0, 1, 2, 4, 7, 8})
"""Types whose values no reader takes for anything else."""
TYPES: Final = ("int", "float", "time", "string", "bits", "opaque", "compound", "reference",
    "enum", "variable", "array")  # fmt: skip
VIRTUAL: Final = 3
FIRST_VIRTUAL_VERSION: Final = 4
REFERENCE: Final = 16
"""Bytes of a value of any length: its length, and the address and number of it in a heap."""
KNOWN_FILTERS: Final = frozenset({1, 2, 3, 4, 5, 6, 305, 307, *range(32_000, 32_032)})
"""HDF5's own, and those of the register of filters that hdf5plugin and PyTables bring along."""
COLLECTION: Final = re.compile(rb"GCOL\x01")
MAX_JSON: Final = 32 * 1024 * 1024
SIGNATURE_PLACES: Final = (0, *(512 << power for power in range(40)))


def inspect_hdf5(scan: "Scan", member: "Member") -> bool:
    """Walk from the root group to all objects; what is not reached, no reader of HDF5 reaches."""
    scan.facts.add_format("hdf5")
    source = member.source
    base = next(
        place for place in SIGNATURE_PLACES if source.read_at(place, len(HDF5_MAGIC)) == HDF5_MAGIC
    )
    Walk(scan, member, File(source, scan.budget, base), base).run()
    return True


class Walk:
    """The way through one file."""

    def __init__(self, scan: "Scan", member: "Member", file: File, base: int) -> None:
        self._scan = scan
        self._member = member
        self._file = file
        self._base = base
        self._left: list[tuple[str, int]] = []
        self._seen: set[int] = set()
        self._searched = False

    def run(self) -> None:
        """Visit all objects, each once."""
        if self._file.driver != UNDEFINED:
            raise broken("the file is one of several", 0)
        self._visit("superblock", self._file.extension)
        self._visit("", self._file.root)
        while self._left:
            path, address = self._left.pop()
            try:
                self._object(path, self._file.messages(address))
            except OverCap:
                raise
            except ScanError as error:
                self._scan.fail(self._member, error)

    def _visit(self, path: str, address: int) -> None:
        if address != UNDEFINED and address not in self._seen:
            self._seen.add(address)
            self._left.append((path, address))

    def _object(self, path: str, records: list[Record]) -> None:
        by_kind = {record.kind: record for record in records}
        for record in records:
            self._record(path, record)
        if DATATYPE in by_kind and DATASPACE in by_kind:
            self._dataset(path, by_kind[DATATYPE], by_kind[DATASPACE])

    def _record(self, path: str, record: Record) -> None:  # noqa: C901  # one line for each kind
        kind, data = record.kind, record.data
        if kind == SYMBOLS:
            for link in self._file.old_links(record):
                self._link(path, link)
        elif kind == LINK:
            self._link(path, new_link(data, record.offset))
        elif kind == LINK_INFO:
            at = 2 + (8 if data[1:2] and data[1] & 1 else 0)  # the highest creation order
            self._dense(path, record, at, LINK)
        elif kind == ATTRIBUTE_INFO:
            at = 2 + (2 if data[1:2] and data[1] & 1 else 0)
            self._dense(path, record, at, ATTRIBUTE)
        elif kind == ATTRIBUTE:
            if record.flags & SHARED:
                raise broken("an attribute that several objects share", record.offset)
            self._attribute(path, record)
        elif kind == FILES:
            self._external_files(record)
        elif kind == LAYOUT:
            self._layout(path, record)
        elif kind == FILTERS:
            self._filters(record)
        elif kind not in HARMLESS and kind not in (DATATYPE, DATASPACE):
            raise broken(f"a message of the kind {kind}", record.offset)

    def _dense(self, path: str, record: Record, at: int, kind: int) -> None:
        """Follow the links or attributes of an object that has too many for its header."""
        heap = int.from_bytes(record.data[at : at + 8], "little")
        tree = int.from_bytes(record.data[at + 8 : at + 16], "little")
        if len(record.data) < at + 16:
            raise broken("a place that breaks off", record.offset)
        if heap == UNDEFINED:
            return
        for data, offset in objects(self._file, heap, tree):
            self._record(path, Record(kind, 0, data, offset))

    def _link(self, path: str, link: Link) -> None:
        self._scan.budget.spend()
        name = f"{path}/{link.name}"
        if link.kind == HARD:
            self._visit(name, link.address)
        elif link.kind == EXTERNAL:
            file = link.value[1:].partition(b"\0")[0].decode("utf-8", "backslashreplace")
            self._other_file(f"the link {name}", file)
        elif link.kind != SOFT:
            self._scan.find(self._member, HDF5_LINK, f"the link {name} is of an unknown kind")

    def _other_file(self, what: str, file: str, offset: int | None = None) -> None:
        rule = HDF5_OUTSIDE if leads_outside(file) else HDF5_LINK
        self._scan.find(self._member, rule, f"{what} reaches into the file {file}", offset)

    def _external_files(self, record: Record) -> None:
        """Name the files that hold a dataset's values (IV.A.2.h)."""
        used = int.from_bytes(record.data[6:8], "little")
        heap = int.from_bytes(record.data[8:16], "little")
        head = self._file.read(heap, 32)
        names = self._file.read(int.from_bytes(head[24:32], "little"), 1)
        size = min(int.from_bytes(head[8:16], "little"), MAX_JSON)
        names = self._file.read(int.from_bytes(head[24:32], "little"), size)
        for slot in range(used):
            self._scan.budget.spend()
            at = int.from_bytes(record.data[16 + 24 * slot :][:8], "little")
            name = names[at:].partition(b"\0")[0].decode("utf-8", "backslashreplace")
            self._other_file("a dataset", name, record.offset)
        if not used:
            self._other_file("a dataset", "", record.offset)

    def _layout(self, path: str, record: Record) -> None:
        data = record.data
        if len(data) < 2:  # noqa: PLR2004  # version and class
            raise broken("a layout that breaks off", record.offset)
        if data[0] < FIRST_VIRTUAL_VERSION or data[1] != VIRTUAL:
            return
        heap, index = int.from_bytes(data[2:10], "little"), int.from_bytes(data[10:14], "little")
        block = self._file.heap_object(heap, index)
        count = int.from_bytes(block[1:9], "little")
        name = block[9:].partition(b"\0")[0].decode("utf-8", "backslashreplace")
        if block[:1] != b"\0" or count != 1 or name != ".":
            self._other_file(f"the virtual dataset {path}", name, record.offset)

    def _filters(self, record: Record) -> None:
        """Check which filters a dataset's values pass through (IV.A.2.l)."""
        data = record.data
        if len(data) < 2:  # noqa: PLR2004  # version and count
            raise broken("filters that break off", record.offset)
        version, count = data[0], data[1]
        at = 8 if version == 1 else 2
        for _ in range(count):
            number = int.from_bytes(data[at : at + 2], "little")
            named = version == 1 or number >= 256  # noqa: PLR2004  # HDF5's own have no name
            length = int.from_bytes(data[at + 2 : at + 4], "little") if named else 0
            at += 4 if named else 2
            values = int.from_bytes(data[at + 2 : at + 4], "little")
            at += 4 + (length + 7) // 8 * 8 if version == 1 else 4 + length
            at += 4 * values + (4 if version == 1 and values % 2 else 0)
            if number not in KNOWN_FILTERS:
                message = f"values pass through the filter {number}, which is not registered"
                self._scan.find(self._member, HDF5_FILTER, message, record.offset)

    def _dataset(self, path: str, datatype: Record, dataspace: Record) -> None:
        shared = bool(datatype.flags & SHARED)
        kind = datatype.data[0] & 15 if datatype.data and not shared else COMPOUND
        width = 8 * int.from_bytes(datatype.data[4:8], "little")
        name = TYPES[kind] if kind < len(TYPES) else "unknown"
        shape = _shape(dataspace.data)
        self._scan.facts.add_tensor(f"{name}{width}" if kind < STRING else name, shape, path)
        if kind in (VARIABLE, COMPOUND, ARRAY):
            self._search_heaps()

    def _search_heaps(self) -> None:
        """Judge all values of any length: which dataset they belong to plays no part."""
        if self._searched:
            return
        self._searched = True
        source, limits = self._member.source, self._scan.limits
        if source.size > limits.max_search_bytes:
            raise TooLarge("bytes of an HDF5 file", limits.max_search_bytes)
        for at in search(self._scan, source, COLLECTION):
            for number, data in self._file.collection(at - self._base):
                self._value(f"heap {at}:{number}", data)

    def _attribute(self, path: str, record: Record) -> None:
        """Judge an attribute's value (IV.A.2.m)."""
        data = record.data
        if len(data) < 8 or data[0] not in (1, 2, 3):  # noqa: PLR2004  # its head
            raise broken("an attribute of an unknown version", record.offset)
        sizes = [int.from_bytes(data[at : at + 2], "little") for at in (2, 4, 6)]
        at = 9 if data[0] == 3 else 8  # noqa: PLR2004  # with the encoding of its name
        step = 8 if data[0] == 1 else 1
        places = []
        for size in sizes:
            places.append(at)
            at += -(-size // step) * step
        name = data[places[0] : places[0] + sizes[0]].rstrip(b"\0")
        shown = f"{path}@{name.decode('utf-8', 'backslashreplace')}"
        if data[0] > 1 and data[1]:
            raise broken("an attribute of a shared type", record.offset)
        datatype, value = data[places[1] : places[1] + sizes[1]], data[at:]
        if not datatype:
            raise broken("an attribute without a type", record.offset)
        kind = datatype[0] & 15
        if kind == VARIABLE:
            for start in range(0, len(value), REFERENCE):
                self._follow(shown, value[start : start + REFERENCE])
        elif kind in (COMPOUND, ARRAY):
            self._search_heaps()
            self._value(shown, value)
        elif kind not in NUMBERS:
            self._value(shown, value)

    def _follow(self, name: str, reference: bytes) -> None:
        length = int.from_bytes(reference[:4], "little")
        address = int.from_bytes(reference[4:12], "little")
        if length and address not in (0, UNDEFINED):
            data = self._file.heap_object(address, int.from_bytes(reference[12:16], "little"))
            self._value(name, data)

    def _value(self, name: str, value: bytes) -> None:
        """Judge a value as a configuration, as Keras does, and as a pickle, as PyTables does."""
        self._scan.budget.spend(1 + len(value) // 1024)
        text = value.rstrip(b"\0").strip()
        if text[:1] in (b"{", b"["):
            self._config(name, text)
        elif len(value) > 1:
            inner = self._scan.inner(self._member, BytesSource(value), name)
            trial = self._scan.trial()
            inspect_pickle(trial, inner)
            # Numbers may start like a pickle that breaks off, which does nothing.
            if any(found.rule != PICKLE_BROKEN.id for found in trial.findings):
                inspect_pickle(self._scan, inner)

    def _config(self, name: str, text: bytes) -> None:
        if len(text) > MAX_JSON:
            raise TooLarge("bytes of a configuration in an HDF5 file", MAX_JSON)
        try:
            value = json.loads(text)
        except (ValueError, RecursionError):
            if b"class_name" in text or b"\\u00" in text:
                message = f"{name} is a configuration that could not be read"
                self._scan.find(self._member, HDF5_CONFIG, message)
            return
        inspect_keras_config(self._scan, self._member, value)


def _shape(data: bytes) -> tuple[int, ...]:
    if len(data) < 4:  # noqa: PLR2004  # its head
        return ()
    start = 8 if data[0] == 1 else 4
    return tuple(
        int.from_bytes(data[at : at + 8], "little") for at in range(start, start + 8 * data[1], 8)
    )
