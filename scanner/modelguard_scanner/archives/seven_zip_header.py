"""The header of a 7z archive: streams, folders and names. Source: 7zFormat.txt of the LZMA SDK."""

import lzma
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from modelguard_scanner.catalogue.archives import SEVEN_ZIP_BROKEN, SEVEN_ZIP_METHOD
from modelguard_scanner.limits import ScanError

if TYPE_CHECKING:
    from collections.abc import Callable

SIGNATURE_SIZE: Final = 32
END, HEADER, MAIN_STREAMS, FILES, PACK_INFO, UNPACK_INFO, SUBSTREAMS = 0, 1, 4, 5, 6, 7, 8
SIZE, CRC, FOLDER, UNPACK_SIZE, NUM_UNPACK, EMPTY_STREAM, NAMES = 9, 10, 11, 12, 13, 14, 17
ENCODED_HEADER: Final = 23
EMPTY_FILE, ATTRIBUTES = 15, 21
HARMLESS: Final = frozenset({15, 18, 19, 20, 21, 25})
"""Properties that change neither name nor bytes: empty files, times, attributes, filling."""
UNIX_EXTENSION: Final = 0x8000
"""Flag of attributes whose upper half is the mode in Unix."""
FILE_KINDS: Final = (0, 0o04, 0o10)
"""The modes' top bits of what is neither a link nor a device."""
COPY, LZMA2, LZMA, BZIP2, DEFLATE = b"\0", b"\x21", b"\3\1\1", b"\4\2\2", b"\4\1\x08"
FILTERS: Final = {
    b"\3\3\1\3": lzma.FILTER_X86, b"\3\3\2\5": lzma.FILTER_POWERPC, b"\3\3\4\1": lzma.FILTER_IA64,
    b"\3\3\5\1": lzma.FILTER_ARM, b"\3\3\7\1": lzma.FILTER_ARMTHUMB,
    b"\3\3\x08\5": lzma.FILTER_SPARC, b"\x03": lzma.FILTER_DELTA,
}  # fmt: skip
"""7z's filters and lzma's names for them; delta has a property byte."""


@dataclass(slots=True)
class Folder:
    """One chain of coders: what it unpacks to is cut into `files` of these sizes."""

    coder: bytes
    properties: bytes
    filter: tuple[int, bytes] | None = None
    size: int = 0
    has_digest: bool = False
    files: list[int] = field(default_factory=list)


@dataclass(slots=True)
class Streams:
    """Packed streams from `position` on, and the folders that unpack them, one each."""

    position: int = 0
    packed: list[int] = field(default_factory=list)
    folders: list[Folder] = field(default_factory=list)


