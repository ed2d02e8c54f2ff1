"""Pull: download files of a version into a directory."""

from __future__ import annotations

import os
import re
import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from modelguard._download import Download
from modelguard._errors import IntegrityError, LocalFileError
from modelguard._hashing import sha256_of
from modelguard._limits import BLOCK_BYTES
from modelguard._lock import locked
from modelguard._origin import Origin, note_origin, read_origins
from modelguard._partial import unwritable
from modelguard._source import Source
from modelguard._target import make_directory, target_of
from modelguard._types import Pulled
from modelguard._work import make_work_directory, open_in_work

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from modelguard._api import Api
    from modelguard._progress import Progress
    from modelguard._source import Asking
    from modelguard._types import File, Version

_MOST_NAMED: Final = 5
_SHA256: Final = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Pull:
    """The download of some files of a version into a directory."""

    api: Api
    version: Version
    files: tuple[File, ...]
    directory: Path
    asking: Asking
    progress: Progress
    jobs: int
    overwrite: bool = False

    def run(self) -> Pulled:
        """Download every file that is not already present, and record the version.

        Raises:
            LocalFileError: A file is in the way that no pull brought, or that was changed since.
        """
        for file in self.files:
            if not _SHA256.fullmatch(file.sha256):  # it becomes a file name
                raise IntegrityError(f"The registry recorded no valid SHA-256 for {file.path}")
        targets = {file.path: target_of(self.directory, file.path) for file in self.files}
        work = make_work_directory(self.directory)
        with locked(work, self.progress.note) as unfinished:
            origin, others = self._origins()
            present = self._present(targets, origin, others)
            note_origin(self.directory, origin.begun(self.files))
            for target in targets.values():
                make_directory(target.parent)
            self._fetch(targets, present, unfinished)
            whole = len(self.files) == len(self.version.files)
            removed, kept = self._remove_old(origin, others) if whole else ((), ())
            note_origin(self.directory, origin.ended(self.version.number, self.files, whole=whole))
        return Pulled(self.version, self.directory, tuple(targets.values()), removed, kept)

    def _origins(self) -> tuple[Origin, tuple[Origin, ...]]:
        """Return what was pulled of this artifact before, and what was pulled of others."""
        new = Origin(self.api.url, self.version.type, self.version.name)
        try:
            known = read_origins(self.directory)
        except LocalFileError:
            known = ()
        before = [each for each in known if each.artifact == new.artifact]
        others = tuple(each for each in known if each.artifact != new.artifact)
        return (replace(before[0], url=self.api.url) if before else new), others

    def _present(
        self, targets: Mapping[str, Path], origin: Origin, others: Iterable[Origin]
    ) -> frozenset[str]:
        """Return the paths whose files have the right bytes already.

        Raises:
            LocalFileError: Files are in the way that may not be replaced.
        """
        foreign = {path for other in others for path in other.files}
        there = [file for file in self.files if os.path.lexists(targets[file.path])]
        if there:
            self.progress.begin(f"checking {self.version.name}", sum(file.size for file in there))
        with ThreadPoolExecutor(self.jobs) as pool:
            digests = pool.map(lambda file: self._digest(targets[file.path], file, origin), there)
            found = dict(zip(there, digests, strict=True))
        present = {file.path for file, digest in found.items() if digest == file.sha256}
        in_the_way = [
            file.path
            for file, digest in found.items()
            if file.path not in present
            and (file.path in foreign or not origin.owns(file.path, digest))
        ]
        if in_the_way and not self.overwrite:
            several = len(in_the_way) > 1
            raise LocalFileError(
                f"{_named(in_the_way)} in {self.directory} {'differ' if several else 'differs'}"
                f" from {self.version.name}:{self.version.number} and"
                f" {'were' if several else 'was'} changed or not pulled",
                hint="add --overwrite to replace local files, or pull into another directory"
                " with -o",
            )
        return frozenset(present)

    def _digest(self, target: Path, file: File, origin: Origin) -> str:
        """Return a local file's SHA-256; empty for a link, or if it cannot matter."""
        try:
            if target.is_symlink():
                return ""
            same_size = target.stat().st_size == file.size
            if not same_size and file.path not in origin.owned:
                return ""
            return sha256_of(target, self.progress.advance)
        except (OSError, LocalFileError):
            return ""

    def _fetch(
        self, targets: Mapping[str, Path], present: frozenset[str], unfinished: Path
    ) -> None:
        self.progress.begin(f"pulling {self.version.name}", sum(file.size for file in self.files))
        with (
            ThreadPoolExecutor(self.jobs) as files,
            ThreadPoolExecutor(self.jobs) as ranges,
        ):
            pulling = [
                files.submit(self._content, same, targets, present, unfinished, ranges)
                for same in self._by_content()
            ]
            try:
                for future in pulling:
                    future.result()
            finally:
                for future in pulling:
                    future.cancel()

    def _by_content(self) -> list[list[File]]:
        """Return the files grouped by content, since equal content is fetched once."""
        groups: dict[str, list[File]] = {}
        for file in self.files:
            groups.setdefault(file.sha256, []).append(file)
        return list(groups.values())

    def _content(
        self,
        files: list[File],
        targets: Mapping[str, Path],
        present: frozenset[str],
        unfinished: Path,
        ranges: ThreadPoolExecutor,
    ) -> None:
        """Fetch one content unless a file already has it, and copy it to every target."""
        missing = [file for file in files if file.path not in present]
        self.progress.advance((len(files) - len(missing)) * files[0].size)
        sources = [targets[file.path] for file in files if file.path in present]
        if missing and not sources:
            first = missing.pop(0)
            source = Source(self.api, self.version, first, self.asking)
            download = Download(
                source, targets[first.path], unfinished, self.progress.advance, ahead=2 * self.jobs
            )
            download.run(ranges)
            sources = [targets[first.path]]
        for file in missing:
            _copy(sources[0], unfinished / f"{file.sha256}.copy", targets[file.path])
            self.progress.advance(file.size)

    def _remove_old(
        self, origin: Origin, others: Iterable[Origin]
    ) -> tuple[tuple[Path, ...], tuple[Path, ...]]:
        """Delete what an earlier pull brought and this version lacks; changed files are kept."""
        wanted = {file.path for file in self.files} | {
            path for each in others for path in each.files
        }
        removed, kept = [], []
        for path in sorted(origin.owned.keys() - wanted):
            target = self.directory / path
            try:
                if target_of(self.directory, path).is_symlink() or not target.is_file():
                    continue
                if not origin.owns(path, sha256_of(target)):
                    kept.append(target)
                    continue
                target.unlink()
                removed.append(target)
                _remove_empty(target.parent, self.directory)
            except (OSError, LocalFileError):
                kept.append(target)
        version = f"{self.version.name}:{self.version.number}"
        for paths, what in ((removed, "removed"), (kept, "kept the changed")):
            if paths:
                named = _named([path.relative_to(self.directory).as_posix() for path in paths])
                lacks = "which is" if len(paths) == 1 else "which are"
                self.progress.note(f"{what} {named}, {lacks} not part of {version}")
        return tuple(removed), tuple(kept)


def _named(paths: list[str]) -> str:
    """Return some of the paths, for a message."""
    more = len(paths) - _MOST_NAMED
    return ", ".join(paths[:_MOST_NAMED]) + (f" and {more} more" if more > 0 else "")


def _remove_empty(folder: Path, top: Path) -> None:
    """Remove a directory and those above it while they are empty."""
    while folder != top:
        try:
            folder.rmdir()
        except OSError:
            return
        folder = folder.parent


def _copy(source: Path, temporary: Path, target: Path) -> None:
    try:
        descriptor = open_in_work(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        with source.open("rb") as content, os.fdopen(descriptor, "wb") as copy:
            shutil.copyfileobj(content, copy, BLOCK_BYTES)
        temporary.replace(target)
    except OSError as error:
        raise unwritable(target, error) from error
