"""The work directory inside a pulled directory: unfinished downloads, and what was pulled.

Links in place of the work directory or of a file in it are never followed; otherwise, anyone who
can write to the directory could make a pull write somewhere else.
"""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING

from modelguard._errors import LocalFileError
from modelguard._target import WORK_DIRECTORY, make_directory

if TYPE_CHECKING:
    from pathlib import Path


def make_work_directory(directory: Path) -> Path:
    """Create the work directory of a directory, and return its path.

    Raises:
        LocalFileError: It is a link, or cannot be created.
    """
    work = directory / WORK_DIRECTORY
    if work.is_symlink():
        raise LocalFileError(
            f"{work} is a link", hint="remove it, because a pull would write through it"
        )
    make_directory(work)
    return work


def open_in_work(path: Path, flags: int) -> int:
    """Open a file in a work directory, without following a link, and return its descriptor.

    Raises:
        OSError: It cannot be opened.
    """
    try:
        folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except NotADirectoryError as error:
        raise _link(path.parent) from error
    try:
        return os.open(path.name, flags | os.O_NOFOLLOW | os.O_CLOEXEC, 0o666, dir_fd=folder)
    except OSError as error:
        raise (_link(path) if error.errno == errno.ELOOP else error) from error
    finally:
        os.close(folder)


def _link(path: Path) -> OSError:
    return OSError(errno.ELOOP, "it is a link, or not a directory", str(path))
