"""Which local files a push includes, and under which paths."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from modelguard._errors import LocalFileError
from modelguard._limits import MAX_FILES, MAX_PATH_BYTES
from modelguard._patterns import Patterns, read_ignore_file

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

EVERYTHING: Final = Patterns()
_CACHES: Final = frozenset({"__pycache__", "node_modules", "Thumbs.db"})


@dataclass(frozen=True, slots=True)
class LocalFile:
    """A file to push: its path in the version, its location, size in bytes and change time."""

    path: str
    source: Path
    size: int
    mtime_ns: int


def collect(
    paths: Iterable[str | os.PathLike[str]], patterns: Patterns = EVERYTHING
) -> tuple[LocalFile, ...]:
    """Return the files of a push, sorted by path.

    A file is stored under its name, and the files of a directory under their paths relative to it;
    hidden files, caches and what the directory's .modelguardignore names are skipped. Links to
    files are followed, links to directories are not. The patterns select among all of these.

    Raises:
        LocalFileError: There is nothing to push, a file cannot be read, or two files would be
            stored under the same path.
    """
    found: dict[str, LocalFile] = {}
    for path, source in _sources((Path(each) for each in paths), patterns):
        if path in found:
            raise LocalFileError(
                f"{found[path].source} and {source} would both be stored as {path}",
                hint="rename one, or push a directory that contains both under different paths",
            )
        found[path] = _local_file(path, source)
    if not found:
        raise LocalFileError(
            "There is nothing to push",
            hint="hidden files and caches in a directory are skipped, and so is what"
            " --exclude or .modelguardignore name",
        )
    if len(found) > MAX_FILES:
        raise LocalFileError(
            f"{len(found):,} files are too many: a version holds at most {MAX_FILES:,}",
            hint="pack them into an archive, or push several artifacts",
        )
    return tuple(found[path] for path in sorted(found))


def _sources(paths: Iterable[Path], patterns: Patterns) -> Iterator[tuple[str, Path]]:
    for path in paths:
        if path.is_dir():
            within = patterns.ignoring(read_ignore_file(path))
            yield from (found for found in walk(path) if within.select(found[0]))
        elif path.is_file():
            if patterns.select(path.name):
                yield path.name, path
        elif path.exists():
            raise LocalFileError(f"{path} is neither a file nor a directory")
        else:
            raise LocalFileError(f"{path} does not exist")


def walk(top: Path) -> Iterator[tuple[str, Path]]:
    """Yield each file's relative path and location, except for hidden files and caches."""
    for folder, folders, names in os.walk(top, onerror=_refuse):
        folders[:] = sorted(name for name in folders if _wanted(name))
        for name in sorted(names):
            source = Path(folder, name)
            if _wanted(name) and (source.is_file() or source.is_symlink()):
                yield source.relative_to(top).as_posix(), source


def _wanted(name: str) -> bool:
    return not name.startswith(".") and name not in _CACHES


def _refuse(error: OSError) -> None:
    raise LocalFileError(f"{error.filename} cannot be read: {error.strerror}") from error


def _local_file(path: str, source: Path) -> LocalFile:
    try:
        encoded = path.encode()
    except UnicodeEncodeError as error:
        shown = os.fsencode(source).decode(errors="backslashreplace")
        raise LocalFileError(
            f"{shown} has a file name that is not valid UTF-8", hint="rename it"
        ) from error
    if len(encoded) > MAX_PATH_BYTES or "\\" in path or not path.isprintable():
        raise LocalFileError(
            f"{path!r} is not a valid path in the registry",
            hint=f"rename it: at most {MAX_PATH_BYTES} bytes, no backslash, no control characters",
        )
    try:
        state = source.stat()
    except OSError as error:
        raise LocalFileError(_unreadable(source, error)) from error
    if not os.access(source, os.R_OK):
        raise LocalFileError(f"{source} cannot be read: permission denied")
    return LocalFile(path, source, state.st_size, state.st_mtime_ns)


def _unreadable(source: Path, error: OSError) -> str:
    """Return why a file cannot be read; for a broken link, where it leads."""
    if isinstance(error, FileNotFoundError) and source.is_symlink():
        return f"{source} is a link to {source.readlink()}, which does not exist"
    return f"{source} cannot be read: {error.strerror}"
