"""A strict reading of a zip file's directory: what readers disagree about is reported.

Source: PKWARE's APPNOTE.TXT 6.3.10, sections 4.3 and 4.4.
"""

import zlib
from dataclasses import dataclass, field
from struct import Struct
from typing import TYPE_CHECKING, Final

from modelguard_scanner.catalogue.archives import (
    ZIP_AMBIGUOUS,
    ZIP_BROKEN,
    ZIP_BROKEN_DIRECTORY,
    ZIP_COUNT,
    ZIP_PREFIX,
    ZIP_TRAILING,
)
from modelguard_scanner.limits import ScanError, TooLarge

if TYPE_CHECKING:
    from collections.abc import Mapping

    from modelguard_scanner.catalogue.rule import Rule
    from modelguard_scanner.limits import Limits
    from modelguard_scanner.source import Source

END: Final = Struct("<4s4H2IH")
END_SIGNATURE: Final = b"PK\x05\x06"
END64: Final = Struct("<4sQ2H2I4Q")
LOCATOR64: Final = Struct("<4sIQI")
CENTRAL: Final = Struct("<4s6H3I5H2I")
LOCAL: Final = Struct("<4s5H3I2H")
TAIL: Final = 65_535 + END.size + LOCATOR64.size + END64.size
MASK32: Final = 0xFFFF_FFFF
MASK16: Final = 0xFFFF
UTF8_FLAG: Final = 0x800
DESCRIPTOR_FLAG: Final = 0x8
ZIP64_EXTRA: Final = 1
UNICODE_PATH: Final = 0x7075
MAX_FIELDS: Final = 64
"""Most extra fields of one member; honest writers have four."""
COMPARED_FLAGS: Final = 0x2869
"""Encryption, descriptor, patch, strong encryption, UTF-8 and masking."""
FOLDER: Final = 0o04
FILE: Final = 0o10
"""File types, as the top bits of the external attributes have them."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One member as the central directory describes it; `header` is its local header's offset."""

    name: str
    raw: bytes
    """The name as it is written."""
    flags: int
    method: int
    crc: int
    packed: int
    size: int
    header: int
    kind: int = 0
    """The file's type in Unix, 0 if none is said."""
    odd: str = ""
    """What readers disagree about in its extra fields."""

    @property
    def is_folder(self) -> bool:
        """Whether the member is a folder: it has no bytes, and a name that says so."""
        return self.name.endswith("/") and not (self.size or self.packed)


@dataclass(frozen=True, slots=True)
class Local:
    """The local header of a member: where its data start, and what contradicts the directory."""

    data: int
    contradictions: tuple[str, ...]
    name: str


@dataclass(slots=True)
class Directory:
    """All members in directory order, and what is odd about the archive as a whole."""

    entries: list[Entry] = field(default_factory=list)
    odd: "list[tuple[Rule, str, int]]" = field(default_factory=list)
    """What to find in the archive as a whole: rule, message and offset."""
    start: int = 0
    shift: int = 0
    """Bytes that precede the archive."""


def find_end(source: "Source") -> tuple[int, bytes] | None:
    """Return the offset of the last end record and all bytes from there on, if there is one."""
    start = max(0, source.size - TAIL)
    tail = source.read_at(start, TAIL)
    at = tail.rfind(END_SIGNATURE)
    while at >= 0 and len(tail) - at < END.size:
        at = tail.rfind(END_SIGNATURE, 0, at)
    return None if at < 0 else (start + at, tail[at:])


def read_directory(source: "Source", limits: "Limits") -> Directory | None:
    """Read the central directory; None when the source has no end record.

    Raises:
        ScanError: the end record points at something that is not a directory.
        TooLarge: the directory is larger than a cap.
    """
    end = find_end(source)
    if end is None:
        return None
    at, record = end
    directory = Directory()
    before, count, size, offset = _read_end(source, at, record, directory)
    if size > limits.max_header_bytes:
        raise TooLarge("bytes of a zip directory", limits.max_header_bytes)
    if count > limits.max_members:
        raise TooLarge("members", limits.max_members)
    shift = before - size - offset
    if shift < 0:
        raise ScanError(ZIP_BROKEN, "the directory does not lie before its end", at)
    if shift > 0:
        directory.odd.append((ZIP_PREFIX, f"{shift} bytes precede the archive", 0))
    directory.start, directory.shift = before - size, shift
    _parse(source.read_at(directory.start, size), shift, count, directory)
    if len(directory.entries) != count:
        found = len(directory.entries)
        message = f"the directory declares {count} members and holds {found} or more"
        directory.odd.append((ZIP_COUNT, message, at))
    return directory


