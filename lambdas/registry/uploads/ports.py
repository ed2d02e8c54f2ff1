"""What upload sessions and their clean-up need of the world; `lambdas.aws` provides it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from lambdas.registry.ports import StoredAnswer
from lambdas.registry.uploads.session import PlannedFile, Session
from lambdas.registry.version import File


@dataclass(frozen=True, slots=True)
class SignedRequest:
    """A presigned PUT, a secret while it lives; `headers` are exactly what must be sent with it."""

    url: str
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class StoredObject:
    """An object as S3 describes it: `size` in bytes, and its version id.

    `checksum` is the SHA-256 in hex, of the parts' digests if it came in parts.
    """

    size: int
    checksum: str
    s3_version: str


@dataclass(frozen=True, slots=True)
class StoredPart:
    """A part as S3 describes it; `checksum` is empty where the store does not tell it."""

    number: int
    size: int
    checksum: str
    etag: str


class SessionTable(Protocol):
    """Sessions and what completing one needs of the record store. Reads are consistent."""

    def create(self, session: Session, stored_answer: StoredAnswer | None) -> None:
        """Write a new session; raise ContendedError while the stored answer is being written."""

    def session(self, upload_id: str) -> Session | None:
        """Return a session."""

    def note_multiparts(self, session: Session, multiparts: Mapping[str, str]) -> None:
        """Keep S3's ids, or raise ContendedError when the session changed since it was read."""

    def abort(self, session: Session, sweep_at: int) -> None:
        """Let nobody use an open session any more, or raise ContendedError."""

    def forget(self, upload_id: str) -> None:
        """Delete all of a session."""


class History(Protocol):
    """All that is committed under a name."""

    def versions(self, name: str, artifact_type: str) -> Iterator[tuple[int, tuple[File, ...]]]:
        """Yield the versions' numbers and files, newest first."""


class Parts(Protocol):
    """The object store as clients write to it by themselves. Failures are raised as S3_ERROR."""

    def put_url(self, file: PlannedFile, *, seconds: int) -> SignedRequest:
        """Return a PUT of exactly this file, once."""

    def part_url(
        self, file: PlannedFile, multipart_id: str, number: int, *, seconds: int
    ) -> SignedRequest:
        """Return a PUT of exactly this part."""

    def start(self, key: str) -> str:
        """Begin a multipart upload; return its id."""

    def parts(self, key: str, multipart_id: str) -> tuple[StoredPart, ...] | None:
        """Return the parts that arrived; None when there is no such multipart upload."""

    def describe(self, key: str) -> StoredObject | None:
        """Return what is stored under a key."""

    def assemble(self, file: PlannedFile, multipart_id: str, etags: Sequence[str]) -> None:
        """Make the parts one object, unless the key is taken or the parts are others by now."""


class Leftovers(Protocol):
    """What may have been left in the object store. Failures are raised as S3_ERROR."""

    def remove_objects(self, keys: Iterable[str]) -> None:
        """Delete every version of these keys."""

    def abort_multiparts(self, keys: Iterable[str]) -> None:
        """Abort every multipart upload to these keys."""
