"""What a client declares when it begins a session, and what is refused."""

import re
from dataclasses import dataclass
from typing import Final

from lambdas.contract import (
    MAX_FILE_BYTES,
    MAX_FILES_PER_VERSION,
    MAX_LICENSE_CHARS,
    MAX_MESSAGE_CHARS,
    SINGLE_PUT_LIMIT_BYTES,
)
from lambdas.registry import names
from lambdas.registry.errors import InvalidRequestError
from lambdas.registry.session import DeclaredFile, part_count, part_size

_SHA256: Final = re.compile(r"^[0-9a-f]{64}\Z")


@dataclass(frozen=True, slots=True)
class Declaration:
    """The files of a session as a client declared them, not yet checked."""

    artifact_type: str
    name: str
    files: tuple[DeclaredFile, ...]
    license: str | None = None
    message: str = ""


def check(declaration: Declaration) -> None:
    """Refuse a declaration that cannot become a version.

    Raises:
        RegistryError: INVALID_ARTIFACT_TYPE, INVALID_NAME, MISSING_ID, INVALID_REQUEST.
    """
    names.artifact_type(declaration.artifact_type)
    names.model_name(declaration.name)
    names.free_text(declaration.license or "", field="license", max_chars=MAX_LICENSE_CHARS)
    names.free_text(declaration.message, field="message", max_chars=MAX_MESSAGE_CHARS)
    if not 1 <= len(declaration.files) <= MAX_FILES_PER_VERSION:
        raise InvalidRequestError(
            f"An upload has 1 to {MAX_FILES_PER_VERSION} files", field="files"
        )
    for index, file in enumerate(declaration.files):
        field = f"files.{index}"
        names.file_path(file.path, field=f"{field}.path")
        _check_content(file, field)
    clash = names.clash([file.path for file in declaration.files])
    if clash is not None:
        raise InvalidRequestError(
            "The file cannot lie beside those before it", field=f"files.{clash}.path"
        )


def _check_content(file: DeclaredFile, field: str) -> None:
    if not 0 <= file.size <= MAX_FILE_BYTES:
        raise InvalidRequestError(f"A file has 0 to {MAX_FILE_BYTES} bytes", field=f"{field}.size")
    if not _SHA256.match(file.sha256):
        raise InvalidRequestError("A SHA-256 is 64 lower-case hex digits", field=f"{field}.sha256")
    parts = part_count(file.size)
    if len(file.part_sha256) != parts:
        raise InvalidRequestError(_parts_message(file.size), field=f"{field}.part_sha256")
    if not all(_SHA256.match(one) for one in file.part_sha256):
        raise InvalidRequestError(
            "A SHA-256 is 64 lower-case hex digits", field=f"{field}.part_sha256"
        )


def _parts_message(size: int) -> str:
    if size <= SINGLE_PUT_LIMIT_BYTES:
        return f"A file of up to {SINGLE_PUT_LIMIT_BYTES} bytes has no parts"
    return (
        f"A file of {size} bytes goes up in parts of {part_size(size)} bytes, "
        f"and the SHA-256 of each of the {part_count(size)} parts is needed"
    )
