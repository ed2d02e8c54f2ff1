"""Zip files: PyTorch and Keras checkpoints, .npz, wheels and plain archives."""

from contextlib import nullcontext
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from modelguard_scanner.archives.unpack import Spool, chunks, maker, unpack
from modelguard_scanner.archives.zip_walk import (
    DESCRIPTOR_FLAG,
    Directory,
    Entry,
    Local,
    read_directory,
    read_local,
)
from modelguard_scanner.catalogue.archives import (
    ARCHIVE_PATH,
    TORCH_PACKAGE,
    ZIP_BROKEN,
    ZIP_CHECKSUM,
    ZIP_CONTRADICTION,
    ZIP_DUPLICATE,
    ZIP_ENCRYPTED,
    ZIP_GAP,
    ZIP_LINK,
    ZIP_METHOD,
    ZIP_OVERLAP,
    ZIP_PREFIX,
)
from modelguard_scanner.catalogue.pickles import PICKLE_BROKEN
from modelguard_scanner.dtypes import TORCH_BYTES
from modelguard_scanner.limits import OverCap, ScanError
from modelguard_scanner.pickles.judge import PickleReader
from modelguard_scanner.scanning import Member, Scan
from modelguard_scanner.source import Source, SubSource

if TYPE_CHECKING:
    from collections.abc import Mapping

    from modelguard_scanner.catalogue.rule import Rule

LOCAL_SIGNATURE: Final = b"PK\x03\x04"
STORED: Final = 0
METHODS: Final = {8: "deflate", 12: "bz2", 14: "lzma"}
ENCRYPTED_FLAGS: Final = 0x2041
"""Bits 0, 6 and 13: encryption, strong encryption, masked headers. Bit 5 is patched data."""
PATCHED_FLAG: Final = 0x20
DESCRIPTOR_BYTES: Final = 24
"""Longest data descriptor behind a member."""
INTERPRETED: Final = (
    "data.pkl", "constants.pkl", "attributes.pkl", "bytecode.pkl", "traced_inputs.pkl",
    ".debug_pkl",
)  # fmt: skip
"""The pickles of a TorchScript archive that PyTorch reads without Python."""
ALL_LOCAL_BYTES: Final = 8 * 1024 * 1024
"""In archives up to this size every local header is read, tensors' too."""
LZMA_HEADER: Final = 4


def inspect_zip(scan: Scan, member: Member) -> bool:
    """Inspect a zip archive; return False when the bytes hold none."""
    directory = read_directory(member.source, scan.limits)
    if directory is None:
        if member.source.read_at(0, len(LOCAL_SIGNATURE)) == LOCAL_SIGNATURE:
            raise ScanError(ZIP_BROKEN, "the archive has no directory")
        return False
    ZipReader(scan, member, directory).read()
    return True


