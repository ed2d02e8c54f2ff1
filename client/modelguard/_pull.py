"""Pull: download files of a version into a directory."""

from __future__ import annotations

import os
import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

from modelguard._download import Download
from modelguard._errors import LocalFileError
from modelguard._hashing import sha256_of
from modelguard._limits import BLOCK_BYTES
from modelguard._origin import Origin, note_origin
from modelguard._source import Source
from modelguard._target import target_of
from modelguard._types import Pulled
from modelguard._work import make_work_directory, open_in_work

if TYPE_CHECKING:
    from pathlib import Path

    from modelguard._api import Api
    from modelguard._progress import Progress
    from modelguard._source import Asking
    from modelguard._types import File, Version


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

    def run(self) -> Pulled:
        """Download every file that is not already present, and record the version."""
        work = make_work_directory(self.directory)
        targets = {file.path: target_of(self.directory, file.path) for file in self.files}
        self.progress.begin(f"pulling {self.version.name}", sum(file.size for file in self.files))
        with (
            ThreadPoolExecutor(self.jobs) as files,
            ThreadPoolExecutor(self.jobs) as ranges,
        ):
            pulling = [
                files.submit(self._content, same, targets, work, ranges)
                for same in self._by_content()
            ]
            try:
                for future in pulling:
                    future.result()
            finally:
                for future in pulling:
                    future.cancel()
        self._note()
        return Pulled(self.version, self.directory, tuple(targets.values()))

    def _by_content(self) -> list[list[File]]:
        """Return the files grouped by content, since equal content is fetched once."""
        groups: dict[str, list[File]] = {}
        for file in self.files:
            groups.setdefault(file.sha256, []).append(file)
        return list(groups.values())

    def _content(
        self,
        files: list[File],
        targets: dict[str, Path],
        work: Path,
        ranges: ThreadPoolExecutor,
    ) -> None:
        """Fetch one content unless a file already has it, and copy it to every target."""
        missing = [file for file in files if not _is_there(targets[file.path], file)]
        self.progress.advance((len(files) - len(missing)) * files[0].size)
        present = [targets[file.path] for file in files if file not in missing]
        if missing and not present:
            first = missing.pop(0)
            source = Source(self.api, self.version, first, self.asking)
            download = Download(
                source, targets[first.path], work, self.progress.advance, ahead=2 * self.jobs
            )
            download.run(ranges)
            present = [targets[first.path]]
        for file in missing:
            _copy(present[0], work / f"{file.sha256}.copy", targets[file.path])
            self.progress.advance(file.size)

    def _note(self) -> None:
        whole = len(self.files) == len(self.version.files)
        paths = () if whole else tuple(file.path for file in self.files)
        note_origin(
            self.directory,
            Origin(self.api.url, self.version.type, self.version.name, self.version.number, paths),
        )


def _is_there(target: Path, file: File) -> bool:
    """Return whether a target already has the right bytes; a link is replaced, not followed."""
    try:
        if target.is_symlink() or target.stat().st_size != file.size:
            return False
        return sha256_of(target) == file.sha256
    except (OSError, LocalFileError):
        return False


def _copy(source: Path, temporary: Path, target: Path) -> None:
    try:
        descriptor = open_in_work(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        with source.open("rb") as content, os.fdopen(descriptor, "wb") as copy:
            shutil.copyfileobj(content, copy, BLOCK_BYTES)
        temporary.replace(target)
    except OSError as error:
        raise LocalFileError(f"{target} cannot be written: {error.strerror}") from error
