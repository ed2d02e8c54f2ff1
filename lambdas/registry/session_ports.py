"""What upload sessions and their clean-up need of the world; `lambdas.aws` provides it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from lambdas.registry.model import Record
from lambdas.registry.ports import Commit, Intent, Marker
from lambdas.registry.session import PlannedFile, Session
from lambdas.registry.version import File, Version


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

    def create(self, session: Session, marker: Marker | None) -> None:
        """Write a new session; raise ContendedError while the marker's item is being written."""

    def session(self, upload_id: str) -> Session | None:
        """Return a session."""

    def note_multiparts(self, session: Session, multiparts: Mapping[str, str]) -> None:
        """Keep S3's ids, or raise ContendedError when the session changed since it was read."""

    def abort(self, session: Session, sweep_at: int) -> None:
        """Let nobody use an open session any more, or raise ContendedError."""

    def forget(self, upload_id: str) -> None:
        """Delete all of a session."""


class Registry(Protocol):
    """What sessions need of records and versions; the table of `registry.ports` provides it."""

    def record(self, name: str) -> Record | None:
        """Return the record of a name."""

    def version(self, name: str, artifact_type: str, number: int) -> Version | None:
        """Return one version."""

    def commit(self, commit: Commit) -> None:
        """Show the version, or nothing; raise ContendedError when it must be made anew."""


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


@dataclass(frozen=True, slots=True)
class Due:
    """An item that the clean-up is due at: a record, an upload session, or a version.

    A version, by artifact type and number, has waited too long for its inspection.
    """

    name: str
    upload_id: str | None = None
    version: tuple[str, int] | None = None


@dataclass(frozen=True, slots=True)
class Intents:
    """A record's intents: the open ones, and those that a clean-up took over and has not finished.

    `opened` counts all that uploads ever opened, and `revision` the record's visible changes, so
    that whatever happens meanwhile is noticed. `bare` tells that nothing was ever committed under
    the name, `purging` that deleted versions of it wait to be removed.
    """

    open: tuple[Intent, ...]
    taken: tuple[Intent, ...]
    opened: int
    revision: int
    bare: bool
    purging: bool


class SweepTable(Protocol):
    """What the clean-up needs of the record store."""

    def due(self, now: int) -> Iterator[Due]:
        """Yield what is due at `now` (Unix seconds), the longest overdue first."""

    def intents(self, name: str) -> Intents | None:
        """Return a record's intents; None when there is no record."""

    def take_over(self, name: str, intent: Intent) -> None:
        """Close an open intent to its upload; raise ContendedError when that just ended it."""

    def settle(
        self, name: str, before: Intents, removed: tuple[Intent, ...], next_at: int | None
    ) -> None:
        """Forget the removed intents, and set when the record is due again, if ever.

        A bare record without a next time is deleted. Raises ContendedError when an intent was
        opened, or the record changed, since `before` was read.
        """
