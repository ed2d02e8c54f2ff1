"""Single compressed streams: gzip, bz2, xz, lzma and zlib, as joblib and tar use them."""

from typing import Final

from modelguard_scanner.archives.unpack import Spool, chunks, maker, unpack
from modelguard_scanner.inspection import Inspection, Member
from modelguard_scanner.limits import OverCap, ScanError
from modelguard_scanner.report import Severity

WEAK: Final = frozenset({"zlib", "lzma"})
"""Formats whose start is too short to be a claim: data that do not unpack are something else."""


def inspect_compressed(scan: Inspection, member: Member, kind: str) -> bool:
    """Unpack all streams, inspect their concatenation; return False if it is none."""
    with Spool() as whole:
        if not _unpack_all(scan, member, kind, whole):
            return False
        scan.facts.add_format(kind)
        scan.inspect(scan.inner(member, whole, kind))
    return True


def _unpack_all(scan: Inspection, member: Member, kind: str, whole: Spool) -> bool:
    source = member.source
    offset = 0
    while offset < source.size:
        packed = source.size - offset
        try:
            part, rest = unpack(scan, chunks(source, offset, packed), maker(kind)(), packed)
        except OverCap:
            raise
        except ScanError:
            if kind in WEAK and not offset:
                return False
            if not offset:
                raise
            message = f"{packed} bytes follow the compressed data and are none"
            scan.find(member, "compressed-trailing", Severity.SUSPICIOUS, message, offset)
            break
        offset = _next_stream(whole, part, rest, source.size)
    return True


def _next_stream(whole: Spool, part: Spool, rest: bytes, size: int) -> int:
    """Append a stream and return where the next one starts."""
    with part:
        for piece in chunks(part, 0, part.size):
            whole.write(piece)
    return size - len(rest)
