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
ODDS = 12
"""One in as many fields says something else, in files that are not honest."""


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

    def other(value: int, *values: int) -> int:
        if not odd or random.randrange(ODDS * 3):
            return value
        return random.choice((*values, value ^ 1, 0, min(value + 1, 0xFFFF)))

    names = NAMES if odd else NAMES[:5]
    out = bytearray(b"junk" * random.randrange(3) if odd and random.randrange(ODDS) == 0 else b"")
    central = bytearray()
    count = 0
    for _ in range(random.randrange(1, 4)):
        one = _Member(random.choice(names), random.choice(DATA), random.choice((0, 0, 8, 12)))
        one.flags = random.choice((0, 0, 0x800, 8)) | other(0, 1, 0x40, 0x2000)
        path = _path(one.name, random.choice((one.name, random.choice(NAMES))))
        one.extra = random.choice((b"", b"", path, b"FB\0\0"))
        if odd and random.randrange(ODDS) == 0:
            one.mode = random.choice((0o120777, 0o100644, 0o010644, 0o40755)) << 16
        header = len(out)
        packed, crc = _pack(one), zlib.crc32(one.data)
        wide = random.randrange(6) == 0
        local_name = random.choice(NAMES) if odd and random.randrange(ODDS) == 0 else one.name
        sizes = (0, 0, 0) if one.flags & 8 else (crc, len(packed), len(one.data))
        local_extra = random.choice((one.extra, b"")) if odd else one.extra
        if wide and not one.flags & 8:
            local_extra += pack("<HHQQ", 1, 16, len(one.data), len(packed))
            sizes = (crc, 0xFFFFFFFF, 0xFFFFFFFF)
        out += pack(
            "<4s5H3I2H", b"PK\3\4", 20, other(one.flags, 0x808, 8), other(one.method, 8, 0), 0, 33,
            other(sizes[0], 0), other(sizes[1], 0), other(sizes[2], 0),
            len(local_name), len(local_extra),
        )  # fmt: skip
        out += local_name + local_extra + packed
        if one.flags & 8 and (not odd or random.randrange(ODDS)):
            form = random.choice(("<3I", "<IQQ"))
            out += b"PK\7\x08" * random.randrange(2)
            out += pack(form, crc, other(len(packed), 0), len(one.data))
        if odd and random.randrange(ODDS) == 0:
            out += random.choice((b"hidden", _hidden()))
        extra, fields = one.extra, (len(packed), len(one.data), header)
        if wide:
            extra += pack("<HHQQQ", 1, 24, fields[1], fields[0], other(header, 0))
            fields = (0xFFFFFFFF,) * 3
        if odd and random.randrange(ODDS) == 0:
            extra += random.choice(
                (_path(one.name, b"other"), b"\1\0\x08\0" + bytes(8), b"xx\x10\0", b"\0")
            )
        note = b"" if not odd or random.randrange(ODDS) else random.choice((b"note", b"PK\5\6" * 6))
        # The listing of unzip converts UTF-8 names of MS-DOS, which its extraction does not.
        made_by = random.choice((20, 0x314)) if one.name.isascii() else 0x314
        if not odd or random.randrange(ODDS * 3):
            count += 1
            central += pack(
                "<4s6H3I5H2I", b"PK\1\2", made_by, 20, other(one.flags, 0x800),
                other(one.method, 8), 0, 33, other(crc, 0), other(fields[0], 0),
                other(fields[1], 0), len(one.name), len(extra), len(note), other(0), 0, one.mode,
                other(fields[2], 0),
            ) + one.name + extra + note  # fmt: skip
    start = len(out)
    out += central
    if odd and random.randrange(ODDS) == 0:
        out += b"PK\5\5" + bytes(2)
    end = (count, len(central), start)
    if random.randrange(5) == 0:
        at = len(out)
        out += pack(
            "<4sQ2H2I4Q", b"PK\6\6", other(44), 45, 45, other(0), 0, other(count), *map(other, end),
        )  # fmt: skip
        out += pack("<4sIQI", b"PK\6\7", other(0), other(at, 0), other(1))
        end = random.choice((end, (0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF)))
    comment = b""
    if random.randrange(4) == 0:
        comment = random.choice((b"a comment", b"PK\5\6", b"PK\5\6" + bytes(18), bytes(9)))
    record = pack("<4s4H2IH", b"PK\5\6", other(0), other(0), other(end[0]), *map(other, end),
                  other(len(comment)))  # fmt: skip
    out += record + comment
    if odd and random.randrange(ODDS) == 0:
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
