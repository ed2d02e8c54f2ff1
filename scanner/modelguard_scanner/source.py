"""Where bytes come from: anything that answers range reads."""

import errno
import os
import stat
from collections import OrderedDict
from typing import Final, Protocol, Self

from modelguard_scanner.limits import OverCap

FIRST_WINDOW: Final = 256 * 1024
LARGEST_WINDOW: Final = 4 * 1024 * 1024
CACHED_BYTES: Final = 16 * 1024 * 1024


class SourceError(Exception):
    """The source failed or ended early: nothing is known about the artifact; try again."""


class Source(Protocol):
    """A seekable source of `size` bytes."""

    @property
    def size(self) -> int:
        """Total bytes."""
        ...

    def read_at(self, offset: int, length: int) -> bytes:
        """Return `length` bytes from `offset`, fewer only at the end. May raise OSError."""
        ...


class BytesSource:
    """Bytes in memory."""

    def __init__(self, data: bytes | bytearray | memoryview) -> None:
        self._data = memoryview(data)
        self.size = len(data)

    def read_at(self, offset: int, length: int) -> bytes:
        """Slice the bytes."""
        return bytes(self._data[offset : offset + length])


class FileSource:
    """A file on disk; close it, or use it as a context manager.

    Raises:
        OSError: there is no regular file at `path`.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self._file = os.open(
            path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
        )
        status = os.fstat(self._file)
        if not stat.S_ISREG(status.st_mode):
            os.close(self._file)
            raise OSError(errno.EINVAL, "not a regular file", str(path))
        self.size = status.st_size

    def read_at(self, offset: int, length: int) -> bytes:
        """Read without moving a shared file position."""
        return os.pread(self._file, length, offset)

    def close(self) -> None:
        """Close the file."""
        os.close(self._file)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class SubSource:
    """A range of another source, for members that are stored as they are."""

    def __init__(self, source: Source, offset: int, size: int) -> None:
        self._source = source
        self._offset = offset
        self.size = max(0, min(size, source.size - offset))

    def read_at(self, offset: int, length: int) -> bytes:
        """Read inside the range only."""
        if offset >= self.size:
            return b""
        return self._source.read_at(self._offset + offset, min(length, self.size - offset))


class Window:
    """Counts and caches range reads, so that a scan makes few of them.

    A miss fetches at least FIRST_WINDOW bytes; a reader that goes on where it stopped gets twice as
    much each time, up to LARGEST_WINDOW. A source that fails, or gives fewer bytes than its size
    promises, raises SourceError: what was not read is never judged.
    """

    def __init__(self, source: Source, max_bytes_read: int) -> None:
        self._source = source
        self._max_bytes_read = max_bytes_read
        self._blocks: OrderedDict[int, bytes] = OrderedDict()
        self._cached = 0
        self._step = FIRST_WINDOW
        self._next = -1
        self.size = source.size
        self.bytes_read = 0
        self.reads = 0

    def read_at(self, offset: int, length: int) -> bytes:
        """Return the range from the cache or from the source."""
        length = min(length, self.size - offset)
        if length <= 0:
            return b""
        for start, block in reversed(self._blocks.items()):
            if start <= offset and offset + length <= start + len(block):
                return block[offset - start : offset - start + length]
        goes_on = 0 <= self._next - offset < FIRST_WINDOW
        self._step = min(self._step * 2, LARGEST_WINDOW) if goes_on else FIRST_WINDOW
        want = min(max(length, self._step), self.size - offset)
        if self.size - (offset + want) < FIRST_WINDOW:
            want = self.size - offset
        block = self._fetch(offset, want)
        self._next = offset + len(block)
        return block[:length]

    def _fetch(self, offset: int, length: int) -> bytes:
        if self.bytes_read + length > self._max_bytes_read:
            raise OverCap("bytes read", self._max_bytes_read)
        try:
            block = self._source.read_at(offset, length)
        except Exception as error:
            raise SourceError(f"reading {length} bytes at {offset} failed: {error}") from error
        self.reads += 1
        self.bytes_read += len(block)
        if len(block) < length:
            raise SourceError(f"the source ended at {offset + len(block)}, before its size")
        self._blocks[offset] = block
        self._cached += len(block)
        while self._cached > CACHED_BYTES and len(self._blocks) > 1:
            self._cached -= len(self._blocks.popitem(last=False)[1])
        return block
