"""7z archives.

Each folder (7z's word for one chain of coders) is unpacked whole and cut into its files. Read are
copy, LZMA, LZMA2, deflate and bzip2, and LZMA after a filter for machine code. Anything else,
encryption too, is inconclusive.
"""

import lzma
import zlib
from typing import Final

from modelguard_scanner.archives.names import Names
from modelguard_scanner.archives.seven_zip_header import (
    BZIP2,
    COPY,
    DEFLATE,
    ENCODED_HEADER,
    END,
    FILES,
    HEADER,
    LZMA,
    LZMA2,
    MAIN_STREAMS,
    SIGNATURE_SIZE,
    Cursor,
    Files,
    Folder,
    Streams,
    broken,
    read_files,
    read_streams,
)
from modelguard_scanner.archives.unpack import Decompressor, Spool, chunks, maker, unpack
from modelguard_scanner.catalogue.archives import (
    ARCHIVE_DUPLICATE,
    SEVEN_ZIP_LINK,
    SEVEN_ZIP_METHOD,
    SEVEN_ZIP_TRAILING,
)
from modelguard_scanner.limits import ScanError, TooLarge
from modelguard_scanner.scanning import Member, Scan
from modelguard_scanner.source import Source, SubSource

MAX_DICTIONARY: Final = 128 * 1024 * 1024


def inspect_7z(scan: Scan, member: Member) -> bool:
    """Inspect every file of the archive."""
    scan.facts.add_format("7z")
    source = member.source
    start = source.read_at(0, SIGNATURE_SIZE)
    offset, size = (int.from_bytes(start[at : at + 8], "little") for at in (12, 20))
    if len(start) < SIGNATURE_SIZE or zlib.crc32(start[12:32]) != int.from_bytes(
        start[8:12], "little"
    ):
        raise broken("the start header is wrong")
    if size > scan.limits.max_header_bytes:
        raise TooLarge("bytes of a 7z header", scan.limits.max_header_bytes)
    end = SIGNATURE_SIZE + offset + size
    if end > source.size:
        raise broken("the header lies beyond the file")
    if end < source.size:
        message = "bytes follow the archive"
        scan.find(member, SEVEN_ZIP_TRAILING, message, end)
    _read_headers(scan, member, SIGNATURE_SIZE + offset, size)
    return True


def _read_headers(scan: Scan, member: Member, packed_end: int, size: int) -> None:
    """Unpack the header as often as it is packed, and inspect the files."""
    cursor = Cursor(member.source.read_at(packed_end, size))
    for _ in range(scan.limits.max_depth):
        kind = cursor.byte() if size else END
        if kind == END:
            return
        if kind == HEADER:
            if _read_header(scan, member, cursor) != packed_end:
                message = "bytes that belong to no file"
                scan.find(member, SEVEN_ZIP_TRAILING, message, SIGNATURE_SIZE)
            if cursor.at != len(cursor.data):
                raise broken("bytes after the header's end")
            return
        if kind != ENCODED_HEADER:
            break
        streams = read_streams(cursor)
        cursor = Cursor(_decoded(scan, member.source, streams))
        if streams.position + streams.packed[0] != packed_end:
            message = "bytes that belong to no header"
            scan.find(member, SEVEN_ZIP_TRAILING, message, SIGNATURE_SIZE)
        packed_end = streams.position
    raise broken("an unknown kind of header")


def _decoded(scan: Scan, source: Source, streams: Streams) -> bytes:
    if len(streams.folders) != 1 or not streams.packed:
        raise broken("a packed header in several parts")
    with _unpack(scan, source, streams.position, streams.packed[0], streams.folders[0]) as spool:
        if spool.size > scan.limits.max_header_bytes:
            raise TooLarge("bytes of a 7z header", scan.limits.max_header_bytes)
        return spool.read_at(0, spool.size)


