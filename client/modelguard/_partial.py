"""A partially downloaded file: its bytes so far, and which of its ranges are complete.

Both are files in the work directory named after the content's SHA-256, so that any later pull of
the same content resumes the download. The list of ranges is append-only text, and an incomplete
last line is ignored. The list only saves work: the SHA-256 of the whole file decides in the end.
"""

from __future__ import annotations

import errno
import os
from contextlib import suppress
from mmap import MAP_PRIVATE, PROT_READ, mmap
from typing import TYPE_CHECKING, Final, Self

from modelguard._errors import LocalFileError
from modelguard._limits import BLOCK_BYTES, MIN_PART_BYTES
from modelguard._work import open_in_work

if TYPE_CHECKING:
    import hashlib
    from pathlib import Path
    from types import TracebackType

    from modelguard._types import File

RANGE_BYTES: Final = MIN_PART_BYTES
"""The size of an uploaded part, which the storage reads most efficiently."""


class Partial:
    """An open file of full size in the work directory; `move` it or `discard` it in the end."""

    def __init__(self, directory: Path, file: File) -> None:
        self.path = directory / f"{file.sha256}.part"
        self._done_path = directory / f"{file.sha256}.done"
        self._size = file.size
        self.fd = -1
        try:
            self.fd = open_in_work(self.path, os.O_RDWR | os.O_CREAT)
            self._allocate()
            self._done_fd = open_in_work(self._done_path, os.O_RDWR | os.O_CREAT | os.O_APPEND)
        except OSError as error:
            if self.fd >= 0:
                os.close(self.fd)
            raise unwritable(self.path, error) from error
        self.done = self._read_done()

    @property
    def starts(self) -> range:
        """The offset of each range, in order."""
        return range(0, self._size, RANGE_BYTES)

    def length(self, start: int) -> int:
        """Return the length in bytes of the range that starts at `start`."""
        return min(RANGE_BYTES, self._size - start)

    def write(self, buffer: memoryview, offset: int) -> None:
        """Write a whole buffer at an offset; thread-safe."""
        try:
            while buffer:
                count = os.pwrite(self.fd, buffer, offset)
                buffer, offset = buffer[count:], offset + count
        except OSError as error:
            raise unwritable(self.path, error) from error

    def finish(self, start: int) -> None:
        """Record that the range that starts at `start` is complete; thread-safe."""
        os.write(self._done_fd, f"{start}\n".encode())

    def hash_range(self, start: int, digest: hashlib._Hash) -> None:
        """Feed a complete range to a digest; bytes missing from a truncated file are skipped."""
        end = start + self.length(start)
        for offset in range(start, end, BLOCK_BYTES):
            length = min(BLOCK_BYTES, end - offset)
            try:
                block = mmap(self.fd, length, MAP_PRIVATE, PROT_READ, offset=offset)
            except ValueError:  # the file has been truncated
                return
            except OSError:  # a file system without memory mapping
                digest.update(os.pread(self.fd, length, offset))
            else:
                with block:
                    digest.update(block)

    def restart(self) -> None:
        """Forget all ranges, because their bytes are wrong."""
        os.ftruncate(self._done_fd, 0)
        self.done = frozenset()

    def move(self, target: Path) -> None:
        """Give the finished file its final name."""
        try:
            self.path.replace(target)
        except OSError as error:
            raise unwritable(target, error) from error
        self._done_path.unlink(missing_ok=True)

    def discard(self) -> None:
        """Delete what has been downloaded."""
        self.path.unlink(missing_ok=True)
        self._done_path.unlink(missing_ok=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        os.close(self.fd)
        os.close(self._done_fd)

    def _allocate(self) -> None:
        """Set the file's size, or raise ENOSPC if the disk is too small for it.

        Blocks are not preallocated: writing to preallocated ones was up to twice as slow on ext4.
        """
        state, disk = os.fstat(self.fd), os.fstatvfs(self.fd)
        if self._size - state.st_blocks * 512 > disk.f_bavail * disk.f_frsize:
            self.path.unlink(missing_ok=True)
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        os.ftruncate(self.fd, self._size)

    def _read_done(self) -> frozenset[int]:
        found: set[int] = set()
        with suppress(ValueError):  # a damaged line: the ranges after it are fetched again
            for line in os.pread(self._done_fd, 64 * 1024 * 1024, 0).splitlines(keepends=True):
                if line.endswith(b"\n"):
                    found.add(int(line))
        return frozenset(start for start in found if start in self.starts)


def unwritable(path: Path, error: OSError) -> LocalFileError:
    """Return the error for a file that cannot be written on this machine."""
    if error.errno == errno.ENOSPC:
        return LocalFileError(
            f"The disk of {path.parent} is full",
            hint="free some space, then run the same command to resume",
        )
    return LocalFileError(
        f"{path} cannot be written: {error.strerror}", hint="pull into another directory with -o"
    )
