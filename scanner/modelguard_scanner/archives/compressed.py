"""Single compressed streams: gzip, bz2, xz, lzma and zlib, as joblib and tar use them."""

from contextlib import suppress
from functools import partial
from typing import Final

from modelguard_scanner.archives.unpack import Spool, chunks, maker, unpack
from modelguard_scanner.catalogue.archives import COMPRESSED_BROKEN, COMPRESSED_TRAILING
from modelguard_scanner.limits import ScanError, TooLarge
from modelguard_scanner.pickles.judge import inspect_pickle
from modelguard_scanner.scanning import Member, Scan
from modelguard_scanner.source import BytesSource

WEAK: Final = frozenset({"zlib", "lzma"})
"""Formats whose start is too short to be a claim: data that do not unpack are something else."""
LOOKED_AT: Final = 1024 * 1024
"""Unpacked bytes of a broken stream that are tried as a pickle, which loaders run as they read."""
STEP: Final = 512
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
        packed = source.size - offset
        try:
            part, rest = unpack(scan, chunks(source, offset, packed), maker(kind)(), packed)
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
        offset = _next_stream(whole, part, rest, source.size)
    return True


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


def _next_stream(whole: Spool, part: Spool, rest: bytes, size: int) -> int:
    """Append a stream and return where the next one starts."""
    with part:
        for piece in chunks(part, 0, part.size):
            whole.write(piece)
    return size - len(rest)
