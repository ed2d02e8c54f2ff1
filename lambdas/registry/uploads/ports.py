"""Ports that upload sessions and the sweep share; `lambdas.aws` implements them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from lambdas.registry.ports import StoredAnswer
from lambdas.registry.uploads.session import PlannedFile, Session
from lambdas.registry.version import File


@dataclass(frozen=True, slots=True)
class SignedRequest:
    """A presigned PUT, a secret until it expires; exactly these headers must be sent with it."""

    url: str
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class StoredObject:
    """An object as S3 describes it: `size` in bytes, and its version id.

    `checksum` is its SHA-256 in hex or, for an object made of parts, that of the parts' digests.
    `plain` is whether S3 serves its bytes and nothing that the uploader said of them, such as an
    encoding that would make readers decode other bytes.
    """

    size: int
    checksum: str
    s3_version: str
    plain: bool = True


@dataclass(frozen=True, slots=True)
class StoredPart:
    """A part as S3 describes it; `checksum` is empty if the store does not report it."""

    number: int
    size: int
    checksum: str
    etag: str


class SessionTable(Protocol):
    """Stores upload sessions. Reads are consistent. Failures are raised as DYNAMODB_ERROR."""

    def create(self, session: Session, stored_answer: StoredAnswer | None) -> None:
        """Store a new session; raise ContendedError while the stored answer is being written."""

    def session(self, upload_id: str) -> Session | None:
        """Return a session, or None if there is none with this id."""

    def save_multiparts(self, session: Session, multiparts: Mapping[str, str]) -> None:
        """Store multipart upload ids by key; raise ContendedError if the session has changed."""

    def abort(self, session: Session, sweep_at: int) -> None:
        """End an open session and have it swept at `sweep_at` (Unix seconds).

        Raises ContendedError if the session has changed since it was read.
        """

    def forget(self, upload_id: str) -> None:
        """Delete a session."""


class CommittedFiles(Protocol):
    """The files of committed versions. Failures are raised as DYNAMODB_ERROR."""

    def by_version(self, name: str, artifact_type: str) -> Iterator[tuple[int, tuple[File, ...]]]:
        """Yield number and files of each version of a name and type, newest first."""


class Parts(Protocol):
    """The object store as clients write to it directly. Failures are raised as S3_ERROR."""

    def put_url(self, file: PlannedFile, *, seconds: int) -> SignedRequest:
        """Return a PUT that succeeds once and with exactly this file, valid for `seconds`."""

    def part_url(
        self, file: PlannedFile, multipart_id: str, number: int, *, seconds: int
    ) -> SignedRequest:
        """Return a PUT that succeeds with exactly this part, valid for `seconds`."""

    def start(self, key: str) -> str:
        """Start a multipart upload and return its id."""

    def parts(self, key: str, multipart_id: str) -> tuple[StoredPart, ...] | None:
        """Return the parts that have arrived, or None if there is no such multipart upload."""

    def describe(self, key: str) -> StoredObject | None:
        """Describe the object stored under a key, or return None if there is none."""

    def assemble(self, file: PlannedFile, multipart_id: str, etags: Sequence[str]) -> None:
        """Combine the parts into one object, unless the key is taken or the parts have changed."""


class Leftovers(Protocol):
    """Removes what uploads left in the object store. Failures are raised as S3_ERROR."""

    def remove_objects(self, keys: Iterable[str]) -> None:
        """Delete every version of these keys."""

    def abort_multiparts(self, keys: Iterable[str]) -> None:
        """Abort every multipart upload to these keys."""
