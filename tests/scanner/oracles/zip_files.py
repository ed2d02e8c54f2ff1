"""Zip files made at random: honest ones, and ones whose records say different things."""

import bz2
import io
import zipfile
import zlib
from dataclasses import dataclass
from random import Random
from struct import pack

NAMES = (
    b"a", b"A", b"b.txt", b"B.TXT", b"d/a", b"d/", b"d", b"./a", b"a/", b"a.", b"a ", b"d//a",
    b"d\\a", b"../a", b"/a", b"a\0b", b"C:a", "\u00e9".encode(), "e\u0301".encode(), b"\x82",
    b"a;1", b"", b"m/data.pkl", b"m/version", b"m/data/0", b"data.pkl", b"\xff", b"a\nb", b"x.npy",
    b"a:b", "\uff0e\uff0e/a".encode(), b"caf\xc3\xa9", b"m/DATA.PKL",
)  # fmt: skip
DATA = (
    b"", b"text\n", b"other text\n", b"\0\1\2\3" * 5, b"text\n" * 40,
    b"cos\nsystem\n(S'id'\ntR.",
)  # fmt: skip
MASK = 0xFFFFFFFF
ODDS = 12
"""One in three times as many fields says something else, in files that are not honest."""


@dataclass(slots=True)
class _Member:
    name: bytes
    data: bytes
    method: int = 0
    flags: int = 0
    extra: bytes = b""
    mode: int = 0


def zip_file(random: Random) -> bytes:
    """Return the next file."""
    way = random.randrange(8)
    if way < 2:
        return _changed(random, _honest(random), random.randrange(3) * way)
    data = _assembled(random, odd=way > 3)
    return _changed(random, data, random.randrange(3)) if way == 7 else data


def _honest(random: Random) -> bytes:
    file = _Streamed() if random.randrange(3) == 0 else io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for number in range(random.randrange(1, 5)):
            name = random.choice(("a", "b/c.txt", "caf\u00e9", "d/", "x.npy")) + str(number)
            method = random.choice((zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2))
            info = zipfile.ZipInfo(name)
            info.compress_type = method
            force = random.randrange(4) == 0
            with archive.open(info, "w", force_zip64=force) as member:
                member.write(random.choice(DATA[:-1]))
        archive.comment = random.choice((b"", b"", b"a comment"))
    return file.getvalue()


class _Streamed(io.BytesIO):
    """A file that cannot seek, so that data descriptors are written."""

    def seekable(self) -> bool:
        return False

    def seek(self, *_: int) -> int:
        raise io.UnsupportedOperation

    tell = seek


def _assembled(random: Random, *, odd: bool) -> bytes:
    """Write all records by hand; with `odd`, some fields differ from what they should be."""
    writer = _Writer(random, odd=odd)
    for _ in range(random.randrange(1, 4)):
        writer.add()
    return writer.finish()


