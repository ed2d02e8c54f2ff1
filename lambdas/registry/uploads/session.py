"""An upload session: the files that a client declared, and where each will be stored."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from lambdas.contract.limits import (
    MAX_FILE_BYTES,
    MAX_FILES_PER_VERSION,
    MAX_LICENSE_CHARS,
    MAX_MESSAGE_CHARS,
    MAX_PARTS_PER_FILE,
    MIN_PART_BYTES,
    SESSION_MARGIN_SECONDS,
    SINGLE_PUT_LIMIT_BYTES,
)
from lambdas.registry import names
from lambdas.registry.errors import InvalidRequestError
from lambdas.registry.model import Model
from lambdas.registry.version import File

CONTENT_TYPE: Final = "application/octet-stream"
"""Sessions declare no content types: their files are served as plain bytes."""
_MIB: Final = 1024**2

Identity = tuple[str, int, str]
"""What identifies a file's bytes: SHA-256, size, and the checksum of its parts' checksums."""


def part_size(size: int) -> int:
    """Return the size in bytes of each part but the last, or 0 for a file sent by a single PUT.

    It is 16 MiB, or as many whole MiB as it takes to stay within 10,000 parts. Clients apply the
    same rule to compute the checksums of the parts beforehand.
    """
    if size <= SINGLE_PUT_LIMIT_BYTES:
        return 0
    least = -(-size // MAX_PARTS_PER_FILE)
    return max(MIN_PART_BYTES, -(-least // _MIB) * _MIB)


def part_count(size: int) -> int:
    """Return the number of parts, or 0 for a file sent by a single PUT."""
    bytes_each = part_size(size)
    return -(-size // bytes_each) if bytes_each else 0


def composite_of(part_sha256: tuple[str, ...]) -> str:
    """Return the SHA-256 (hex) of the parts' digests, as S3 computes it, or "" for no parts."""
    if not part_sha256:
        return ""
    return hashlib.sha256(b"".join(bytes.fromhex(digest) for digest in part_sha256)).hexdigest()


def identity_of(file: File) -> Identity:
    """Return the identity of a stored file."""
    return file.sha256, file.size, file.composite


@dataclass(frozen=True, slots=True)
class DeclaredFile:
    """A file as its client declared it: `size` in bytes, the digests of file and parts in hex."""

    path: str
    size: int
    sha256: str
    part_sha256: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PlannedFile(DeclaredFile):
    """A declared file and the S3 key reserved for it."""

    key: str = ""

    @property
    def identity(self) -> Identity:
        """What a stored file must match for the file not to be sent again.

        It includes the parts' checksum, which S3 verifies. The declared SHA-256 of a file in parts
        is not verified, and a wrong one must never pass for other bytes.
        """
        return self.sha256, self.size, composite_of(self.part_sha256)

    def part_bytes(self, number: int) -> int:
        """Return the size in bytes of a part, numbered from 1."""
        bytes_each = part_size(self.size)
        return min(bytes_each, self.size - (number - 1) * bytes_each)

    def stored(self, s3_version: str) -> File:
        """Return the file as part of a version, pinned to its object version."""
        return File(
            path=self.path,
            size=self.size,
            sha256=self.sha256,
            s3_key=self.key,
            content_type=CONTENT_TYPE,
            s3_version=s3_version,
            composite=composite_of(self.part_sha256),
        )


class State(StrEnum):
    """The state of a session; only an open one can be completed or aborted."""

    OPEN = "open"
    DONE = "done"
    ABORTED = "aborted"


@dataclass(frozen=True, slots=True)
class Session:
    """An upload session. Times are Unix seconds.

    `multiparts` are S3's multipart upload ids by key; `revision` grows when they change. `version`
    and `model` are the result of completing it.
    """

    upload_id: str
    artifact_type: str
    name: str
    files: tuple[PlannedFile, ...]
    expires_at: int
    license: str | None = None
    message: str = ""
    state: State = State.OPEN
    multiparts: Mapping[str, str] = field(default_factory=dict)
    revision: int = 0
    version: int | None = None
    model: Model | None = None

    @property
    def sweep_at(self) -> int:
        """When all of its URLs have expired and all transfers must have ended."""
        return self.expires_at + SESSION_MARGIN_SECONDS


_SHA256: Final = re.compile(r"^[0-9a-f]{64}\Z")
_SHA256_MESSAGE: Final = "A SHA-256 must be 64 lower-case hexadecimal digits"


@dataclass(frozen=True, slots=True)
class Declaration:
    """The files of a session as a client declared them, not yet validated."""

    artifact_type: str
    name: str
    files: tuple[DeclaredFile, ...]
    license: str | None = None
    message: str = ""


def check_declaration(declaration: Declaration) -> None:
    """Reject a declaration that cannot become a version.

    Raises:
        RegistryError: INVALID_ARTIFACT_TYPE, INVALID_NAME, MISSING_ID, INVALID_REQUEST.
    """
    names.artifact_type(declaration.artifact_type)
    names.model_name(declaration.name)
    names.free_text(declaration.license or "", field="license", max_chars=MAX_LICENSE_CHARS)
    names.free_text(declaration.message, field="message", max_chars=MAX_MESSAGE_CHARS)
    if not 1 <= len(declaration.files) <= MAX_FILES_PER_VERSION:
        raise InvalidRequestError(
            f"An upload must have 1 to {MAX_FILES_PER_VERSION} files", field="files"
        )
    for index, file in enumerate(declaration.files):
        field = f"files.{index}"
        names.file_path(file.path, field=f"{field}.path")
        _check_content(file, field)
    conflict = names.conflicting_path([file.path for file in declaration.files])
    if conflict is not None:
        raise InvalidRequestError(
            "The path conflicts with that of an earlier file: the same, a parent, or below it",
            field=f"files.{conflict}.path",
        )


def _check_content(file: DeclaredFile, field: str) -> None:
    if not 0 <= file.size <= MAX_FILE_BYTES:
        raise InvalidRequestError(
            f"A file must have 0 to {MAX_FILE_BYTES} bytes", field=f"{field}.size"
        )
    if not _SHA256.match(file.sha256):
        raise InvalidRequestError(_SHA256_MESSAGE, field=f"{field}.sha256")
    parts = part_count(file.size)
    if len(file.part_sha256) != parts:
        raise InvalidRequestError(_parts_message(file.size), field=f"{field}.part_sha256")
    if not all(_SHA256.match(digest) for digest in file.part_sha256):
        raise InvalidRequestError(_SHA256_MESSAGE, field=f"{field}.part_sha256")


def _parts_message(size: int) -> str:
    if size <= SINGLE_PUT_LIMIT_BYTES:
        return f"A file of up to {SINGLE_PUT_LIMIT_BYTES} bytes must not have parts"
    return (
        f"A file of {size} bytes is uploaded in parts of {part_size(size)} bytes; "
        f"give the SHA-256 of each of its {part_count(size)} parts"
    )