def _read_end(
    source: "Source", at: int, record: bytes, directory: Directory
) -> tuple[int, int, int, int]:
    """Return the directory's end, number of members, size and offset."""
    _, disk, first_disk, here, count, size, offset, comment = END.unpack_from(record)
    if len(record) != END.size + comment:
        directory.odd.append((ZIP_TRAILING, "bytes follow the end of the archive", at))
    elif not is_note(record[END.size :]):
        directory.odd.append((ZIP_TRAILING, "the archive's comment is not text", at))
    if _has_rival(source, at):
        message = "two end records each reach the end of the file"
        directory.odd.append((ZIP_AMBIGUOUS, message, at))
    if disk not in (0, MASK16) or first_disk != disk or here != count:
        raise ScanError(ZIP_BROKEN, "one part of an archive in several files", at)
    if MASK16 in (count, disk) or MASK32 in (size, offset) or _has_locator(source, at):
        return _zip64(source, at, (count, size, offset), directory)
    return at, count, size, offset


def _has_rival(source: "Source", last: int) -> bool:
    """Return whether another end record's comment swallows the last one: readers pick either."""
    start = max(0, source.size - TAIL)
    tail = source.read_at(start, TAIL)
    if tail.find(END_SIGNATURE, last - start + 1) >= 0:
        return True
    at = tail.find(END_SIGNATURE)
    while 0 <= at < last - start:
        if at + END.size + int.from_bytes(tail[at + 20 : at + 22], "little") == len(tail):
            return True
        at = tail.find(END_SIGNATURE, at + 1)
    return False


def is_note(comment: bytes) -> bool:
    """Return whether a comment is text, which no reader takes for a format."""
    try:
        return comment.decode().replace("\n", "").replace("\r", "").isprintable()
    except UnicodeDecodeError:
        return False


def _has_locator(source: "Source", end: int) -> bool:
    return source.read_at(max(0, end - LOCATOR64.size), 4) == b"PK\x06\x07"


def _zip64(
    source: "Source", end: int, short_fields: tuple[int, int, int], directory: Directory
) -> tuple[int, int, int, int]:
    count, size, offset = short_fields
    locator = source.read_at(max(0, end - LOCATOR64.size), LOCATOR64.size)
    if len(locator) < LOCATOR64.size or locator[:4] != b"PK\x06\x07":
        return end, count, size, offset
    at = end - LOCATOR64.size - END64.size
    if LOCATOR64.unpack(locator)[1:] != (0, at, 1):
        message = "the zip64 locator points at another end record than the one before it"
        directory.odd.append((ZIP_AMBIGUOUS, message, end))
    record = source.read_at(max(0, at), END64.size)
    if len(record) < END64.size or record[:4] != b"PK\x06\x06":
        raise ScanError(ZIP_BROKEN, "the zip64 end record is not where it should be", end)
    _, length, _, _, disk, first_disk, here, count64, size64, offset64 = END64.unpack(record)
    if (length, disk, first_disk, here) != (END64.size - 12, 0, 0, count64):
        raise ScanError(ZIP_BROKEN, "an unusual zip64 end record", end)
    for short, long, mask in (
        (count, count64, MASK16),
        (size, size64, MASK32),
        (offset, offset64, MASK32),
    ):
        if short not in (long, mask):
            raise ScanError(ZIP_BROKEN, "the two end records contradict each other", end)
    return at, count64, size64, offset64


def _parse(data: bytes, shift: int, count: int, directory: Directory) -> None:
    at = 0
    while at + CENTRAL.size <= len(data) and len(directory.entries) <= count:
        fields = CENTRAL.unpack_from(data, at)
        (
            signature,
            _,
            _,
            flags,
            method,
            _,
            _,
            crc,
            packed,
            size,
            name_size,
            extra_size,
            note_size,
        ) = fields[:13]
        header = fields[16]
        if signature != b"PK\x01\x02":
            break
        name_at = at + CENTRAL.size
        extra_at = name_at + name_size
        at = extra_at + extra_size + note_size
        if at > len(data):
            raise ScanError(ZIP_BROKEN, "a directory entry is cut off", directory.start)
        raw = data[name_at:extra_at]
        name = decode_name(raw, flags)
        fields_read = read_extra(data[extra_at : extra_at + extra_size])
        odd = _name_oddity(raw, name, flags, fields_read)
        if not is_note(data[extra_at + extra_size : at]):
            odd = odd or "a comment that is not text"
        if fields_read is None or fields[13] not in (0, MASK16):
            odd = odd or "a part of an archive in several files"
        size, packed, header = _wide(fields_read or {}, size, packed, header)
        if name.endswith("/") and (size or packed):
            odd = odd or "a folder that holds bytes"
        if MASK32 in (size, packed, header):
            odd = odd or "sizes that are not written"
        kind, header = fields[15] >> 28, header + shift
        entry = Entry(name, raw, flags, method, crc, packed, size, header, kind, odd)
        directory.entries.append(entry)
    if at != len(data):
        directory.odd.append(
            (ZIP_BROKEN_DIRECTORY, "the directory has bytes that belong to no entry", at)
        )