class Cursor:
    """Reads 7z's numbers and lists out of a header in memory."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0

    def take(self, count: int) -> bytes:
        """Return the next `count` bytes."""
        if self.at + count > len(self.data):
            raise broken("the header is cut off")
        self.at += count
        return self.data[self.at - count : self.at]

    def byte(self) -> int:
        """Return the next byte."""
        return self.take(1)[0]

    def number(self) -> int:
        """Read a number: the leading ones of the first byte tell how many bytes follow."""
        first = self.byte()
        extra = 8 - (first ^ 0xFF).bit_length()
        low = int.from_bytes(self.take(extra), "little")
        high = first & (0x7F >> extra) if extra < 8 else 0  # noqa: PLR2004  # eight bytes follow
        return low | high << (8 * extra)

    def count(self) -> int:
        """Read a number of things, each of which takes at least a bit of the header."""
        count = self.number()
        if count > len(self.data) * 8:
            raise broken("a count is larger than the header")
        return count

    def bits(self, count: int) -> list[bool]:
        """Read a list of bits, first bit first."""
        raw = self.take((count + 7) // 8)
        return [bool(raw[i // 8] & (0x80 >> i % 8)) for i in range(count)]

    def digests(self, count: int) -> list[bool]:
        """Move past checksums; return which of `count` are present."""
        defined = [True] * count if self.byte() else self.bits(count)
        self.take(4 * sum(defined))
        return defined


def broken(message: str) -> ScanError:
    """Make the error for a header that is wrong."""
    return ScanError(SEVEN_ZIP_BROKEN, message)


def read_streams(cursor: Cursor) -> Streams:
    """Read a StreamsInfo structure."""
    streams = Streams()
    readers: dict[int, Callable[[Cursor, Streams], None]] = {
        PACK_INFO: _pack_info,
        UNPACK_INFO: _unpack_info,
        SUBSTREAMS: _substreams,
    }
    while (kind := cursor.byte()) != END:
        if kind not in readers:
            raise broken("an unknown property of streams")
        readers[kind](cursor, streams)
    return streams


def _pack_info(cursor: Cursor, streams: Streams) -> None:
    streams.position = SIGNATURE_SIZE + cursor.number()
    count = cursor.count()
    while (kind := cursor.byte()) != END:
        if kind == SIZE:
            streams.packed = [cursor.number() for _ in range(count)]
        elif kind == CRC:
            cursor.digests(count)
        else:
            raise broken("an unknown property of packed streams")


def _unpack_info(cursor: Cursor, streams: Streams) -> None:
    if cursor.byte() != FOLDER:
        raise broken("no folders")
    count = cursor.count()
    if cursor.byte():
        raise broken("folders in another place")
    streams.folders = [_folder(cursor) for _ in range(count)]
    while (kind := cursor.byte()) != END:
        if kind == UNPACK_SIZE:
            for folder in streams.folders:
                folder.size = cursor.number()
                if folder.filter and cursor.number() != folder.size:
                    raise broken("a filter that changes the size")
                folder.files = [folder.size]
        elif kind == CRC:
            for folder, has_digest in zip(streams.folders, cursor.digests(count), strict=True):
                folder.has_digest = has_digest
        else:
            raise broken("an unknown property of folders")


def _folder(cursor: Cursor) -> Folder:
    """Read one chain: a coder, or a filter and then the coder whose output it changes."""
    coders = cursor.count()
    if coders == 1:
        return Folder(*_coder(cursor))
    if coders != 2:  # noqa: PLR2004  # filter and coder
        raise ScanError(SEVEN_ZIP_METHOD, "a chain of several coders is not supported")
    pair = [_coder(cursor), _coder(cursor)]
    reads, writes = cursor.byte(), cursor.byte()
    if {reads, writes} != {0, 1}:
        raise broken("coders that are not chained")
    (name, properties), coder = pair[reads], pair[writes]
    if name not in FILTERS or coder[0] not in (LZMA, LZMA2):
        raise ScanError(SEVEN_ZIP_METHOD, "this chain of coders is not supported")
    return Folder(*coder, (FILTERS[name], properties))


def _coder(cursor: Cursor) -> tuple[bytes, bytes]:
    flags = cursor.byte()
    coder = cursor.take(flags & 0x0F)
    if flags & 0x90:
        raise ScanError(SEVEN_ZIP_METHOD, "a coder with several streams is not supported")
    return coder, cursor.take(cursor.number()) if flags & 0x20 else b""


def _substreams(cursor: Cursor, streams: Streams) -> None:
    counts = [1] * len(streams.folders)
    kind = cursor.byte()
    if kind == NUM_UNPACK:
        counts = [cursor.count() for _ in streams.folders]
        kind = cursor.byte()
    for folder, count in zip(streams.folders, counts, strict=True):
        sizes = [cursor.number() for _ in range(count - 1)] if kind == SIZE else []
        if len(sizes) != max(0, count - 1) or sum(sizes) > folder.size:
            raise broken("files without sizes")
        folder.files = [*sizes, folder.size - sum(sizes)] if count else []
    if kind == SIZE:
        kind = cursor.byte()
    if kind == CRC:
        known = [
            f.has_digest and count == 1 for f, count in zip(streams.folders, counts, strict=True)
        ]
        cursor.digests(sum(count for count, done in zip(counts, known, strict=True) if not done))
        kind = cursor.byte()
    if kind != END:
        raise broken("an unknown property of files in folders")


@dataclass(slots=True)
class Files:
    """The files of an archive in order."""

    names: list[str]
    hollow: list[bool]
    """Which of them have no bytes in a stream: folders and empty files."""
    empty: list[bool] = field(default_factory=list)
    """Which of those are files."""
    special: list[bool] = field(default_factory=list)
    """Which of all are links or devices."""


def read_files(cursor: Cursor) -> Files:
    """Read names and kinds of the files.

    Raises:
        ScanError: readers may disagree about them.
    """
    count = cursor.count()
    files = Files([""] * count, [False] * count, special=[False] * count)
    seen: set[int] = set()
    while (kind := cursor.number()) != END:
        data = Cursor(cursor.take(cursor.number()))
        if kind in seen or kind not in (HARMLESS | {EMPTY_STREAM, NAMES}):
            raise broken(f"an unusual property of files, {kind}, or twice the same")
        seen.add(kind)
        if kind == EMPTY_STREAM:
            files.hollow = data.bits(count)
        elif kind == EMPTY_FILE:
            files.empty = data.bits(sum(files.hollow))
        elif kind == ATTRIBUTES:
            files.special = _special(data, count)
        elif kind == NAMES:
            if data.byte():
                raise broken("names in another place")
            text = data.take(len(data.data) - 1).decode("utf-16-le", "backslashreplace")
            *files.names, last = text.split("\0")
            if last or len(files.names) != count:
                raise broken("another number of names than of files")
    if count and NAMES not in seen:
        raise broken("files without names")
    return files


def _special(data: Cursor, count: int) -> list[bool]:
    defined = [True] * count if data.byte() else data.bits(count)
    if data.byte():
        raise broken("attributes in another place")
    attributes = [int.from_bytes(data.take(4), "little") if one else 0 for one in defined]
    return [bool(value & UNIX_EXTENSION) and value >> 28 not in FILE_KINDS for value in attributes]
