"""An upload session: which files a client declared, and where each of them will be stored."""

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
"""A session declares no content types: what it stores is served as plain bytes."""
_MIB: Final = 1024**2

Identity = tuple[str, int, str]
"""What makes two files the same bytes: SHA-256, size, and the checksum of the parts' checksums."""


def part_size(size: int) -> int:
    """Return the bytes of each part but the last; 0 for a file that one PUT sends.

    16 MiB, or as many whole MiB as it takes to stay within 10,000 parts. Clients that compute the
    checksums of the parts before they ask follow the same rule.
    """
    if size <= SINGLE_PUT_LIMIT_BYTES:
        return 0
    least = -(-size // MAX_PARTS_PER_FILE)
    return max(MIN_PART_BYTES, -(-least // _MIB) * _MIB)


def part_count(size: int) -> int:
    """Return the number of parts; 0 for a file that one PUT sends."""
    bytes_each = part_size(size)
    return -(-size // bytes_each) if bytes_each else 0


def composite_of(part_sha256: tuple[str, ...]) -> str:
    """Return the SHA-256 (hex) over the parts' digests, as S3 computes it; empty for no parts."""
    if not part_sha256:
        return ""
    return hashlib.sha256(b"".join(bytes.fromhex(one) for one in part_sha256)).hexdigest()


def identity_of(file: File) -> Identity:
    """Return the identity of a stored file."""
    return file.sha256, file.size, file.composite


@dataclass(frozen=True, slots=True)
class DeclaredFile:
    """A file as its client declared it: `size` in bytes, digests in hex, one for each part."""

    path: str
    size: int
    sha256: str
    part_sha256: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PlannedFile(DeclaredFile):
    """A declared file and the S3 key that waits for it."""

    key: str = ""

    @property
    def identity(self) -> Identity:
        """What a stored file must equal, so that nothing is sent again.

        The parts' checksum is in it: S3 verifies it, while nobody verifies the declared SHA-256 of
        a file in parts, and a wrong one must not stand for other bytes later.
        """
        return self.sha256, self.size, composite_of(self.part_sha256)

    def part_bytes(self, number: int) -> int:
        """Return the size of the part with this number, from 1."""
        bytes_each = part_size(self.size)
        return min(bytes_each, self.size - (number - 1) * bytes_each)

    def stored(self, s3_version: str) -> File:
        """Return the file as a version lists it, pinned to its object version."""
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
    """Where a session stands; only an open one may be completed or aborted."""

    OPEN = "open"
    DONE = "done"
    ABORTED = "aborted"


@dataclass(frozen=True, slots=True)
class Session:
    """A begun upload. Times are Unix seconds.

    `multiparts` are S3's ids of the multipart uploads by key; `revision` grows when they change.
    `version` and `model` are what completing it led to.
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
        """When no URL and no transfer of it can be alive any more."""
        return self.expires_at + SESSION_MARGIN_SECONDS


_SHA256: Final = re.compile(r"^[0-9a-f]{64}\Z")


@dataclass(frozen=True, slots=True)
class Declaration:
    """The files of a session as a client declared them, not yet checked."""

    artifact_type: str
    name: str
    files: tuple[DeclaredFile, ...]
    license: str | None = None
    message: str = ""


def check_declaration(declaration: Declaration) -> None:
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
