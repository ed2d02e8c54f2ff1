"""Zip files: PyTorch and Keras checkpoints, .npz, wheels and plain archives."""

import base64
import hashlib
from contextlib import nullcontext, suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from modelguard_scanner.archives.names import Names, escapes
from modelguard_scanner.archives.structure import (
    STARTUP,
    TORCH_PICKLES,
    is_interpreted,
    is_torchscript,
    torch_root,
    wheel_hashes,
)
from modelguard_scanner.archives.unpack import Spool, chunks, maker, unpack
from modelguard_scanner.archives.zip_walk import (
    DESCRIPTOR_FLAG,
    FILE,
    FOLDER,
    LOCAL,
    Directory,
    Entry,
    Local,
    is_descriptor,
    read_directory,
    read_local,
)
from modelguard_scanner.catalogue.archives import (
    ARCHIVE_DUPLICATE,
    ARCHIVE_NAME,
    ARCHIVE_PATH,
    TORCH_PACKAGE,
    WHEEL_STARTUP,
    ZIP_BROKEN,
    ZIP_CHECKSUM,
    ZIP_CONTRADICTION,
    ZIP_ENCRYPTED,
    ZIP_GAP,
    ZIP_LINK,
    ZIP_METHOD,
    ZIP_OVERLAP,
    ZIP_PREFIX,
)
from modelguard_scanner.catalogue.pickles import PICKLE_BROKEN
from modelguard_scanner.dtypes import TORCH_BYTES
from modelguard_scanner.formats.torch_graphs import inspect_bytecode
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
"""Longest data descriptor after a member."""
PADDING: Final = 4096 + 256
"""Bytes that an unread local header may take for extra fields, which align tensors to pages."""
NUMPY: Final = b"\x93NUMPY"
"""Start of an array, of which numpy finds some under any name in an archive."""
ALL_LOCAL_BYTES: Final = 8 * 1024 * 1024
"""In archives up to this size every local header is read, tensors' too."""


def inspect_zip(scan: Scan, member: Member) -> bool:
    """Inspect a zip archive; return False when the bytes hold none."""
    directory = read_directory(member.source, scan.limits)
    if directory is None:
        if member.source.read_at(0, len(LOCAL_SIGNATURE)) == LOCAL_SIGNATURE:
            raise ScanError(ZIP_BROKEN, "the archive has no directory")
        return False
    parts = _torch_parts(scan, member, directory) if directory.shift else []
    for source, part in parts:
        ZipReader(scan, replace(member, source=source), part).read()
    if not parts:
        ZipReader(scan, member, directory).read()
    return True


def _torch_parts(
    scan: Scan, member: Member, directory: Directory
) -> list[tuple[Source, Directory]]:
    """Return the PyTorch archives that the bytes are, one after another; none if they are not.

    Shards of torch.distributed.checkpoint are such files, of which an index says where each starts.
    """
    parts: list[tuple[Source, Directory]] = []
    end, last = member.source.size, directory
    while end:
        scan.budget.count_member()
        source = SubSource(member.source, last.shift, end - last.shift)
        part = read_directory(source, scan.limits)
        if part is None or part.odd or torch_root(part.entries) is None:
            return []
        parts.append((source, part))
        end = last.shift
        if end:
            before = read_directory(SubSource(member.source, 0, end), scan.limits)
            if before is None:
                return []
            last = before
    return parts


