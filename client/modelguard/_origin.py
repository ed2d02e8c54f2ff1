"""What was pulled into a directory, recorded in its work directory.

`verify` needs no name because of it, and a pull replaces or removes only what a pull has brought.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Final

from modelguard._body import Body, UnexpectedBodyError, decode
from modelguard._errors import LocalFileError
from modelguard._partial import unwritable
from modelguard._target import WORK_DIRECTORY
from modelguard._work import open_in_work

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from modelguard._types import File

_FILE: Final = "origins.json"


@dataclass(frozen=True, slots=True)
class Origin:
    """What was pulled of one artifact; `version` is 0 until a pull of it has ended."""

    url: str
    type: str
    name: str
    version: int = 0
    files: Mapping[str, str] = field(default_factory=dict)
    """SHA-256 by path of the files of this version that were pulled."""
    owned: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """By path, the SHA-256 of what pulls have put there or were about to, of any version."""

    @property
    def artifact(self) -> tuple[str, str]:
        """The artifact type and name."""
        return self.type, self.name

    def owns(self, path: str, sha256: str) -> bool:
        """Return whether a pull of the artifact put this content there."""
        return sha256 in self.owned.get(path, ())

    def begun(self, files: Iterable[File]) -> Origin:
        """Return the origin while these files are being pulled: old and new content is owned."""
        owned = dict(self.owned)
        for file in files:
            owned[file.path] = tuple({*owned.get(file.path, ()), file.sha256})
        return Origin(self.url, self.type, self.name, self.version, self.files, owned)

    def ended(self, version: int, files: Iterable[File], *, whole: bool) -> Origin:
        """Return the origin after these files, which may be the whole version, were pulled."""
        pulled = {file.path: file.sha256 for file in files}
        brought = {path: (sha256,) for path, sha256 in pulled.items()}
        if whole:
            return Origin(self.url, self.type, self.name, version, pulled, brought)
        before = self.files if version == self.version else {}
        owned = {**self.owned, **brought}
        return Origin(self.url, self.type, self.name, version, {**before, **pulled}, owned)


def read_origins(directory: Path) -> tuple[Origin, ...]:
    """Return what was pulled into a directory, one origin per artifact.

    Raises:
        LocalFileError: The record is damaged.
    """
    path = directory / WORK_DIRECTORY / _FILE
    try:
        with os.fdopen(open_in_work(path, os.O_RDONLY), "rb") as file:
            body = Body(decode(file.read()))
        return tuple(_origin(each) for each in body.objects("origins"))
    except FileNotFoundError:
        return ()
    except (OSError, UnexpectedBodyError) as error:
        raise LocalFileError(
            f"{path} cannot be read",
            hint="say what to compare with instead: --name NAME[:VERSION]",
        ) from error


def note_origin(directory: Path, origin: Origin) -> None:
    """Record an origin, replacing the earlier one of the same artifact."""
    try:
        known = read_origins(directory)
    except LocalFileError:
        known = ()  # a damaged record is started afresh
    kept = [each for each in known if each.artifact != origin.artifact]
    path = directory / WORK_DIRECTORY / _FILE
    temporary = path.with_suffix(f".{os.urandom(8).hex()}")
    text = json.dumps({"origins": [asdict(each) for each in (*kept, origin)]})
    try:
        descriptor = open_in_work(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
        temporary.replace(path)
    except OSError as error:
        raise unwritable(path, error) from error


def _origin(body: Body) -> Origin:
    owned = body.child("owned")
    return Origin(
        body.text("url"),
        body.text("type"),
        body.text("name"),
        body.number("version"),
        body.child("files").text_map(),
        {path: owned.texts(path) for path in owned.members},
    )
