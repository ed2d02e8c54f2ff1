"""Decompression within the budget, into memory first and a temporary file when it grows."""

import zlib
from collections.abc import Callable, Iterator
from typing import IO, TYPE_CHECKING, Final, Protocol, Self

from modelguard_scanner.catalogue.archives import COMPRESSED_BROKEN
from modelguard_scanner.limits import ScanError, TooLarge
from modelguard_scanner.source import SourceError

if TYPE_CHECKING:
    from modelguard_scanner.limits import Limits
    from modelguard_scanner.scanning import Scan
    from modelguard_scanner.source import Source

IN_MEMORY: Final = 8 * 1024 * 1024
FIRST_CHUNK: Final = 4 * 1024
CHUNK: Final = 256 * 1024
OUT_CHUNK: Final = 1024 * 1024


class Decompressor(Protocol):
    """What decompressors of bz2 and lzma have in common."""

    @property
    def eof(self) -> bool:
        """The stream's end was reached."""
        ...

    @property
    def unused_data(self) -> bytes:
        """What followed the end in the last piece."""
        ...

    @property
    def needs_input(self) -> bool:
        """Nothing more comes out before something more goes in."""
        ...

    def decompress(self, data: bytes, max_length: int = -1) -> bytes:
        """Return up to `max_length` more bytes."""
        ...


class Spool:
    """A source made of unpacked bytes, to be used as a context manager and then gone."""

    def __init__(self) -> None:
        import tempfile  # noqa: PLC0415  # lazy: it takes as long to import as a small scan

        self._file: IO[bytes] = tempfile.SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115  # lives on
        self.size = 0
        self.crc = 0

    def write(self, data: bytes) -> None:
        """Append."""
        self._file.write(data)
        self.crc = zlib.crc32(data, self.crc)
        self.size += len(data)

    def read_at(self, offset: int, length: int) -> bytes:
        """Read a range."""
        self._file.seek(offset)
        return self._file.read(max(0, min(length, self.size - offset)))

    def close(self) -> None:
        """Delete the bytes."""
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class _Deflate:
    """zlib's decompressor with the interface of bz2 and lzma."""

    def __init__(self, window_bits: int) -> None:
        self._inner = zlib.decompressobj(window_bits)
        self._pending = b""

    @property
    def eof(self) -> bool:
        return self._inner.eof

    @property
    def unused_data(self) -> bytes:
        return self._inner.unused_data

    @property
    def needs_input(self) -> bool:
        return not self._pending

    def decompress(self, data: bytes, max_length: int = -1) -> bytes:
        out = self._inner.decompress(self._pending + data, max(0, max_length))
        self._pending = self._inner.unconsumed_tail
        return out


def maker(kind: str) -> Callable[[], "Decompressor"]:
    """Return what makes a decompressor for deflate, zlib, gzip, bz2, xz or lzma."""
    if kind in ("deflate", "zlib", "gzip"):
        bits = {"deflate": -15, "zlib": 15, "gzip": 31}[kind]
        return lambda: _Deflate(bits)
    if kind == "bz2":
        import bz2  # noqa: PLC0415  # lazy: few artifacts need it

        return bz2.BZ2Decompressor
    import lzma  # noqa: PLC0415  # lazy

    container = lzma.FORMAT_XZ if kind == "xz" else lzma.FORMAT_ALONE
    return lambda: lzma.LZMADecompressor(container, memlimit=128 * 1024 * 1024)


def chunks(source: "Source", offset: int, size: int) -> Iterator[bytes]:
    """Yield a range in pieces, small ones first: many streams are short."""
    end = min(offset + size, source.size)
    step = FIRST_CHUNK
    while offset < end:
        piece = source.read_at(offset, min(step, end - offset))
        offset += len(piece)
        step = min(step * 4, CHUNK)
        yield piece


def unpack(
    scan: "Scan",
    pieces: Iterator[bytes],
    decompressor: "Decompressor",
    packed: int,
    size: int | None = None,
) -> tuple[Spool, int]:
    """Unpack one stream; return the bytes and how many packed ones they took.

    A stream without an end mark of its own ends after `size` bytes.

    Raises:
        ScanError: the stream is broken or cut off.
        TooLarge: the stream unpacks to more than its size warrants.
        OverCap: the budget is spent.
    """
    spool = Spool()
    limits = scan.limits
    used = 0
    try:
        for piece in pieces:
            data = piece
            used += len(piece)
            while not decompressor.eof:
                out = decompressor.decompress(data, OUT_CHUNK)
                data = b""
                scan.budget.count_unpacked(len(out))
                spool.write(out)
                _check_ratio(limits, packed, spool.size)
                if not out and decompressor.needs_input:
                    break
            if decompressor.eof:
                return spool, used - len(decompressor.unused_data)
    except (ScanError, SourceError):
        spool.close()
        raise
    except Exception as error:
        # zlib.error, OSError and lzma.LZMAError have no common base but this one.
        spool.close()
        raise ScanError(COMPRESSED_BROKEN, f"compressed data are broken: {error}") from error
    if spool.size == size:
        return spool, used
    spool.close()
    raise ScanError(COMPRESSED_BROKEN, "compressed data are cut off")


def _check_ratio(limits: "Limits", packed: int, unpacked: int) -> None:
    if unpacked > max(limits.ratio_floor_bytes, packed * limits.max_ratio):
        raise TooLarge("times its packed size, for unpacked data", limits.max_ratio)
