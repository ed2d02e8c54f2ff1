"""What the use cases need from the world; `lambdas.aws` provides it, tests may fake it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, TypeVar

from lambdas.registry.audit import AuditEvent
from lambdas.registry.gate import ClearedFile
from lambdas.registry.model import Model, Record
from lambdas.registry.version import Version

_Result = TypeVar("_Result")


class ContendedError(Exception):
    """Somebody else changed the record first: read it again and retry."""


class GoneError(Exception):
    """The object store does not have the object (any more)."""


@dataclass(frozen=True, slots=True)
class Intent:
    """A note that objects are about to be stored, so that a crash leaves nothing unknown.

    `keys` are the S3 keys; after `expires_at` (Unix seconds) the clean-up deletes them.
    """

    upload_id: str
    keys: tuple[str, ...]
    expires_at: int


@dataclass(frozen=True, slots=True)
class StoredAnswer:
    """That a write with an Idempotency-Key is done, and its answer: written with the effect.

    `key` names the stored answer, `holder` the attempt that may write it, and after `expires_at`
    (Unix seconds) the key is free again.
    """

    key: str
    holder: str
    answer: bytes
    expires_at: int


AnswerMaker = Callable[[_Result], StoredAnswer]
"""Makes the stored answer to a result that is about to be committed."""


@dataclass(frozen=True, slots=True)
class Completion:
    """That a commit ends an upload session, and shows `model` as its answer.

    The commit fails when a version of its type was deleted since `generation` was read: it may
    have held bytes that the new version counts on.
    """

    upload_id: str
    model: Model
    generation: int


@dataclass(frozen=True, slots=True)
class Commit:
    """All that one transaction makes visible: `version` under `name`, and the event of it.

    It ends an intent or, with `completion`, a session.
    """

    name: str
    version: Version
    intent: Intent | None
    license: str | None
    event: AuditEvent
    stored_answer: StoredAnswer | None = None
    completion: Completion | None = None


class Bucket(Protocol):
    """The object store. Failures are raised as S3_ERROR."""

    def put(self, key: str, content: bytes, *, sha256: str, content_type: str) -> str:
        """Store a new object whose SHA-256 (hex) the store verifies; return its version id."""

    def read(self, cleared: ClearedFile) -> bytes:
        """Return the bytes of exactly the object version that the file pins, or raise GoneError."""

    def download_url(self, cleared: ClearedFile, *, disposition: str, seconds: int) -> str:
        """Return a presigned URL for exactly the object version that the file pins."""


class Table(Protocol):
    """The record store. Reads are consistent. Failures are raised as DYNAMODB_ERROR."""

    def record(self, name: str) -> Record | None:
        """Return the record of a name."""

    def version(self, name: str, artifact_type: str, number: int) -> Version | None:
        """Return one version."""

    def record_and_version(
        self, name: str, artifact_type: str, number: int
    ) -> tuple[Record | None, Version | None]:
        """Return the record and one version in one read."""

    def open_intent(self, name: str, intent: Intent) -> Record:
        """Note the intent; return the record, which may be an invisible new one.

        Raises ContendedError while somebody else's change of the record is being made.
        """

    def commit(self, commit: Commit) -> None:
        """Show the version, or nothing; raise ContendedError when its number is taken."""
