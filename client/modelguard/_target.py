"""Where a pulled file may be written: inside its directory, whatever the registry says."""

from __future__ import annotations

import os
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Final

from modelguard._errors import LocalFileError

WORK_DIRECTORY: Final = ".modelguard"
"""Inside a pulled directory: unfinished downloads, and the record of what was pulled."""


def target_of(directory: Path, path: str) -> Path:
    """Return the local path of a version's file.

    Raises:
        LocalFileError: The path would leave the directory, for example through `..` or a link, or
            a directory is in its place.
    """
    parts = PurePosixPath(path).parts
    hostile = (
        not parts
        or "/".join(parts) != path
        or any(part in {".", ".."} for part in parts)
        or "\\" in path
        or "\0" in path
        or PureWindowsPath(path).drive
        or parts[0] == WORK_DIRECTORY
    )
    if hostile:
        raise _refused(path)
    target = directory.joinpath(*parts)
    root = Path(os.path.realpath(directory))
    if not Path(os.path.realpath(target.parent)).is_relative_to(root):
        raise _refused(path)  # a link in the directory leads elsewhere
    if target.is_dir() and not target.is_symlink():
        raise LocalFileError(
            f"{target} is a directory, but the version has a file of this name",
            hint="pull into another directory with -o",
        )
    return target


def make_directory(path: Path) -> None:
    """Create a directory and its parents.

    Raises:
        LocalFileError: It cannot be created.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise LocalFileError(
            f"{path} cannot be created: {error.strerror}",
            hint="pull into another directory with -o",
        ) from error


def _refused(path: str) -> LocalFileError:
    return LocalFileError(
        f"The version contains an unsafe path: {path!r}",
        hint="nothing was written; tell the registry's operator",
    )
