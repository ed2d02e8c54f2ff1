"""Archives that two readers read differently; the names say whose reading matters.

Checked loaders: zipfile of Python 3.11 to 3.14, unzip 6.00, miniz of torch 2.13, tarfile, GNU tar
1.34, gzip, bz2, lzma and zlib of Python 3.11.
"""

import io
import stat
import tarfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from struct import pack

from tests.scanner import assembler as asm
from tests.scanner import containers as box
from tests.scanner.assembler import EVIL

ELF = b"\x7fELF\2\1\1" + bytes(60)
TEXT = b"text\n"


@dataclass(frozen=True, slots=True)
class Part:
    """One member of a zip; `local` fields are those of the local header where they differ."""

    name: bytes
    data: bytes = TEXT
    flags: int = 0
    extra: bytes = b""
    mode: int = 0
    local_name: bytes | None = None
    local_flags: int | None = None
    local_extra: bytes | None = None
    descriptor: bytes = b""
    note: bytes = b""
    disk: int = 0


def zip_parts(*parts: Part, comment: bytes = b"", between: bytes = b"", disks: int = 0) -> bytes:
    """Write a zip of stored members as its records say."""
    out, central = b"", b""
    for part in parts:
        header, crc, size = len(out), zlib.crc32(part.data), len(part.data)
        name = part.name if part.local_name is None else part.local_name
        flags = part.flags if part.local_flags is None else part.local_flags
        extra = part.extra if part.local_extra is None else part.local_extra
        sizes = (0, 0, 0) if flags & 8 else (crc, size, size)
        numbers = (20, flags, 0, 0, 33, *sizes, len(name), len(extra))
        out += pack("<4s5H3I2H", b"PK\3\4", *numbers) + name + extra
        out += part.data + part.descriptor + between
        lengths = (len(part.name), len(part.extra), len(part.note))
        rest = (*lengths, part.disk, 0, part.mode << 16, header)
        central += pack("<4s6H3I", b"PK\1\2", 0x314, 20, part.flags, 0, 0, 33, crc, size, size)
        central += pack("<5H2I", *rest) + part.name + part.extra + part.note
    count = len(parts)
    end = (disks, disks, count, count, len(central), len(out), len(comment))
    return out + central + pack("<4s4H2IH", b"PK\5\6", *end) + comment


def unicode_path(raw: bytes, path: bytes, checksum: int | None = None) -> bytes:
    """Make Info-ZIP's field that gives a member another name."""
    crc = zlib.crc32(raw) if checksum is None else checksum
    return pack("<HHBI", 0x7075, 5 + len(path), 1, crc) + path


def archive_payloads() -> Iterator[tuple[str, bytes]]:
    """Every archive of this file."""
    yield from _names()
    yield from _records()
    yield from _exceptions()
    yield from _tars()
    yield from _streams()
    yield from _seven_zips()


def _names() -> Iterator[tuple[str, bytes]]:
    for path in (b"../../x.txt", b"/etc/x", b"b.txt", b"A.TXT"):
        yield (
            f"zip, Unicode path {path!r}",
            zip_parts(Part(b"a.txt", extra=unicode_path(b"a.txt", path))),
        )
    both = Part(b"a.txt", local_extra=unicode_path(b"a.txt", b"b.txt"))
    yield "zip, Unicode path in the local header", zip_parts(both)
    twice = unicode_path(b"a", b"a") + unicode_path(b"a", b"b")
    yield "zip, two Unicode paths", zip_parts(Part(b"a", extra=twice))
    yield "zip, extra fields cut off", zip_parts(Part(b"a", extra=b"up\xff\0a"))
    yield "zip, a name of no encoding", zip_parts(Part(b"caf\x82"))
    yield "zip, UTF-8 without its flag", zip_parts(Part("caf\u00e9".encode()))
    yield "zip, a flag for UTF-8 that is none", zip_parts(Part(b"caf\x82", flags=0x800))
    yield "zip, UTF-8 in one header", zip_parts(Part("\u00e9".encode(), flags=0x800, local_flags=0))
    pairs = (
        ("case", b"model.bin", b"Model.BIN"), ("slash", b"a/b", b"a\\b"), ("dot", b"a/b", b"a/./b"),
        ("double slash", b"a/b", b"a//b"), ("file and folder", b"a", b"a/b"),
        ("composition", "\u00e9".encode(), "e\u0301".encode()), ("blank", b"a", b"a "),
        ("final dot", b"a", b"a."), ("sharp s", "\u00df".encode(), b"ss"),
        ("Windows", b"a_b", b"a?b"), ("Kelvin", "\u212a".encode(), b"k"), ("same", b"a", b"a"),
    )  # fmt: skip
    for what, first, second in pairs:
        flags = 0 if (first + second).isascii() else 0x800
        yield (
            f"zip, two names: {what}",
            zip_parts(Part(first, flags=flags), Part(second, flags=flags)),
        )
        members = {first.decode(): TEXT, second.decode(): b"other"}
        if len(members) == 2:
            yield f"tar, two names: {what}", box.tar_of(members, tarfile.GNU_FORMAT)
    for name in (
        "a\nb", "a\x7fb", "a\u202etxt.exe", "a\u200bb", "..\uff0fx", "\uff0e\uff0e/x", "a.py;1",
        "a ", "a.", "a/../../b", "\\\\host\\x", "c:x", "..", "a/..", "x" * 2_000, "a/" * 40 + "b",
    ):  # fmt: skip
        flags = 0 if name.isascii() else 0x800
        yield f"zip, the name {name[:20]!r}", zip_parts(Part(name.encode(), flags=flags))
        yield f"tar, the name {name[:20]!r}", box.tar_of({name: TEXT}, tarfile.GNU_FORMAT)
        yield f"7z, the name {name[:20]!r}", box.seven_zip(name, TEXT)
    yield "zip, no name", zip_parts(Part(b""))
    yield "zip, NUL in a name", zip_parts(Part(b"a.txt\0.py"))
    yield "zip, a folder that holds bytes", zip_parts(Part(b"a/", EVIL))


