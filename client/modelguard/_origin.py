"""What was pulled into a directory, recorded in it so that `verify` needs no name."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Final

from modelguard._errors import LocalFileError
from modelguard._partial import unwritable
from modelguard._target import WORK_DIRECTORY
from modelguard._work import open_in_work

if TYPE_CHECKING:
    from pathlib import Path

_FILE: Final = "origins.json"


@dataclass(frozen=True, slots=True)
class Origin:
    """A pulled version; `paths` is empty if all of its files were pulled."""

    url: str
    type: str
    name: str
    version: int
    paths: tuple[str, ...] = ()


def read_origins(directory: Path) -> tuple[Origin, ...]:
    """Return what was pulled into a directory, one version per artifact type and name.

    Raises:
        LocalFileError: The record is damaged.
    """
    path = directory / WORK_DIRECTORY / _FILE
    try:
        with os.fdopen(open_in_work(path, os.O_RDONLY), encoding="utf-8") as file:
            found = json.load(file)
        return tuple(Origin(**{**each, "paths": tuple(each["paths"])}) for each in found)
    except FileNotFoundError:
        return ()
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise LocalFileError(
            f"{path} cannot be read", hint="say what to compare with instead: --name NAME[:VERSION]"
        ) from error


def note_origin(directory: Path, origin: Origin) -> None:
    """Record a pulled version, replacing an earlier one of the same artifact."""
    try:
        known = read_origins(directory)
    except LocalFileError:
        known = ()  # a damaged record is started afresh
    kept = [each for each in known if (each.type, each.name) != (origin.type, origin.name)]
    path = directory / WORK_DIRECTORY / _FILE
    temporary = path.with_suffix(".new")
    text = json.dumps([asdict(each) for each in (*kept, origin)])
    try:
        descriptor = open_in_work(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
        temporary.replace(path)
    except OSError as error:
        raise unwritable(path, error) from error
