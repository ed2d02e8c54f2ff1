"""Validation of callers' text: the only way for it to reach a key of S3 or DynamoDB."""

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
"""Selects the newest version, so it cannot be an alias."""
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
    """Return the model name, or raise MISSING_ID if it is missing, INVALID_NAME if invalid."""
    if not text:
        raise MissingIdError("The model name is missing")
    if not is_model_name(text):
        raise InvalidNameError(
            "A name must have 1 to 96 letters, digits, dots, underscores or hyphens, start and end "
            "with a letter or digit, and contain neither '..' nor '--'"
        )
    return text


def is_model_name(text: str) -> bool:
    """Return whether a text is a valid model name."""
    return bool(_NAME.match(text)) and ".." not in text and "--" not in text


def version_number(text: str) -> int | None:
    """Return a version number from its text, or None if the text is not one."""
    return int(text) if _NUMBER.match(text) else None


def alias(text: str) -> str:
    """Return a valid alias, which is neither a number nor `latest`, or raise INVALID_REQUEST."""
    if not _ALIAS.match(text) or ".." in text or "--" in text or text.isdigit() or text == LATEST:
        raise InvalidRequestError(
            "An alias follows the rules for names, has 1 to 64 characters, and is neither a number "
            f"nor '{LATEST}'",
            field="alias",
        )
    return text


def prefix(text: str) -> str:
    """Return a prefix of names, possibly empty, or raise INVALID_REQUEST."""
    if not is_prefix(text):
        raise InvalidRequestError(
            "A prefix must have at most 96 letters, digits, dots, underscores or hyphens",
            field="prefix",
        )
    return text


def is_prefix(text: str) -> bool:
    """Return whether a model name can start with this text."""
    return bool(_PREFIX.match(text))


def file_path(text: str, *, field: str = "file") -> str:
    """Return a relative POSIX path unchanged, or raise INVALID_REQUEST.

    Rejects absolute paths, `.` and `..`, empty segments, backslashes, control characters, lone
    surrogates, and more than `MAX_PATH_BYTES` bytes of UTF-8.
    """
    if any(unicodedata.category(char) in _NOT_TEXT for char in text):
        raise InvalidRequestError("A file path must not contain control characters", field=field)
    if not text or len(text.encode()) > MAX_PATH_BYTES:
        raise InvalidRequestError(
            f"A file path must have 1 to {MAX_PATH_BYTES} bytes of UTF-8", field=field
        )
    if "\\" in text or any(part in {"", ".", ".."} for part in text.split("/")):
        raise InvalidRequestError(
            "A file path must be relative, use '/', and have no empty, '.' or '..' segments",
            field=field,
        )
    return text


def conflicting_path(paths: Sequence[str]) -> int | None:
    """Return the index of the first path that conflicts with one before it, or None.

    Paths conflict if they are the same, or if one is a parent of the other.
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
    """Return the path of a file from the file name that its client sent.

    A relative path is kept; an absolute or a Windows path, as some browsers send, is reduced to its
    last segment.
    """
    path = text or ""
    if path.startswith("/") or "\\" in path:
        path = re.split(r"[/\\]", path)[-1]
    return file_path(path or _DEFAULT_FILENAME, field="filename")


def object_key(artifact_type: str, name: str, object_id: str, path: str) -> str:
    """Return the S3 key `{artifact_type}/{name}/{object_id}{extension}` of a valid type and name.

    An extension is kept only if it is alphanumeric, so that no other part of a path reaches a key.
    """
    suffix = PurePosixPath(path).suffix
    return f"{artifact_type}/{name}/{object_id}{suffix if _EXTENSION.match(suffix) else ''}"


def free_text(text: str, *, field: str, max_chars: int) -> str:
    """Return a caller's free text unchanged, or raise INVALID_REQUEST if it cannot be stored."""
    if len(text) > max_chars:
        raise InvalidRequestError(
            f"The {field} must have at most {max_chars} characters", field=field
        )
    if any(_unprintable(char) for char in text):
        raise InvalidRequestError(f"The {field} must not contain control characters", field=field)
    return text


def _unprintable(char: str) -> bool:
    return unicodedata.category(char) in _NOT_TEXT and char not in "\n\t"
