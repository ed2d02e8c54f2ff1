"""Compressed streams: what Python's modules unpack is what the scanner inspected."""

import bz2
import gzip
import lzma
import zlib
from collections.abc import Callable
from random import Random

from tests.scanner.oracles.inspected import Inspected

PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": lambda data: gzip.compress(data, mtime=0),
    "bz2": bz2.compress,
    "xz": lzma.compress,
    "lzma": lambda data: lzma.compress(data, lzma.FORMAT_ALONE),
    "zlib": zlib.compress,
}
DATA = (b"text\n", b"other text\n", b"\0\1\2\3" * 5, b"text\n" * 400, b"N.", b"")
FILLERS = (b"\0", bytes(4), bytes(3), b"x", b"PK\3\4")
LARGE = 300_000


def _first_stream(data: bytes) -> bytes:
    """Read as programs do that stop at the end of the first stream."""
    decompressor = lzma.LZMADecompressor()
    found = decompressor.decompress(data)
    if not decompressor.eof:
        raise EOFError
    return found


READERS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.decompress,
    "bz2": bz2.decompress,
    "lzma": lzma.decompress,
    "zlib": zlib.decompress,
    "zlib of gzip": lambda data: zlib.decompress(data, wbits=31),
    "first of lzma": _first_stream,
}


class CompressedOracle:
    """See `oracle.Oracle`."""

    cases_in_test = 2_000
    memory = 2 * 1024**3

    def prepare(self) -> None:
        for pack in PACKERS.values():
            Inspected(pack(b"text\n"))

    def make(self, random: Random) -> bytes:
        pack = random.choice(list(PACKERS.values()))
        parts = []
        for _ in range(random.choice((1, 1, 2, 3))):
            data = random.choice(DATA)
            if random.randrange(100) == 0:
                data = random.randbytes(LARGE)
            if random.randrange(12) == 0:
                pack = random.choice(list(PACKERS.values()))
            parts.append(pack(data))
            if random.randrange(6) == 0:
                parts.append(random.choice(FILLERS))
        out = bytearray(b"".join(parts))
        for _ in range(random.choice((0, 0, 0, 1, 2))):
            at = random.randrange(min(len(out), 200))
            way = random.randrange(3)
            if way == 0:
                out[at] ^= 1 << random.randrange(8)
            elif way == 1:
                del out[at : at + random.randrange(1, 4)]
            else:
                out = out[: len(out) - at]
        return bytes(out)

    def difference(self, data: bytes) -> str | None:
        seen = Inspected(data)
        if seen.failure:
            return f"engine failure: {seen.failure}"
        if not seen.is_served:
            return None
        ours = [content for _, content in seen.members]
        for name, read in READERS.items():
            try:
                found = read(data)
            except (OSError, EOFError, lzma.LZMAError, zlib.error, ValueError):
                continue
            is_first = name in ("zlib of gzip", "first of lzma")
            if (
                found
                and found not in ours
                and not (is_first and any(o.startswith(found) for o in ours))
            ):
                return f"{name}: reads {found[:100]!r} and not {[one[:100] for one in ours]!r}"
        return None


ORACLE = CompressedOracle()
