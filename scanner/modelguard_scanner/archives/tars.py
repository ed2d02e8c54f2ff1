"""Tar archives, read header by header."""

from typing import Final

from modelguard_scanner.archives.zips import escapes
from modelguard_scanner.inspection import Inspection, Member
from modelguard_scanner.limits import ScanError
from modelguard_scanner.report import Severity
from modelguard_scanner.routing import is_tar
from modelguard_scanner.source import SubSource

BLOCK: Final = 512
LINKS: Final = b"12"
DEVICES: Final = b"346"
META_LIMIT: Final = 1024 * 1024


def inspect_tar(scan: Inspection, member: Member) -> None:
    """Inspect every member; links and devices are reported, sparse files are not understood."""
    scan.facts.add_format("tar")
    source = member.source
    offset, long_name = 0, ""
    while offset + BLOCK <= source.size:
        header = source.read_at(offset, BLOCK)
        if not header.strip(b"\0"):
            _check_end(scan, member, offset)
            return
        if not is_tar(header):
            raise ScanError("tar-broken", "a header's checksum is wrong", offset)
        size, kind = _number(header[124:136], offset), header[156:157]
        data = offset + BLOCK
        if data + size > source.size:
            raise ScanError("tar-broken", "a member reaches beyond the archive", offset)
        following = data + -(-size // BLOCK) * BLOCK
        if kind in (b"L", b"x", b"g", b"K"):
            meta = source.read_at(data, min(size, META_LIMIT))
            long_name, size_override = _meta(kind, meta, long_name)
            if size_override:
                raise ScanError("tar-broken", "a size that readers disagree about", offset)
        else:
            name = long_name or _name(header)
            long_name = ""
            _inspect_entry(scan, member, kind, name, SubSource(source, data, size))
        offset = following
    if offset != source.size:
        raise ScanError("tar-broken", "the archive is cut off", offset)


def _inspect_entry(
    scan: Inspection, member: Member, kind: bytes, name: str, source: SubSource
) -> None:
    scan.budget.count_member()
    if escapes(name.replace("\\", "/")):
        message = f"the member {name} would be written outside of its folder"
        scan.find(member, "archive-path", Severity.MALICIOUS, message)
    if kind in LINKS or kind in DEVICES:
        message = f"the member {name} is a link or a device"
        scan.find(member, "tar-special", Severity.SUSPICIOUS, message)
    elif kind == b"S":
        message = f"the sparse member {name} is not supported"
        scan.find(member, "tar-sparse", Severity.INCONCLUSIVE, message)
    elif kind != b"5":
        scan.inspect(scan.inner(member, source, name))


def _check_end(scan: Inspection, member: Member, offset: int) -> None:
    """Readers that ignore end blocks see what follows them, so it must be empty."""
    size = member.source.size
    while offset < size:
        block = member.source.read_at(offset, 64 * 1024)
        scan.budget.check_time()
        if block.strip(b"\0"):
            message = "bytes follow the end of the archive"
            scan.find(member, "tar-trailing", Severity.SUSPICIOUS, message, offset)
            return
        offset += len(block)


def _number(field: bytes, offset: int) -> int:
    if field[0] & 0x80:
        number = int.from_bytes(field[1:], "big")
    else:
        digits = field.strip(b" \0") or b"0"
        if not digits.isdigit():
            raise ScanError("tar-broken", "a size that is no number", offset)
        try:
            number = int(digits, 8)
        except ValueError:
            raise ScanError("tar-broken", "a size that is no number", offset) from None
    return number


def _name(header: bytes) -> str:
    name = header[:100].split(b"\0", 1)[0]
    if header[257:263] == b"ustar\0" and header[345]:
        name = header[345:500].split(b"\0", 1)[0] + b"/" + name
    return name.decode("utf-8", "backslashreplace")


def _meta(kind: bytes, data: bytes, long_name: str) -> tuple[str, bool]:
    """Return the next member's name, and whether a pax header overrides its size."""
    if kind == b"L":
        return data.split(b"\0", 1)[0].decode("utf-8", "backslashreplace"), False
    if kind == b"K":
        return long_name, False
    name, overrides = long_name, False
    while data:
        length, _, _ = data.partition(b" ")
        if not length.isdigit() or not 0 < int(length) <= len(data):
            break
        key, _, value = data[len(length) + 1 : int(length) - 1].partition(b"=")
        if key == b"path":
            name = value.decode("utf-8", "backslashreplace")
        overrides = overrides or key == b"size" or key.startswith(b"GNU.sparse")
        data = data[int(length) :]
    return name, overrides