class _Writer:
    """Writes members, directory and end records."""

    def __init__(self, random: Random, *, odd: bool) -> None:
        self._random = random
        self._odd = odd
        self._out = bytearray(b"junk" * random.randrange(3) if self._rarely() else b"")
        self._central = bytearray()
        self._count = 0

    def _rarely(self, times: int = 1) -> bool:
        return self._odd and self._random.randrange(ODDS * times) == 0

    def _other(self, value: int, *values: int) -> int:
        """Return the value, or rarely another one."""
        if not self._rarely(3):
            return value
        return self._random.choice((*values, value ^ 1, 0, min(value + 1, 0xFFFF)))

    def add(self) -> None:
        """Write one member, and its entry into the directory."""
        random, other = self._random, self._other
        names = NAMES if self._odd else NAMES[:5]
        one = _Member(random.choice(names), random.choice(DATA), random.choice((0, 0, 8, 12)))
        one.flags = random.choice((0, 0, 0x800, 8)) | other(0, 1, 0x40, 0x2000)
        path = _path(one.name, random.choice((one.name, random.choice(NAMES))))
        one.extra = random.choice((b"", b"", path, b"FB\0\0"))
        if self._rarely():
            one.mode = random.choice((0o120777, 0o100644, 0o010644, 0o40755)) << 16
        header, wide = len(self._out), random.randrange(6) == 0
        packed = _pack(one)
        self._add_local(one, packed, wide=wide)
        if not self._rarely(3):
            self._add_central(one, len(packed), header, wide=wide)

    def _add_local(self, one: _Member, packed: bytes, *, wide: bool) -> None:
        random, other = self._random, self._other
        crc, sizes = zlib.crc32(one.data), (len(packed), len(one.data))
        name = random.choice(NAMES) if self._rarely() else one.name
        extra = random.choice((one.extra, b"")) if self._odd else one.extra
        fields = (0, 0, 0) if one.flags & 8 else (crc, *sizes)
        if wide and not one.flags & 8:
            extra += pack("<HHQQ", 1, 16, sizes[1], sizes[0])
            fields = (crc, MASK, MASK)
        flags, method = other(one.flags, 0x808, 8), other(one.method, 8, 0)
        head = (20, flags, method, 0, 33, *(other(one, 0) for one in fields))
        self._out += pack("<4s5H3I2H", b"PK\3\4", *head, len(name), len(extra))
        self._out += name + extra + packed
        if one.flags & 8 and not self._rarely():
            self._out += b"PK\7\x08" * random.randrange(2)
            form = random.choice(("<3I", "<IQQ"))
            self._out += pack(form, crc, other(sizes[0], 0), sizes[1])
        if self._rarely():
            self._out += random.choice((b"hidden", _hidden()))

    def _add_central(self, one: _Member, packed: int, header: int, *, wide: bool) -> None:
        random, other = self._random, self._other
        extra, fields = one.extra, (packed, len(one.data), header)
        if wide:
            extra += pack("<HHQQQ", 1, 24, fields[1], fields[0], other(header, 0))
            fields = (MASK, MASK, MASK)
        if self._rarely():
            unusual = (_path(one.name, b"other"), b"\1\0\x08\0" + bytes(8), b"xx\x10\0", b"\0")
            extra += random.choice(unusual)
        note = random.choice((b"note", b"PK\5\6" * 6)) if self._rarely() else b""
        # The listing of unzip converts UTF-8 names of MS-DOS, which its extraction does not.
        made_by = random.choice((20, 0x314)) if one.name.isascii() else 0x314
        flags, method = other(one.flags, 0x800), other(one.method, 8)
        sizes = (other(zlib.crc32(one.data), 0), other(fields[0], 0), other(fields[1], 0))
        rest = (len(one.name), len(extra), len(note), other(0), 0, one.mode, other(fields[2], 0))
        head = (made_by, 20, flags, method, 0, 33, *sizes)
        self._central += pack("<4s6H3I5H2I", b"PK\1\2", *head, *rest) + one.name + extra + note
        self._count += 1

    def finish(self) -> bytes:
        """Write the directory and what ends it."""
        random, other, out = self._random, self._other, self._out
        start = len(out)
        out += self._central
        if self._rarely():
            out += b"PK\5\5" + bytes(2)
        end = (self._count, len(self._central), start)
        if random.randrange(5) == 0:
            at = len(out)
            disks = (other(0), 0, other(self._count))
            out += pack("<4sQ2H2I4Q", b"PK\6\6", other(44), 45, 45, *disks, *map(other, end))
            out += pack("<4sIQI", b"PK\6\7", other(0), other(at, 0), other(1))
            end = random.choice((end, (0xFFFF, MASK, MASK)))
        comment = b""
        if random.randrange(4) == 0:
            comment = random.choice((b"a comment", b"PK\5\6", b"PK\5\6" + bytes(18), bytes(9)))
        numbers = (other(0), other(0), other(end[0]), *map(other, end), other(len(comment)))
        record = pack("<4s4H2IH", b"PK\5\6", *numbers)
        out += record + comment
        if self._rarely():
            out += random.choice((b"tail", record, bytes(30)))
        return bytes(out)


def _hidden() -> bytes:
    return pack("<4s5H3I2H", b"PK\3\4", 20, 0, 0, 0, 33, zlib.crc32(b"x"), 1, 1, 1, 0) + b"hx"


def _path(name: bytes, path: bytes) -> bytes:
    """Make a Unicode path field, which is only believed with the checksum of the name."""
    return pack("<HHBI", 0x7075, 5 + len(path), 1, zlib.crc32(name)) + path


def _pack(one: _Member) -> bytes:
    if one.method == 8:
        packer = zlib.compressobj(wbits=-15)
        return packer.compress(one.data) + packer.flush()
    if one.method == 12:
        return bz2.compress(one.data)
    return one.data


def _changed(random: Random, data: bytes, times: int) -> bytes:
    """Change a few bytes."""
    out = bytearray(data)
    for _ in range(times):
        at = random.randrange(len(out))
        way = random.randrange(4)
        if way == 0:
            out[at] = random.randrange(256)
        elif way == 1:
            out[at] ^= 1 << random.randrange(8)
        elif way == 2:
            del out[at : at + random.randrange(1, 5)]
        else:
            out[at:at] = out[at : at + random.randrange(1, 40)]
    return bytes(out)