class ZipReader:
    """Inspects every member that is not a tensor which a pickle of the archive accounts for."""

    def __init__(self, scan: Scan, member: Member, directory: Directory) -> None:
        self.scan = scan
        self.outer = member
        self.directory = directory
        entries = directory.entries
        self.root = torch_root(entries)
        """The folder of all members, if this is a PyTorch archive."""
        self.torchscript = self.root is not None and is_torchscript(self.root, entries)
        self.hashes: Mapping[str, str] | None = None
        """What the members' SHA-256 must be, if this is a wheel."""
        self.ends: dict[int, int] = {}
        """Where the data of the member with this header end."""
        self.all_local = member.source.size <= ALL_LOCAL_BYTES
        self.named_npz = member.path.casefold().endswith(".npz")

    def read(self) -> None:
        """Inspect the archive."""
        entries = self.directory.entries
        if any(entry.name.endswith(".dist-info/WHEEL") for entry in entries):
            self.hashes = wheel_hashes(entries, self._read_small)
            self._check_startup()
        self.scan.facts.add_format(self._format())
        if any(entry.name.endswith(".data/extern_modules") for entry in entries):
            message = "a torch.package contains the source of its classes"
            self._find(TORCH_PACKAGE, message)
        self._check_whole()
        # PyTorch finds its members whatever their case.
        pickles = [entry for entry in entries if _base(entry).casefold() in TORCH_PICKLES]
        storages: dict[str, tuple[str, int]] = {}
        for entry in pickles:
            found = self._read(entry, torch_pickle=True)
            if self.root is not None and entry.name.removeprefix(self.root) in TORCH_PICKLES:
                folder = entry.name.removesuffix(".pkl")
                storages |= {f"{folder}/{key}": found[key] for key in found if key.isdecimal()}
        done = set(map(id, pickles))
        for entry in entries:
            if id(entry) not in done:
                self._read_other(entry, storages)
        self._check_gaps()

    def _read_small(self, entry: Entry) -> bytes | None:
        """Return a member that must be in memory; None if it cannot be unpacked."""
        trial = ZipReader(self.scan.trial(), self.outer, self.directory)
        with suppress(ScanError):
            source = trial._open(entry)  # of the same class
            with source if isinstance(source, Spool) else nullcontext():
                return source.read_at(0, source.size)
        return None

    def _check_startup(self) -> None:
        for entry in self.directory.entries:
            if STARTUP.fullmatch(entry.name):
                self._find(WHEEL_STARTUP, f"{entry.name} is read whenever Python starts")

    def _check_gaps(self) -> None:
        """Members must follow each other: neither share bytes nor leave room for hidden ones."""
        ordered = sorted(self.directory.entries, key=lambda entry: entry.header)
        first = ordered[0].header if ordered else self.directory.start
        if first:
            message = f"{first} bytes precede the first member"
            self._find(ZIP_PREFIX, message, 0)
        starts = [entry.header for entry in ordered] + [self.directory.start]
        for entry, following in zip(ordered, starts[1:], strict=True):
            self.scan.budget.spend()
            end = self.ends.get(entry.header)
            if _least_end(entry) > following:
                self._find(ZIP_OVERLAP, f"{entry.name} shares bytes", entry.header)
            elif end is None:
                if following - _least_end(entry) > PADDING:
                    self._find(ZIP_GAP, "bytes between members", _least_end(entry))
            elif following < end:
                self._find(ZIP_OVERLAP, f"{entry.name} shares bytes", entry.header)
            elif not self._is_filled(entry, end, following):
                message = f"{following - end} bytes between two members"
                self._find(ZIP_GAP, message, end)

    def _is_filled(self, entry: Entry, end: int, following: int) -> bool:
        """Return whether exactly a data descriptor lies between, where there must be one."""
        if not entry.flags & DESCRIPTOR_FLAG:
            return following == end
        raw = self.outer.source.read_at(end, min(following - end, DESCRIPTOR_BYTES + 1))
        return is_descriptor(raw, entry)

    def _format(self) -> str:
        names = {entry.name.rpartition("/")[2] for entry in self.directory.entries}
        paths = [entry.name for entry in self.directory.entries]
        if "data.pkl" in names:
            code = any("/code/" in path or path.startswith("code/") for path in paths)
            return "torchscript" if code and "constants.pkl" in names else "pytorch"
        if {"config.json", "metadata.json"} <= names and "model.weights.h5" in names:
            return "keras"
        if self.hashes is not None:
            return "wheel"
        return "npz" if paths and all(path.endswith(".npy") for path in paths) else "zip"

    def _check_whole(self) -> None:
        for rule, message, offset in self.directory.odd:
            self._find(rule, message, offset)
        names = Names(self.scan, self.outer, ARCHIVE_DUPLICATE)
        for entry in self.directory.entries:
            names.check(entry.name, folder=entry.is_folder, offset=entry.header)
            if entry.odd:
                message = f"readers may see another member than {entry.name}: {entry.odd}"
                self._find(ARCHIVE_NAME, message, entry.header)
            if entry.kind not in (0, FOLDER if entry.is_folder else FILE):
                self._find(ZIP_LINK, f"the member {entry.name} is a link or no regular file")

    def _read_other(self, entry: Entry, storages: "Mapping[str, tuple[str, int]]") -> None:
        """Inspect a member, unless it is exactly the tensor that the archive's pickle names."""
        dtype, count = storages.get(entry.name, ("", -1))
        is_tensor = entry.method == STORED and count >= 0 and entry.packed == entry.size
        right_size = is_tensor and entry.size == count * TORCH_BYTES.get(dtype, -1)
        if not (right_size and self._is_raw(entry)):
            self._read(entry)

    def _is_raw(self, entry: Entry) -> bool:
        """Return whether a member that is a tensor to PyTorch is nothing else to numpy."""
        if self.named_npz:
            return False
        if not self.all_local:
            return True
        try:
            local = self._local(entry)
        except ScanError:
            return False
        return self.outer.source.read_at(local.data, len(NUMPY)) != NUMPY

    def _read(self, entry: Entry, *, torch_pickle: bool = False) -> dict[str, tuple[str, int]]:
        """Inspect one member; its failure is its own. Returns the storages of a PyTorch pickle."""
        self.scan.budget.count_member()
        try:
            source = self._open(entry)
        except OverCap:
            raise
        except ScanError as error:
            self.scan.fail(self.scan.inner(self.outer, self.outer.source, entry.name), error)
            return {}
        with source if isinstance(source, Spool) else nullcontext():
            if entry.is_folder:
                return {}
            inner = self.scan.inner(self.outer, source, entry.name)
            interpreted = self.torchscript and is_interpreted(self.root or "", entry.name)
            in_package = inner.in_package or self.hashes is not None
            self._check_hash(entry, source)
            inner = replace(inner, in_package=in_package, in_torchscript=interpreted)
            if torch_pickle:
                return self._read_torch_pickle(inner)
            if _base(entry).casefold() == "bytecode.pkl":
                inspect_bytecode(self.scan, inner)
            self.scan.inspect(inner)
            return {}

    def _check_hash(self, entry: Entry, source: Source) -> None:
        """Compare a wheel's member with its record."""
        expected = (self.hashes or {}).get(entry.name)
        if expected is None:
            return
        digest = hashlib.sha256()
        for piece in chunks(source, 0, source.size):
            digest.update(piece)
        if base64.urlsafe_b64encode(digest.digest()).decode().rstrip("=") != expected:
            message = f"{entry.name} does not match its checksum in the wheel's record"
            self._find(ZIP_CHECKSUM, message, entry.header)

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
        if escapes(local.name):
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
        spool, used = unpack(self.scan, pieces, maker(kind)(), entry.packed)
        if spool.size != entry.size or used != entry.packed:
            message = f"{entry.name} unpacks to a size other than declared"
            self._find(ZIP_CONTRADICTION, message, entry.header)
        if spool.crc != entry.crc:
            message = f"{entry.name} does not match its checksum"
            self._find(ZIP_CHECKSUM, message, entry.header)
        return spool

    def _find(self, rule: "Rule", detail: str = "", offset: int | None = None) -> None:
        self.scan.find(self.outer, rule, detail, offset)


def _base(entry: Entry) -> str:
    return entry.name.rpartition("/")[2]


def _least_end(entry: Entry) -> int:
    """Return where a member ends at least, whose local header was not read."""
    return entry.header + LOCAL.size + len(entry.raw) + entry.packed
