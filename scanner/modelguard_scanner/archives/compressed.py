"""Single compressed streams: gzip, bz2, xz, lzma and zlib, as joblib and tar use them."""

from contextlib import suppress
from functools import partial
from typing import Final

from modelguard_scanner.archives.names import escapes
from modelguard_scanner.archives.unpack import Spool, chunks, maker, unpack
from modelguard_scanner.catalogue.archives import (
    ARCHIVE_PATH,
    COMPRESSED_BROKEN,
    COMPRESSED_TRAILING,
)
from modelguard_scanner.limits import ScanError, TooLarge
from modelguard_scanner.pickles.judge import inspect_pickle
from modelguard_scanner.scanning import Member, Scan
from modelguard_scanner.source import BytesSource

WEAK: Final = frozenset({"zlib", "lzma"})
"""Formats whose start is too short to be a claim: data that do not unpack are something else."""
LOOKED_AT: Final = 1024 * 1024
"""Unpacked bytes of a broken stream that are tried as a pickle, which loaders run as they read."""
STEP: Final = 512
GZIP_HEADER: Final = 10
GZIP_NAME: Final = 1_024
NAME_FLAG: Final = 8
EXTRA_FLAG: Final = 4
DICTIONARY: Final = 128 * 1024 * 1024


def inspect_compressed(scan: Scan, member: Member, kind: str) -> bool:
    """Unpack all streams, inspect their concatenation; return False if it is none."""
    with Spool() as whole:
        if not _unpack_all(scan, member, kind, whole):
            return False
        scan.facts.add_format(kind)
        scan.inspect(scan.inner(member, whole, kind))
    return True


inspect_gzip = partial(inspect_compressed, kind="gzip")
inspect_bz2 = partial(inspect_compressed, kind="bz2")
inspect_xz = partial(inspect_compressed, kind="xz")
inspect_zlib = partial(inspect_compressed, kind="zlib")
inspect_lzma = partial(inspect_compressed, kind="lzma")


def _unpack_all(scan: Scan, member: Member, kind: str, whole: Spool) -> bool:
    source = member.source
    offset = 0
    if kind == "lzma" and int.from_bytes(source.read_at(1, 4), "little") > DICTIONARY:
        raise ScanError(COMPRESSED_BROKEN, f"an lzma dictionary over {DICTIONARY:,} bytes")
    while offset < source.size:
        if kind == "gzip":
            _check_gzip_name(scan, member, offset)
        packed = source.size - offset
        try:
            part, used = unpack(scan, chunks(source, offset, packed), maker(kind)(), packed)
        except TooLarge:
            raise
        except ScanError:
            if kind in WEAK and not offset and not _starts_pickle(scan, member, kind):
                return False
            if not offset:
                raise
            message = f"{packed} bytes follow the compressed data and are none"
            scan.find(member, COMPRESSED_TRAILING, message, offset)
            break
        with part:
            for piece in chunks(part, 0, part.size):
                whole.write(piece)
        if kind in WEAK and offset:
            message = "a second stream, which only some readers go on to"
            scan.find(member, COMPRESSED_TRAILING, message, offset)
        offset += used
    return True


def _check_gzip_name(scan: Scan, member: Member, offset: int) -> None:
    """Check the name in a stream's header, under which some programs write what they unpack."""
    head = member.source.read_at(offset, GZIP_HEADER + GZIP_NAME)
    if len(head) < GZIP_HEADER or not head[3] & NAME_FLAG:
        return
    at = GZIP_HEADER
    if head[3] & EXTRA_FLAG:
        at += 2 + int.from_bytes(head[at : at + 2], "little")
        head = member.source.read_at(offset, at + GZIP_NAME)
    name = head[at:].partition(b"\0")[0].decode("latin-1")
    if escapes(name):
        message = f"the name in the header leads out of the folder: {name}"
        scan.find(member, ARCHIVE_PATH, message, offset)


def _starts_pickle(scan: Scan, member: Member, kind: str) -> bool:
    """Judge what a broken stream starts with; say if that is a pickle."""
    decompressor, start, at = maker(kind)(), bytearray(), 0
    packed = member.source.read_at(0, LOOKED_AT)
    with suppress(Exception):  # zlib.error and lzma.LZMAError: this is where it is broken
        while at < len(packed) and len(start) < LOOKED_AT:
            start += decompressor.decompress(packed[at : at + STEP], LOOKED_AT)
            at += STEP
    scan.budget.count_unpacked(len(start))
    return inspect_pickle(scan, scan.inner(member, BytesSource(start), kind))
