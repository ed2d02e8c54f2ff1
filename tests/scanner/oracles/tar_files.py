"""Tars made at random: honest ones, and ones whose headers readers may read differently."""

import io
import tarfile
from random import Random

NAMES = (
    b"a", b"a", b"A", b"b.txt", b"d/a", b"d/", b"d", b"./a", b"a/", b"../a", b"/a", b"a\nb",
    "\u00e9".encode(), "e\u0301".encode(), b"\xff", b"a\\b", b"", b"long/" * 25 + b"a", b"a ",
    b"a.",
)  # fmt: skip
DATA = (b"", b"text\n", b"other text\n", b"\0\1\2\3" * 5, b"text\n" * 140)
SIZES = (
    b"00000000005", b"5", b"          5 ", b"5 5", b"\x80" + bytes(10) + b"\5", b"0o5", b"+5",
    b"-1", b"\xff" * 12, b"5\0007", b"", b"0_5", b"00000001000", b"\x80\1" + bytes(10),
)  # fmt: skip
KINDS = b"000000\0\0" + b"12345678AMSVDLKxgXN"
RECORDS = (
    ("path", "p"), ("path", "../p"), ("path", ""), ("size", "5"), ("size", "512"), ("comment", "c"),
    ("linkpath", "l"), ("GNU.sparse.size", "9"), ("GNU.sparse.name", "s"), ("hdrcharset", "BINARY"),
    ("mtime", "1.5"), ("uname", "u"), ("GNU.sparse.major", "1"), ("path", "a\0b"), ("Path", "q"),
    ("SCHILY.realsize", "3"), ("charset", "x"), ("path", "\u00e9"), ("path", "d/"),
)  # fmt: skip


def tar_file(random: Random) -> bytes:
    """Return the next file."""
    way = random.randrange(8)
    if way < 2:
        return _changed(random, _honest(random), random.randrange(3) * way)
    data = _assembled(random, rarely=4 if way > 4 else 40)
    return _changed(random, data, random.randrange(3)) if way == 7 else data


def _honest(random: Random) -> bytes:
    file = io.BytesIO()
    form = random.choice((tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT))
    headers = {"comment": "c"} if random.randrange(4) == 0 else None
    with tarfile.open(fileobj=file, mode="w", format=form, pax_headers=headers) as archive:
        for number in range(random.randrange(1, 4)):
            name = random.choice(("a", "b/c.txt", "caf\u00e9", "n" * 90, "n/" * 20)) + str(number)
            info = tarfile.TarInfo(name)
            data = random.choice(DATA)
            info.size = len(data)
            if random.randrange(5) == 0:
                info.mtime = 1.5
            if random.randrange(6) == 0:
                info.type, info.size = tarfile.DIRTYPE, 0
            archive.addfile(info, io.BytesIO(data))
    return file.getvalue()


def _assembled(random: Random, rarely: int) -> bytes:
    out = bytearray()
    for _ in range(random.randrange(1, 4)):
        odd = random.randrange(rarely) == 0
        if random.randrange(3) == 0:
            out += _meta(random, odd=odd)
            if random.randrange(6) == 0:
                out += _meta(random, odd=odd)
        data = random.choice(DATA)
        kind = random.choice(KINDS) if odd else ord("0")
        name = random.choice(NAMES) if odd or random.randrange(4) == 0 else b"f%d" % len(out)
        size = random.choice(SIZES) if odd and random.randrange(2) else b"%011o" % len(data)
        prefix = random.choice((b"", b"p", b"../..")) if odd else b""
        magic = random.choice((b"ustar\x0000", b"ustar  \0", bytes(8), b"ustar\0 0"))
        out += _header(name, size, kind, prefix, magic)
        filler = b"x" if odd and random.randrange(4) == 0 else b"\0"
        out += data + filler * (-len(data) % 512)
        if odd and random.randrange(6) == 0:
            out += bytes(512)
    end = random.choice((1024, 1024, 0, 512, 9216, 100))
    tail = b""
    if random.randrange(rarely * 2) == 0:
        tail = random.choice(
            (b"x", _header(b"late", b"0", ord("0"), b"", b"ustar\x0000"), b"PK\5\6" + bytes(18))
        )
    return bytes(out) + bytes(end) + tail


def _meta(random: Random, *, odd: bool) -> bytes:
    """Make a header about the next member."""
    kind = random.choice(b"LKxxgX") if odd else random.choice(b"Lxxg")
    if kind in b"LK":
        data = random.choice(NAMES) + (b"\0" if random.randrange(4) else b"\0rest" * odd)
    else:
        some = RECORDS if odd else (RECORDS[0], RECORDS[5], RECORDS[10], RECORDS[17])
        chosen = [random.choice(some) for _ in range(random.randrange(1, 3))]
        data = b"".join(_record(random, *one, odd=odd) for one in chosen)
    size = len(data) + (random.randrange(-2, 3) if odd and random.randrange(4) == 0 else 0)
    return (
        _header(b"h", b"%011o" % size, kind, b"", b"ustar\x0000") + data + bytes(-len(data) % 512)
    )


def _record(random: Random, key: str, value: str, *, odd: bool) -> bytes:
    body = f" {key}={value}\n".encode()
    length = len(body) + 1
    while len(str(length)) + len(body) != length:
        length += 1
    if odd and random.randrange(6) == 0:
        length += random.choice((-1, 1, 5))
    return str(length).encode() + body


def _header(name: bytes, size: bytes, kind: int, prefix: bytes, magic: bytes) -> bytes:
    head = name[:100].ljust(100, b"\0") + b"0000644\0" + b"0000000\0" * 2
    head += size.ljust(12, b"\0") + b"0" * 11 + b"\0" + b" " * 8 + bytes([kind])
    head += b"target".ljust(100, b"\0") + magic
    whole = bytearray(head.ljust(345, b"\0") + prefix).ljust(512, b"\0")
    whole[148:156] = b"%06o\0 " % sum(whole)
    return bytes(whole)


def _changed(random: Random, data: bytes, times: int) -> bytes:
    """Change a few bytes of headers, and correct the checksums half of the time."""
    out = bytearray(data)
    for _ in range(times):
        block = random.randrange(max(1, len(out) // 512)) * 512
        at = block + random.choice(
            (0, 99, 124, 130, 135, 156, 257, 263, 345, random.randrange(512))
        )
        if at < len(out):
            out[at] = random.choice((0, 32, 47, 46, 255, 128, random.randrange(256), 49, 53))
        if random.randrange(2) and block + 512 <= len(out):
            total = sum(out[block : block + 512]) - sum(out[block + 148 : block + 156]) + 256
            out[block + 148 : block + 156] = b"%06o\0 " % total
        if random.randrange(12) == 0:
            out *= 2
    return bytes(out)