class ZipReader:
    """Inspects every member that is not a tensor which a pickle of the archive accounts for."""

    def __init__(self, scan: Scan, member: Member, directory: Directory) -> None:
        self.scan = scan
        self.outer = member
        self.directory = directory
        names = [entry.name for entry in directory.entries]
        self.wheel = any(name.endswith(".dist-info/WHEEL") for name in names)
        self.torchscript = self._format() == "torchscript"
        self.ends: dict[int, int] = {}
        """Where the data of the member with this header end."""
        self.streamed = {entry.header: entry.flags & DESCRIPTOR_FLAG for entry in directory.entries}
        self.all_local = member.source.size <= ALL_LOCAL_BYTES

    def read(self) -> None:
        """Inspect the archive."""
        entries = self.directory.entries
        self.scan.facts.add_format(self._format())
        if any(entry.name.endswith(".data/extern_modules") for entry in entries):
            message = "a torch.package brings the source of its classes along"
            self._find(TORCH_PACKAGE, message)
        self._check_whole()
        # PyTorch finds its members whatever their case.
        pickles = [
            entry for entry in entries if _base(entry).casefold() in ("data.pkl", "constants.pkl")
        ]
        storages: dict[str, tuple[str, int]] = {}
        for entry in pickles:
            folder = entry.name.rpartition("/")[0]
            kind = _base(entry).removesuffix(".pkl")
            for key, storage in self._read(entry, torch_pickle=True).items():
                if key.isdecimal():
                    storages[f"{folder}/{kind}/{key}" if folder else f"{kind}/{key}"] = storage
        done = set(map(id, pickles))
        for entry in entries:
            if id(entry) not in done:
                self._read_other(entry, storages)
        self._check_gaps()

    def _check_gaps(self) -> None:
        """Where a member's end is known exactly, the next one must follow it."""
        starts = sorted(entry.header for entry in self.directory.entries)
        if not starts:
            return
        if starts[0]:
            message = f"{starts[0]} bytes precede the first member"
            self._find(ZIP_PREFIX, message, 0)
        for start, following in zip(starts, [*starts[1:], self.directory.start], strict=True):
            end = self.ends.get(start, following)
            if following - end > self._descriptor(start):
                message = f"{following - end} bytes between two members"
                self._find(ZIP_GAP, message, end)

    def _descriptor(self, header: int) -> int:
        """Return the room that a member's data descriptor may take."""
        return DESCRIPTOR_BYTES if self.streamed.get(header) else 0

    def _format(self) -> str:
        names = {entry.name.rpartition("/")[2] for entry in self.directory.entries}
        paths = [entry.name for entry in self.directory.entries]
        if "data.pkl" in names:
            code = any("/code/" in path or path.startswith("code/") for path in paths)
            return "torchscript" if code and "constants.pkl" in names else "pytorch"
        if {"config.json", "metadata.json"} <= names and "model.weights.h5" in names:
            return "keras"
        if self.wheel:
            return "wheel"
        return "npz" if paths and all(path.endswith(".npy") for path in paths) else "zip"

    def _check_whole(self) -> None:
        for rule, message, offset in self.directory.odd:
            self._find(rule, message, offset)
        seen: set[str] = set()
        for entry in self.directory.entries:
            name = entry.name.replace("\\", "/")
            if name in seen:
                self._find(ZIP_DUPLICATE, f"two members named {name}")
            seen.add(name)
            if entry.link:
                self._find(ZIP_LINK, f"the member {name} is a link")
            if escapes(name):
                message = f"the member {name} would be written outside its folder"
                self._find(ARCHIVE_PATH, message, entry.header)
        self._check_layout()

    def _check_layout(self) -> None:
        """Members must follow each other: neither share bytes nor leave room for hidden ones."""
        end = 0
        for entry in sorted(self.directory.entries, key=lambda entry: entry.header):
            least = entry.header + 30 + len(entry.name.encode())
            if entry.header < end:
                self._find(ZIP_OVERLAP, f"{entry.name} shares bytes", entry.header)
            elif entry.header > end + DESCRIPTOR_BYTES + 65_535:
                self._find(ZIP_GAP, "bytes between members", end)
            end = least + entry.packed
        if end > self.directory.start + 2 * len(self.directory.entries):
            self._find(ZIP_OVERLAP, "a member reaches into the directory")

    def _read_other(self, entry: Entry, storages: "Mapping[str, tuple[str, int]]") -> None:
        """Inspect a member, unless it is exactly the tensor that the archive's pickle names."""
        dtype, count = storages.get(entry.name, ("", -1))
        is_tensor = entry.method == STORED and count >= 0 and entry.packed == entry.size
        if is_tensor and entry.size == count * TORCH_BYTES.get(dtype, -1):
            if self.all_local:
                self._local(entry)
            return
        self._read(entry)

    def _read(self, entry: Entry, *, torch_pickle: bool = False) -> dict[str, tuple[str, int]]:
        """Inspect one member; its failure is its own. Returns the storages of a PyTorch pickle."""
        self.scan.budget.count_member()
        if entry.name.endswith("/") and entry.size == 0 and entry.packed == 0:
            return {}
        try:
            source = self._open(entry)
        except OverCap:
            raise
        except ScanError as error:
            self.scan.fail(self.scan.inner(self.outer, self.outer.source, entry.name), error)
            return {}
        with source if isinstance(source, Spool) else nullcontext():
            inner = self.scan.inner(self.outer, source, entry.name)
            interpreted = self.torchscript and entry.name.endswith(INTERPRETED)
            in_package = inner.in_package or self.wheel
            inner = replace(inner, in_package=in_package, in_torchscript=interpreted)
            if torch_pickle:
                return self._read_torch_pickle(inner)
            self.scan.inspect(inner)
            return {}

    def _read_torch_pickle(self, member: Member) -> dict[str, tuple[str, int]]:
        reader = PickleReader(self.scan, member)
        try:
            if not reader.read_all():
                self.scan.fail(member, ScanError(PICKLE_BROKEN, "not a pickle"))
        except OverCap:
            raise
        except ScanError as error:
            self.scan.fail(member, error)
        return reader.storages

    def _local(self, entry: Entry) -> Local:
        local = read_local(self.outer.source, entry)
        self.ends[entry.header] = local.data + entry.packed
        for what in local.contradictions:
            message = f"{entry.name}: local header and directory differ in {what}"
            if what == "name":
                message += f" ({local.name})"
            self._find(ZIP_CONTRADICTION, message, entry.header)
        if escapes(local.name.replace("\\", "/")):
            message = f"the member {local.name} would be written outside its folder"
            self._find(ARCHIVE_PATH, message, entry.header)
        return local

    def _open(self, entry: Entry) -> Source:
        """Return the unpacked member, read in spite of flags that keep other readers out."""
        local = self._local(entry)
        if entry.flags & (ENCRYPTED_FLAGS | PATCHED_FLAG):
            message = f"{entry.name} is marked as encrypted or patched"
            self._find(ZIP_ENCRYPTED, message, entry.header)
        source = self.outer.source
        if local.data + entry.packed > source.size:
            raise ScanError(ZIP_BROKEN, "the member reaches beyond the archive", local.data)
        if entry.method == STORED:
            if entry.size != entry.packed:
                message = f"{entry.name} is stored, with two different sizes"
                self._find(ZIP_CONTRADICTION, message, entry.header)
            return SubSource(source, local.data, entry.packed)
        kind = METHODS.get(entry.method)
        if kind is None:
            raise ScanError(ZIP_METHOD, f"compression method {entry.method} is not supported")
        if kind == "lzma":
            raise ScanError(ZIP_METHOD, "zip members packed with lzma are not supported")
        pieces = chunks(source, local.data, entry.packed)
        spool, rest = unpack(self.scan, pieces, maker(kind)(), entry.packed)
        if spool.size != entry.size or rest:
            message = f"{entry.name} unpacks to another size than announced"
            self._find(ZIP_CONTRADICTION, message, entry.header)
        if spool.crc != entry.crc:
            message = f"{entry.name} does not match its checksum"
            self._find(ZIP_CHECKSUM, message, entry.header)
        return spool

    def _find(self, rule: "Rule", detail: str = "", offset: int | None = None) -> None:
        self.scan.find(self.outer, rule, detail, offset)


def _base(entry: Entry) -> str:
    return entry.name.rpartition("/")[2]


def escapes(name: str) -> bool:
    """Say if a member's name leads out of the folder it is unpacked to."""
    drive = len(name) > 1 and name[1] == ":" and name[0].isalpha()
    return name.startswith("/") or drive or ".." in name.split("/") or "\0" in name
