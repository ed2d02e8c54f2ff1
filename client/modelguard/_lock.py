"""One pull at a time in a directory: the others wait."""

from __future__ import annotations

import errno
import fcntl
import os
import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from modelguard._partial import unwritable
from modelguard._work import open_in_work

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

_UNSUPPORTED: Final = frozenset({errno.ENOLCK, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS})


@contextmanager
def locked(work: Path, note: Callable[[str], None]) -> Iterator[Path]:
    """Hold the lock of a work directory, and provide a directory for unfinished downloads.

    The lock ends with the process. On a file system without locks, each pull gets a separate
    directory, which is deleted afterwards.

    Raises:
        LocalFileError: The lock cannot be created.
    """
    path = work / "lock"
    try:
        descriptor = open_in_work(path, os.O_RDWR | os.O_CREAT)
    except OSError as error:
        raise unwritable(path, error) from error
    try:
        if _lock(descriptor, lambda: note(f"waiting for another pull into {work.parent}")):
            yield work
            return
        own = work / os.urandom(8).hex()
        try:
            own.mkdir()
            yield own
        finally:
            shutil.rmtree(own, ignore_errors=True)
    finally:
        os.close(descriptor)


def _lock(descriptor: int, waiting: Callable[[], None]) -> bool:
    """Lock a file, waiting for it, and return whether the file system supports that."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        waiting()
        fcntl.flock(descriptor, fcntl.LOCK_EX)
    except OSError as error:
        if error.errno not in _UNSUPPORTED:
            raise
        return False
    return True