def _records() -> Iterator[tuple[str, bytes]]:
    one = Part(b"a.txt")
    yield "zip, another local name", zip_parts(Part(b"a.txt", local_name=b"b.txt"))
    yield "zip, a path in the local header", zip_parts(Part(b"a.txt", local_name=b"../b"))
    yield "zip, encrypted in one header", zip_parts(Part(b"a", flags=1, local_flags=0))
    yield "zip, streamed in one header", zip_parts(Part(b"a", flags=8, local_flags=0))
    crc = zlib.crc32(TEXT)
    for what, wrong in (
        ("none", b""), ("checksum", pack("<3I", 1, 5, 5)), ("size", pack("<3I", crc, 5, 6)),
        ("longer", pack("<I2Q", crc, 5, 5) + b"abcd"), ("bytes", b"hidden bytes"),
    ):  # fmt: skip
        yield f"zip, descriptor: {what}", zip_parts(Part(b"a", flags=8, descriptor=wrong))
    hidden = zip_parts(Part(b"evil.py"))
    hidden = hidden[: hidden.index(b"PK\1\2")]
    yield "zip, a hidden member", zip_parts(one, one, between=hidden)
    yield "zip, hidden after a folder", zip_parts(Part(b"d/", b""), one, between=hidden)
    yield (
        "zip, hidden without a directory",
        hidden + pack("<4s4H2IH", b"PK\5\6", 0, 0, 0, 0, 0, len(hidden), 0),
    )
    plain = zip_parts(one)
    for comment in (b"PK\5\6", b"PK\5\6" + bytes(18), plain, bytes(20), b"\x80\x04."):
        yield f"zip, the comment {comment[:6]!r}", zip_parts(one, comment=comment)
    yield "zip, a comment of a member", zip_parts(Part(b"a", note=b"\0\1PK\1\2"))
    yield "zip, of several disks", zip_parts(one, disks=1)
    yield "zip, a member of another disk", zip_parts(Part(b"a", disk=2))
    for mode in (
        stat.S_IFLNK,
        stat.S_IFIFO,
        stat.S_IFCHR,
        stat.S_IFBLK,
        stat.S_IFSOCK,
        stat.S_IFDIR,
    ):
        yield f"zip, of the kind {mode:o}", zip_parts(Part(b"a", mode=mode | 0o644))
    yield "zip, two in a row", plain + zip_parts(Part(b"b.txt"))
    yield "zip, bytes after it", plain + b"x"
    yield "zip, bytes before it", b"#!/bin/sh\n" + plain
    at = plain.index(b"PK\1\2")
    for end64 in (
        pack("<4sQ2H2I4Q", b"PK\6\6", 44, 45, 45, 0, 0, 1, 2, len(plain) - 22 - at, at),
        pack("<4sQ2H2I4Q", b"PK\6\6", 44, 45, 45, 1, 0, 1, 1, len(plain) - 22 - at, at),
        pack("<4sQ2H2I4Q", b"PK\6\6", 45, 45, 45, 0, 0, 1, 1, len(plain) - 22 - at, at),
    ):
        locator = pack("<4sIQI", b"PK\6\7", 0, len(plain) - 22, 1)
        yield (
            f"zip64, an unusual end {end64[4:32].hex()}",
            plain[:-22] + end64 + locator + plain[-22:],
        )
    good = pack("<4sQ2H2I4Q", b"PK\6\6", 44, 45, 45, 0, 0, 1, 1, len(plain) - 22 - at, at)
    for numbers in ((1, len(plain) - 22, 1), (0, 0, 1), (0, len(plain) - 22, 2)):
        locator = pack("<4sIQI", b"PK\6\7", *numbers)
        yield f"zip64, the locator {numbers}", plain[:-22] + good + locator + plain[-22:]


