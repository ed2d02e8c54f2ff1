"""Compares a directory with what the registry recorded."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from modelguard._errors import LocalFileError
from modelguard._files import walk
from modelguard._hashing import sha256_of
from modelguard._types import Difference, Verification

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet
    from pathlib import Path

    from modelguard._progress import Progress
    from modelguard._types import File, Version


def extra_files(directory: Path, known: AbstractSet[str]) -> tuple[str, ...]:
    """Return the paths of local files, except hidden ones and caches, that are not known."""
    found = (path for path, _ in walk(directory)) if directory.is_dir() else ()
    return tuple(path for path in found if path not in known)


def compare(
    directory: Path,
    version: Version,
    wanted: tuple[File, ...],
    extra: tuple[str, ...],
    progress: Progress,
    jobs: int,
) -> Verification:
    """Hash the local files and return which differ from the recorded ones."""
    progress.begin(f"verifying {version.name}", sum(file.size for file in wanted))
    with ThreadPoolExecutor(jobs) as pool:
        problems = pool.map(lambda file: _problem(directory / file.path, file, progress), wanted)
        differences = [
            Difference(file.path, problem)
            for file, problem in zip(wanted, problems, strict=True)
            if problem
        ]
    return Verification(version, tuple(differences), extra)


def _problem(path: Path, file: File, progress: Progress) -> str:
    """Return what is wrong with a file; empty if it matches."""
    if not path.is_file():
        return "missing"
    try:
        if path.stat().st_size != file.size:
            return "different"
        return "" if sha256_of(path, progress.advance) == file.sha256 else "different"
    except (OSError, LocalFileError):
        return "unreadable"