def decode_name(raw: bytes, flags: int) -> str:
    """Decode a member's name the way Python's zipfile does."""
    return raw.decode("utf-8" if flags & UTF8_FLAG else "cp437", "backslashreplace")


def read_extra(extra: bytes) -> dict[int, bytes] | None:
    """Return the extra fields by kind; None if they are cut off, too many, or two of a kind."""
    found: dict[int, bytes] = {}
    at = 0
    while at + 4 <= len(extra):
        kind, length = (int.from_bytes(extra[i : i + 2], "little") for i in (at, at + 2))
        at += 4 + length
        if at > len(extra) or (kind in found and kind) or len(found) == MAX_FIELDS:
            return None
        found[kind] = extra[at - length : at]
    return None if extra[at:].strip(b"\0") else found


def _name_oddity(raw: bytes, name: str, flags: int, fields: "Mapping[int, bytes] | None") -> str:
    """Return why readers see another name, if they may."""
    if fields is None:
        return "extra fields that are cut off, or two of a kind"
    path = fields.get(UNICODE_PATH)
    if path is not None and path[5:] != name.encode(errors="replace"):
        return "a Unicode path that is another name"
    believed = path is not None and path[:5] == b"\1" + zlib.crc32(raw).to_bytes(4, "little")
    if not (raw.isascii() or flags & UTF8_FLAG or believed):
        return "a name without encoding"
    return ""


def _wide(
    fields: "Mapping[int, bytes]", size: int, packed: int, header: int
) -> tuple[int, int, int]:
    """Replace the fields that do not fit 32 bits by those of the zip64 extra field."""
    data = fields.get(ZIP64_EXTRA, b"")
    values = [int.from_bytes(data[i : i + 8], "little") for i in range(0, len(data) - 7, 8)]
    if size == MASK32 and values:
        size = values.pop(0)
    if packed == MASK32 and values:
        packed = values.pop(0)
    if header == MASK32 and values:
        header = values.pop(0)
    return size, packed, header


def is_descriptor(raw: bytes, entry: Entry) -> bool:
    """Return whether the bytes after a streamed member repeat its checksum and sizes."""
    body = raw.removeprefix(b"PK\7\x08") if len(raw) in (16, 24) else raw
    crc, sizes = entry.crc.to_bytes(4, "little"), (entry.packed, entry.size)
    wide = crc + b"".join(size.to_bytes(8, "little") for size in sizes)
    return body == wide or (
        max(sizes) <= MASK32
        and body == crc + b"".join(size.to_bytes(4, "little") for size in sizes)
    )


def read_local(source: "Source", entry: Entry) -> Local:
    """Read a member's local header and compare it with the directory.

    Raises:
        ScanError: there is no local header where the directory says.
    """
    raw = source.read_at(entry.header, LOCAL.size)
    if len(raw) < LOCAL.size or raw[:4] != b"PK\x03\x04":
        raise ScanError(ZIP_BROKEN, f"no local header for {entry.name}", entry.header)
    _, _, flags, method, _, _, crc, packed, size, name_size, extra_size = LOCAL.unpack(raw)
    rest = source.read_at(entry.header + LOCAL.size, name_size + extra_size)
    name = decode_name(rest[:name_size], flags)
    fields = read_extra(rest[name_size:])
    size, packed, _ = _wide(fields or {}, size, packed, 0)
    wrong = []
    if rest[:name_size] != entry.raw:
        wrong.append("name")
    elif _name_oddity(entry.raw, name, flags, fields) and not entry.odd:
        wrong.append("extra fields")
    if (flags ^ entry.flags) & COMPARED_FLAGS:
        wrong.append("flags")
    if method != entry.method:
        wrong.append("method")
    sizes = (crc, packed, size)
    if not flags & DESCRIPTOR_FLAG or sizes != (0, 0, 0):
        streamed = (MASK32, 0)
        if crc != entry.crc and not (flags & DESCRIPTOR_FLAG and crc == 0):
            wrong.append("checksum")
        if packed != entry.packed and not (flags & DESCRIPTOR_FLAG and packed in streamed):
            wrong.append("packed size")
        if size != entry.size and not (flags & DESCRIPTOR_FLAG and size in streamed):
            wrong.append("size")
    data = entry.header + LOCAL.size + name_size + extra_size
    return Local(data, tuple(wrong), name)