def _exceptions() -> Iterator[tuple[str, bytes]]:
    """Markers that switch a finding off, in archives that are not what the marker says."""
    marker = {"x-1.0.dist-info/WHEEL": b"Wheel-Version: 1.0\n"}
    yield "wheel, a marker alone", box.zip_of({"m/lib.so": ELF} | marker)
    yield (
        "wheel, a marker below",
        box.zip_of({"m/lib.so": ELF, "a/x-1.0.dist-info/WHEEL": b"Wheel-Version: 1.0\n"}),
    )
    whole = box.wheel_members({"x/_c.so": ELF})
    yield "wheel, a file that is not listed", box.zip_of(whole | {"y/_d.so": ELF})
    yield "wheel, another file than listed", box.zip_of(whole | {"x/_c.so": ELF[:-1] + b"x"})
    info = "x-1.0.dist-info/"
    yield (
        "wheel of another name",
        box.zip_of(whole | {info + "METADATA": b"Name: y\nVersion: 1.0\n"}),
    )
    for missing in ("RECORD", "METADATA", "WHEEL"):
        less = {name: data for name, data in whole.items() if name != info + missing}
        yield f"wheel without {missing}", box.zip_of(less)
    yield (
        "wheel, two markers",
        box.zip_of(whole | {"y-1.0.dist-info/WHEEL": b"Wheel-Version: 1.0\n"}),
    )
    for name in (
        "x.pth",
        "x-1.0.data/purelib/x.pth",
        "sitecustomize.py",
        "usercustomize/__init__.py",
    ):
        yield f"wheel with {name}", box.zip_of(box.wheel_members({name: b"import os\n"}))
    yield "egg with a library", box.zip_of({"EGG-INFO/PKG-INFO": b"Name: x\n", "x/_c.so": ELF})
    yield (
        "jar with a class",
        box.zip_of(
            {
                "META-INF/MANIFEST.MF": b"Manifest-Version: 1.0\n",
                "A.class": b"\xca\xfe\xba\xbe\0\0\0\x34",
            }
        ),
    )
    array = box.npy("'|O'", "(1,)", EVIL)
    state = asm.pickle(asm.tensor("Byte", "0", len(array)))
    evil = asm.pickle(asm.tensor("Byte", "0", len(EVIL)))
    yield "torch, a tensor that is an array of objects", box.torch_zip(state, {"0": array})
    whole = box.torch_zip(asm.pickle(b"}"))
    yield "torch zips in a row, the first", box.torch_zip(EVIL) + whole
    yield "torch zips in a row, the last", whole + box.torch_zip(EVIL)
    yield "torch zips in a row, bytes between", whole + b"x" + whole
    yield "torch zips in a row, another zip", box.zip_of({"a": TEXT}) + whole
    yield "torch without version", box.zip_of({"m/data.pkl": evil, "m/data/0": EVIL})
    yield "torch without folder", box.zip_of({"data.pkl": evil, "version": b"3", "data/0": EVIL})
    yield (
        "torch, a member outside",
        box.zip_of({"m/data.pkl": evil, "m/version": b"3", "m/data/0": EVIL, "n/a": TEXT}),
    )
    yield (
        "torch in a folder",
        box.zip_of({"a/m/data.pkl": evil, "a/m/version": b"3", "a/m/data/0": EVIL}),
    )
    script = asm.pickle(asm.call(asm.global_("__torch__", "f"), b"N"))
    yield (
        "TorchScript without code",
        box.zip_of({"m/data.pkl": script, "m/version": b"3", "m/constants.pkl": b"N."}),
    )