def _read_header(scan: Scan, member: Member, cursor: Cursor) -> int:
    """Inspect the files; return where the last packed stream ends."""
    streams = Streams()
    files = Files([], [])
    while (kind := cursor.byte()) != END:
        if kind == MAIN_STREAMS:
            streams = read_streams(cursor)
        elif kind == FILES:
            files = read_files(cursor)
        else:
            raise broken("an unknown property of the header")
    if len(streams.packed) != len(streams.folders):
        raise broken("folders and packed streams differ in number")
    _check_files(scan, member, files)
    full = [name for name, hollow in zip(files.names, files.hollow, strict=True) if not hollow]
    if len(full) != sum(len(folder.files) for folder in streams.folders):
        raise broken("another number of files than of names")
    named = iter(full)
    position = streams.position
    if streams.folders and position != SIGNATURE_SIZE:
        message = "bytes that belong to no file"
        scan.find(member, SEVEN_ZIP_TRAILING, message, SIGNATURE_SIZE)
    for folder, packed in zip(streams.folders, streams.packed, strict=True):
        with _unpack(scan, member.source, position, packed, folder) as spool:
            offset = 0
            for size in folder.files:
                scan.budget.count_member()
                part = SubSource(spool, offset, size)
                scan.inspect(scan.inner(member, part, next(named, "unnamed")))
                offset += size
        position += packed
    return position


def _check_files(scan: Scan, member: Member, files: Files) -> None:
    names = Names(scan, member, ARCHIVE_DUPLICATE)
    empty = iter(files.empty)
    for name, hollow, special in zip(files.names, files.hollow, files.special, strict=True):
        scan.budget.spend()
        names.check(name, folder=hollow and not next(empty, False))
        if special:
            scan.find(member, SEVEN_ZIP_LINK, f"the member {name} is a link or a device")


def _unpack(scan: Scan, source: Source, position: int, packed: int, folder: Folder) -> Spool:
    """Unpack a folder and check that it has the declared length."""
    if position + packed > source.size:
        raise broken("packed data lie beyond the file")
    pieces = chunks(source, position, packed)
    decompressor = _Copy() if folder.coder == COPY else _decompressor(folder)
    spool, used = unpack(scan, pieces, decompressor, packed, folder.size)
    if spool.size != folder.size or used != packed:
        spool.close()
        raise broken("a folder unpacks to a size other than declared")
    return spool


class _Copy:
    """The decompressor of data that are stored as they are."""

    eof = False
    unused_data = b""
    needs_input = True

    def decompress(self, data: bytes, max_length: int = -1) -> bytes:
        """Return the data, which are never longer than one piece."""
        del max_length
        return data


def _decompressor(folder: Folder) -> Decompressor:
    if folder.coder in (BZIP2, DEFLATE):
        return maker("bz2" if folder.coder == BZIP2 else "deflate")()
    properties = folder.properties
    if folder.coder == LZMA2 and len(properties) == 1 and properties[0] < 40:  # noqa: PLR2004  # 4 GiB
        size = (2 | properties[0] & 1) << (properties[0] // 2 + 11)
        filters = {"id": lzma.FILTER_LZMA2, "dict_size": size}
    elif folder.coder == LZMA and len(properties) == 5:  # noqa: PLR2004  # one byte and a size
        code, size = properties[0], int.from_bytes(properties[1:], "little")
        filters = {
            "id": lzma.FILTER_LZMA1, "dict_size": max(size, 4096),
            "lc": code % 9, "lp": code // 9 % 5, "pb": code // 45,
        }  # fmt: skip
    else:
        raise ScanError(SEVEN_ZIP_METHOD, f"the coder {folder.coder.hex()} is not supported")
    if size > MAX_DICTIONARY:
        raise TooLarge("bytes of a 7z dictionary", MAX_DICTIONARY)
    chain = [filters]
    if folder.filter:
        kind, options = folder.filter
        distance = {"dist": options[0] + 1} if kind == lzma.FILTER_DELTA and options else {}
        chain.insert(0, {"id": kind, **distance})
    return lzma.LZMADecompressor(lzma.FORMAT_RAW, filters=chain)
