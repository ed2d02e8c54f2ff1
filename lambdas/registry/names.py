"""What may be written where: the only gate between a caller's text and a key."""

import re
import unicodedata
from collections.abc import Sequence
from pathlib import PurePosixPath
from typing import Final

from lambdas.contract.limits import ARTIFACT_TYPES, MAX_PATH_BYTES
from lambdas.registry.errors import (
    InvalidArtifactTypeError,
    InvalidNameError,
    InvalidRequestError,
    MissingIdError,
)

# `\Z`, not `$`: the latter also matches before a final newline.
NAME_PATTERN: Final = r"^[A-Za-z0-9](?:[A-Za-z0-9._-]{0,94}[A-Za-z0-9])?\Z"
_NAME = re.compile(NAME_PATTERN)
_ALIAS = re.compile(r"^[A-Za-z0-9](?:[A-Za-z0-9._-]{0,62}[A-Za-z0-9])?\Z")
_NUMBER = re.compile(r"^[1-9][0-9]{0,9}\Z")
_PREFIX = re.compile(r"^[A-Za-z0-9._-]{0,96}\Z")
_EXTENSION = re.compile(r"^\.[A-Za-z0-9]{1,16}\Z")
LATEST: Final = "latest"
"""The selector of the newest version, and therefore no alias."""
_DEFAULT_FILENAME: Final = "artifact"
_NOT_TEXT: Final = frozenset({"Cc", "Cs"})
"""Unicode categories of control characters and lone surrogates."""


def artifact_type(text: str | None) -> str:
    """Return the artifact type, or raise INVALID_ARTIFACT_TYPE."""
    if text not in ARTIFACT_TYPES:
        raise InvalidArtifactTypeError(
            f"The artifact type must be one of {', '.join(ARTIFACT_TYPES)}"
        )
    return text


def model_name(text: str | None) -> str:
    """Return the model name, or raise MISSING_ID for none and INVALID_NAME for a wrong one."""
    if not text:
        raise MissingIdError("The model's name is missing")
    if not is_model_name(text):
        raise InvalidNameError(
            "A name has 1 to 96 letters, digits, dots, underscores or hyphens, begins and ends "
            "with a letter or digit, and holds neither '..' nor '--'"
        )
    return text


def is_model_name(text: str) -> bool:
    """Tell whether a text is a model's name."""
    return bool(_NAME.match(text)) and ".." not in text and "--" not in text


def version_number(text: str) -> int | None:
    """Return the number of a version as it is written, or None for any other text."""
    return int(text) if _NUMBER.match(text) else None


def alias(text: str) -> str:
    """Return an alias, which is a name that no number and not `latest` can be mistaken for."""
    if not _ALIAS.match(text) or ".." in text or "--" in text or text.isdigit() or text == LATEST:
        raise InvalidRequestError(
            "An alias is written like a name, has 1 to 64 characters, and is neither a number "
            f"nor '{LATEST}'",
            field="alias",
        )
    return text


def prefix(text: str) -> str:
    """Return the beginning of names, possibly empty, or raise INVALID_REQUEST."""
    if not is_prefix(text):
        raise InvalidRequestError(
            "A prefix has at most 96 letters, digits, dots, underscores or hyphens", field="prefix"
        )
    return text


def is_prefix(text: str) -> bool:
    """Tell whether a model's name may begin so."""
    return bool(_PREFIX.match(text))


def file_path(text: str, *, field: str = "file") -> str:
    """Return a relative POSIX path as given, or raise INVALID_REQUEST.

    Refused: absolute paths, `.` and `..`, empty segments, backslashes, control characters,
    lone surrogates, and more than `MAX_PATH_BYTES` bytes of UTF-8.
    """
    if any(unicodedata.category(char) in _NOT_TEXT for char in text):
        raise InvalidRequestError("A file path holds no control characters", field=field)
    if not text or len(text.encode()) > MAX_PATH_BYTES:
        raise InvalidRequestError(
            f"A file path has 1 to {MAX_PATH_BYTES} bytes of UTF-8", field=field
        )
    if "\\" in text or any(part in {"", ".", ".."} for part in text.split("/")):
        raise InvalidRequestError(
            "A file path is relative, uses '/', and has no empty, '.' or '..' segments", field=field
        )
    return text


def clash(paths: Sequence[str]) -> int | None:
    """Return the index of the first path that no folder could hold beside those before it.

    It is the same as another one, or lies below it, or above it.
    """
    files, folders = set[str](), set[str]()
    for index, path in enumerate(paths):
        above = {str(folder) for folder in PurePosixPath(path).parents}
        if path in files or path in folders or above & files:
            return index
        files.add(path)
        folders |= above
    return None


def client_filename(text: str | None) -> str:
    """Return the path of a file by the name that its client gave it.

    A relative path is kept; of an absolute or a Windows path, as some browsers send it, only the
    last segment is.
    """
    path = text or ""
    if path.startswith("/") or "\\" in path:
        path = re.split(r"[/\\]", path)[-1]
    return file_path(path or _DEFAULT_FILENAME, field="filename")


def object_key(artifact_type: str, name: str, object_id: str, path: str) -> str:
    """Return the S3 key `{artifact_type}/{name}/{uuid}{ext}` of a checked type and name.

    The extension is kept only when it is plain, so that no path reaches a key.
    """
    suffix = PurePosixPath(path).suffix
    return f"{artifact_type}/{name}/{object_id}{suffix if _EXTENSION.match(suffix) else ''}"


def free_text(text: str, *, field: str, max_chars: int) -> str:
    """Return a caller's free text as given, or raise INVALID_REQUEST for what cannot be stored."""
    if len(text) > max_chars:
        raise InvalidRequestError(f"The {field} has at most {max_chars} characters", field=field)
    if any(_unprintable(char) for char in text):
        raise InvalidRequestError(f"The {field} holds no control characters", field=field)
    return text


def _unprintable(char: str) -> bool:
    return unicodedata.category(char) in _NOT_TEXT and char not in "\n\t"