def _tars() -> Iterator[tuple[str, bytes]]:
    for kind in b"123467SAMVDNXZ":
        info = tarfile.TarInfo("a")
        info.type, info.linkname = bytes([kind]), "b"
        if kind != ord("7"):
            yield f"tar, of the kind {chr(kind)}", info.tobuf(tarfile.USTAR_FORMAT) + bytes(1024)
    for kind, target in (
        (tarfile.SYMTYPE, "../../x"),
        (tarfile.LNKTYPE, "/etc/passwd"),
        (tarfile.SYMTYPE, "a/../../../x"),
    ):
        info = tarfile.TarInfo("d/a")
        info.type, info.linkname = kind, target
        yield f"tar, a link to {target}", info.tobuf(tarfile.USTAR_FORMAT) + bytes(1024)
    for headers in (
        {"size": "3"}, {"GNU.sparse.major": "1"}, {"GNU.sparse.name": "b"},
        {"hdrcharset": "BINARY"}, {"path": "../b"}, {"linkpath": "a\0b"},
        {"SCHILY.realsize": "9"}, {"charset": "x"},
    ):  # fmt: skip
        for form in ("x", "g"):
            yield f"tar, {form} header {headers}", _pax(headers, form)
    yield "tar, a global path", _pax({"path": "b"}, "g")
    plain = box.tar_of({"a.txt": TEXT})
    yield "tar, two in a row", plain + box.tar_of({"b": EVIL})
    yield "tar, a lone block of zeros", plain[:1024] + bytes(512) + box.tar_of({"b": EVIL})
    yield "tar, bytes in the filling", plain[:600] + b"x" + plain[601:]
    yield "tar, cut off", plain[:700]
    for size in (b"0o5", b"+5", b"5_0", b"5 5", b"5\0007", b"-1", b"\xff" * 12):
        yield f"tar, the size {size!r}", _resized(plain, size)


def _pax(headers: dict[str, str], form: str) -> bytes:
    info = tarfile.TarInfo("a")
    info.size = len(TEXT)
    file = io.BytesIO()
    whole = headers if form == "g" else None
    with tarfile.open(fileobj=file, mode="w", format=tarfile.PAX_FORMAT, pax_headers=whole) as out:
        info.pax_headers = headers if form == "x" else {}
        out.addfile(info, io.BytesIO(TEXT))
    return file.getvalue()


def _resized(data: bytes, size: bytes) -> bytes:
    out = bytearray(data)
    out[124:136] = size.ljust(12, b"\0")
    out[148:156] = b" " * 8
    out[148:156] = b"%06o\0 " % sum(out[:512])
    return bytes(out)


def _streams() -> Iterator[tuple[str, bytes]]:
    for kind, compress in box.COMPRESSIONS.items():
        good = compress(TEXT)
        yield f"{kind}, bytes after it", good + EVIL
        yield f"{kind}, zeros and then a stream", good + bytes(4) + compress(EVIL)
        other = "bz2" if kind != "bz2" else "gzip"
        yield f"{kind}, then {other}", good + box.COMPRESSIONS[other](EVIL)
        yield f"{kind}, cut off", compress(EVIL)[:-3]
    for kind in ("zlib", "lzma"):
        yield f"{kind}, of which some readers read one", box.COMPRESSIONS[kind](TEXT) * 2
    # A reader that trusts what is left in its last piece jumps over what lies between.
    first, last = box.COMPRESSIONS["gzip"](EVIL[:9]), box.COMPRESSIONS["gzip"](TEXT)
    middle = box.COMPRESSIONS["gzip"](EVIL[9:]) + box.COMPRESSIONS["gzip"](bytes(range(256)) * 4)
    for piece in (4_096, 262_144):
        tail = last * ((piece - len(first)) // len(last) + 1)
        yield f"gzip, a stream between pieces of {piece}", first + middle + tail
    for name in (b"../x", b"/etc/x", b"C:\\x"):
        yield f"gzip, the name {name!r}", b"\x1f\x8b\x08\x08" + bytes(6) + name + b"\0" + first[10:]


def _seven_zips() -> Iterator[tuple[str, bytes]]:
    archive = box.seven_zip("a.txt", TEXT)
    yield "7z, bytes after it", archive + TEXT
    yield "7z, a coder that no reader knows", box.seven_zip("a.txt", TEXT, coder=b"\x7f")
    for mode in (stat.S_IFLNK, stat.S_IFCHR):
        attributes = b"\x15\x06\1\0" + pack("<I", mode << 16 | 0x8000)
        yield f"7z, of the kind {mode:o}", box.seven_zip("a", TEXT, properties=attributes)
    for kind in (16, 24, 99):
        unusual = bytes([kind, 1, 0x80])
        yield f"7z, the property {kind}", box.seven_zip("a", TEXT, properties=unusual)
    again = b"\x11\x05\0b\0\0\0"
    yield "7z, two names of one file", box.seven_zip("a", TEXT, properties=again)
    yield "7z, bytes of no file", box.seven_zip("a.txt", TEXT, filler=EVIL)
    yield "7z, two names and one file", box.seven_zip("a\0b", TEXT)
