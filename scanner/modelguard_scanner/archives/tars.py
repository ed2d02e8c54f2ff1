"""Tar archives, read header by header."""

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from modelguard_scanner.archives.names import Names, escapes
from modelguard_scanner.archives.zip_walk import find_end
from modelguard_scanner.catalogue.archives import (
    ARCHIVE_DUPLICATE,
    ARCHIVE_NAME,
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

if TYPE_CHECKING:
    from modelguard_scanner.catalogue.rule import Rule
    from modelguard_scanner.source import Source

BLOCK: Final = 512
HARD_LINK: Final = b"1"
SYMBOLIC_LINK: Final = b"2"
DEVICES: Final = (b"3", b"4", b"6")
FILES: Final = (b"0", b"\0", b"7")
FOLDER: Final = b"5"
SPARSE: Final = b"S"
LONG_NAME: Final = b"L"
LONG_LINK: Final = b"K"
GLOBAL: Final = b"g"
EXTENDED: Final = (b"x", b"X")
META_LIMIT: Final = 1024 * 1024
NUMBER: Final = re.compile(rb"[ \0]*|\x20*[0-7]+[ \0]*")
"""A size on which all readers agree: octal digits between blanks, and nothing after a NUL."""
HARMLESS: Final = re.compile(
    r"[amc]time|[ug]id|[ug]name|comment|LIBARCHIVE\.creationtime|SCHILY\.(?:dev|ino|nlink|fflags)"
)
"""Keys of extended headers that change neither a member's name, its bytes nor its kind."""


@dataclass(slots=True)
class _Next:
    """What headers before the next one say about it."""

    name: str = ""
    link: str = ""
    kinds: bytes = b""
    """The kinds of those headers, in order."""


def inspect_tar(scan: Scan, member: Member) -> bool:
    """Inspect every member; links and devices are reported, sparse files are not understood."""
    scan.facts.add_format("tar")
    TarReader(scan, member).read()
    return True


class TarReader:
    """Reads a tar as the strictest reader does; what others read differently is a finding."""

    def __init__(self, scan: Scan, member: Member) -> None:
        self.scan = scan
        self.outer = member
        self.source: Source = member.source
        self.names = Names(scan, member, ARCHIVE_DUPLICATE)
        self.said = _Next()
        self.zip_end = find_end(member.source)

    def read(self) -> None:
        """Inspect the archive."""
        offset = 0
        while offset + BLOCK <= self.source.size:
            self.scan.budget.spend()
            header = self.source.read_at(offset, BLOCK)
            if not header.strip(b"\0"):
                self._check_end(offset)
                break
            if not is_tar(header):
                raise ScanError(TAR_BROKEN, "a header's checksum is wrong", offset)
            offset = self._read_entry(header, offset)
        else:
            if offset != self.source.size:
                raise ScanError(TAR_BROKEN, "the archive is cut off", offset)
        if self.said.kinds:
            raise ScanError(TAR_BROKEN, "a header about a member that does not follow", offset)
        if self.zip_end is not None:
            message = "a zip that lies outside the members"
            self.scan.find(self.outer, POLYGLOT, message, self.zip_end[0])

    def _read_entry(self, header: bytes, offset: int) -> int:
        """Read the header's member; return where the next header is."""
        size, kind, data = _size(header, offset), header[156:157], offset + BLOCK
        following = data + -(-size // BLOCK) * BLOCK
        if data + size > self.source.size:
            raise ScanError(TAR_BROKEN, "a member reaches beyond the archive", offset)
        if self.source.read_at(data + size, following - data - size).strip(b"\0"):
            raise ScanError(TAR_BROKEN, "bytes between a member's end and the next header", offset)
        if kind in (LONG_NAME, LONG_LINK, GLOBAL, *EXTENDED):
            if size > META_LIMIT:
                raise ScanError(TAR_BROKEN, f"a header's text of {size} bytes", offset)
            self._read_meta(kind, self.source.read_at(data, size))
            return following
        self._inspect_entry(header, kind, SubSource(self.source, data, size), offset)
        if self.zip_end and data <= self.zip_end[0] < data + size:
            self.zip_end = None
        self.said = _Next()
        return following

    def _read_meta(self, kind: bytes, data: bytes) -> None:
        """Take up what a header says about the next member; refuse what readers disagree about."""
        if kind == GLOBAL:
            _records(data, frozenset())
            return
        before = set(self.said.kinds.decode("latin-1"))
        if before and (kind in EXTENDED or before - {"L", "K"} or kind.decode("latin-1") in before):
            raise ScanError(TAR_BROKEN, "two headers about one member")
        self.said.kinds += kind
        if kind in EXTENDED:
            records = _records(data, frozenset({"path", "linkpath"}))
            self.said.name = records.get("path", "")
            self.said.link = records.get("linkpath", "")
            return
        text, _, rest = data.partition(b"\0")
        if not text or rest.strip(b"\0"):
            raise ScanError(TAR_BROKEN, "an invalid long name, or bytes after it")
        if kind == LONG_NAME:
            self.said.name = _decode(text)
        else:
            self.said.link = _decode(text)

    def _inspect_entry(self, header: bytes, kind: bytes, source: SubSource, offset: int) -> None:
        self.scan.budget.count_member()
        name = self.said.name or self._name(header)
        folder = kind == FOLDER
        if source.size and not (kind in (*FILES, SPARSE) and not name.endswith("/")):
            raise ScanError(TAR_BROKEN, "bytes that only some readers skip", offset)
        self.names.check(name, folder=folder, offset=offset)
        if kind in (HARD_LINK, SYMBOLIC_LINK):
            self._check_link(kind, name, self.said.link or _decode(_text(header[157:257])))
        elif kind in DEVICES:
            self._find(TAR_SPECIAL, f"the member {name} is a device")
        elif kind == SPARSE:
            raise ScanError(TAR_SPARSE, f"the sparse member {name} is not supported", offset)
        elif kind in FILES and not name.endswith("/"):
            self.scan.inspect(self.scan.inner(self.outer, source, name))
        elif not folder:
            message = f"{name} is of a kind that readers take for different things"
            self.scan.find(self.outer, TAR_BROKEN, message, offset)

    def _name(self, header: bytes) -> str:
        """Return the name in the header, joined as Python does whatever the magic is."""
        name, prefix = _text(header[:100]), _text(header[345:500])
        if prefix and header[257:265] != b"ustar\x0000":
            message = f"readers may see another name than {_decode(name)}, which is in two parts"
            self._find(ARCHIVE_NAME, message)
        return _decode(prefix + b"/" + name if prefix else name)

    def _check_link(self, kind: bytes, name: str, target: str) -> None:
        """Report a link, and worse one that leads out of the archive's folder."""
        self._find(TAR_SPECIAL, f"the member {name} is a link")
        folder = name.rpartition("/")[0].split("/") if kind == SYMBOLIC_LINK else []
        depth = sum(part not in ("", ".") for part in folder)
        for part in target.replace("\\", "/").split("/"):
            depth += -1 if part == ".." else part not in ("", ".")
            if depth < 0:
                break
        if depth < 0 or escapes(target.replace("..", "")):
            self._find(ARCHIVE_PATH, f"the link {name} leads out of its folder, to {target}")

    def _check_end(self, offset: int) -> None:
        """Readers that ignore end blocks see what follows them, so it must be empty."""
        while offset < self.source.size:
            block = self.source.read_at(offset, 64 * 1024)
            self.scan.budget.check_time()
            if block.strip(b"\0"):
                message = "bytes follow the end of the archive"
                self.scan.find(self.outer, TAR_TRAILING, message, offset)
                return
            offset += len(block)

    def _find(self, rule: "Rule", detail: str) -> None:
        self.scan.find(self.outer, rule, detail)


def _size(header: bytes, offset: int) -> int:
    field = header[124:136]
    size = tar_number(field)
    binary = field[:1] == b"\x80"
    if size is None or size < 0 or not (binary or NUMBER.fullmatch(field)):
        raise ScanError(TAR_BROKEN, "a size that is not a number", offset)
    return size


def _text(field: bytes) -> bytes:
    return field.partition(b"\0")[0]


def _decode(name: bytes) -> str:
    return name.decode("utf-8", "backslashreplace")


def _records(data: bytes, allowed: frozenset[str]) -> dict[str, str]:
    """Return what an extended header says under `allowed` keys, next to harmless ones."""
    found: dict[str, str] = {}
    while data:
        length, _, _ = data.partition(b" ")
        size = int(length) if length.isdigit() and len(length) < 8 else 0  # noqa: PLR2004  # over META_LIMIT
        if (
            not len(length) < size <= len(data)
            or data[size - 1 : size] != b"\n"
            or length[:1] == b"0"
        ):
            raise ScanError(TAR_BROKEN, "an invalid extended header")
        name, equals, value = data[len(length) + 1 : size - 1].partition(b"=")
        key, data = _decode(name), data[size:]
        if not equals or key in found or not (key in allowed or HARMLESS.fullmatch(key)):
            raise ScanError(TAR_BROKEN, f"an extended header that readers disagree about: {key}")
        found[key] = _decode(value)
        if key in allowed and (not value or b"\0" in value):
            raise ScanError(TAR_BROKEN, f"an invalid {key}")
    return found
