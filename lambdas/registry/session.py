"""An upload session: which files a client declared, and where each of them will be stored."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from lambdas.contract import (
    MAX_PARTS_PER_FILE,
    MIN_PART_BYTES,
    SESSION_MARGIN_SECONDS,
    SINGLE_PUT_LIMIT_BYTES,
)
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
