"""Tar archives, read header by header."""

from typing import Final

from modelguard_scanner.archives.zip_walk import find_end
from modelguard_scanner.archives.names import escapes
from modelguard_scanner.catalogue.archives import (
    ARCHIVE_PATH,
    TAR_BROKEN,
    TAR_SPARSE,
    TAR_SPECIAL,
    TAR_TRAILING,
)
from modelguard_scanner.catalogue.general import POLYGLOT
from modelguard_scanner.limits import ScanError
from modelguard_scanner.routing import is_tar, tar_number
from modelguard_scanner.scanning import Member, Scan
from modelguard_scanner.source import SubSource

BLOCK: Final = 512
LINKS: Final = b"12"
DEVICES: Final = b"346"
META: Final = b"LKxgX"
DIRECTORY: Final = b"5"
META_LIMIT: Final = 1024 * 1024


def inspect_tar(scan: Scan, member: Member) -> bool:
    """Inspect every member; links and devices are reported, sparse files are not understood."""
    scan.facts.add_format("tar")
    source = member.source
    offset, long_name = 0, ""
    zip_end = find_end(source)
    while offset + BLOCK <= source.size:
        header = source.read_at(offset, BLOCK)
        if not header.strip(b"\0"):
            _check_end(scan, member, offset)
            break
        if not is_tar(header):
            raise ScanError(TAR_BROKEN, "a header's checksum is wrong", offset)
        size, kind = _size(header, offset), header[156:157]
        data = offset + BLOCK
        if data + size > source.size:
            raise ScanError(TAR_BROKEN, "a member reaches beyond the archive", offset)
        following = data + -(-size // BLOCK) * BLOCK
        if kind in META:
            meta = source.read_at(data, min(following - data, META_LIMIT))
            long_name = _meta(kind, meta[:size], meta[size:], long_name)
        else:
            name = long_name or _name(header)
            long_name = ""
            _check_skipped(kind, name, size, offset)
            _inspect_entry(scan, member, kind, name, SubSource(source, data, size))
            if zip_end and data <= zip_end[0] < data + size:
                zip_end = None
        offset = following
    else:
        if offset != source.size:
            raise ScanError(TAR_BROKEN, "the archive is cut off", offset)
    if zip_end is not None:
        message = "a zip that lies outside the members"
        scan.find(member, POLYGLOT, message, zip_end[0])
    return True


def _size(header: bytes, offset: int) -> int:
    size = tar_number(header[124:136])
    if size is None or size < 0:
        raise ScanError(TAR_BROKEN, "a size that is no number", offset)
    return size


def _check_skipped(kind: bytes, name: str, size: int, offset: int) -> None:
    """Refuse bytes of links, devices and folders: Python looks for a header in them."""
    folder = kind in DIRECTORY or (kind == b"\0" and name.endswith("/"))
    if size and (folder or kind in LINKS or kind in DEVICES):
        raise ScanError(TAR_BROKEN, "bytes that only some readers skip", offset)


def _inspect_entry(scan: Scan, member: Member, kind: bytes, name: str, source: SubSource) -> None:
    scan.budget.count_member()
    if escapes(name):
        message = f"the member {name} would be written outside its folder"
        scan.find(member, ARCHIVE_PATH, message)
    if kind in LINKS or kind in DEVICES:
        message = f"the member {name} is a link or a device"
        scan.find(member, TAR_SPECIAL, message)
    elif kind == b"S":
        message = f"the sparse member {name} is not supported"
        scan.find(member, TAR_SPARSE, message)
    elif kind != b"5":
        scan.inspect(scan.inner(member, source, name))


def _check_end(scan: Scan, member: Member, offset: int) -> None:
    """Readers that ignore end blocks see what follows them, so it must be empty."""
    size = member.source.size
    while offset < size:
        block = member.source.read_at(offset, 64 * 1024)
        scan.budget.check_time()
        if block.strip(b"\0"):
            message = "bytes follow the end of the archive"
            scan.find(member, TAR_TRAILING, message, offset)
            return
        offset += len(block)


def _name(header: bytes) -> str:
    name = header[:100].split(b"\0", 1)[0]
    if header[345]:  # whatever the magic, as Python does
        name = header[345:500].split(b"\0", 1)[0] + b"/" + name
    return name.decode("utf-8", "backslashreplace")


def _meta(kind: bytes, data: bytes, filler: bytes, long_name: str) -> str:
    """Return the next member's name; refuse what changes its size."""
    if filler.strip(b"\0"):
        raise ScanError(TAR_BROKEN, "bytes behind a header's text")
    if kind == b"L":
        return data.split(b"\0", 1)[0].decode("utf-8", "backslashreplace")
    while data and kind != b"K":
        length, _, _ = data.partition(b" ")
        if not length.isdigit() or not 0 < int(length) <= len(data):
            raise ScanError(TAR_BROKEN, "an extended header that is none")
        key, _, value = data[len(length) + 1 : int(length) - 1].partition(b"=")
        if key == b"size" or key.startswith(b"GNU.sparse"):
            raise ScanError(TAR_BROKEN, "a size that readers disagree about")
        if key == b"path":
            long_name = value.decode("utf-8", "backslashreplace")
        data = data[int(length) :]
    return long_name
