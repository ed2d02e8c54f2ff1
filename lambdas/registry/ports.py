"""Ports that several use cases share; `lambdas.aws` implements them.

A port with a single use case stands next to it; one that a subpackage shares, in its `ports.py`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, TypeVar

from lambdas.registry.audit import AuditEvent
from lambdas.registry.gate import ClearedFile
from lambdas.registry.model import Model, Record
from lambdas.registry.page import Page
from lambdas.registry.version import Version

_Result = TypeVar("_Result")


class ContendedError(Exception):
    """Another writer changed the record first: read it again and retry."""


class GoneError(Exception):
    """The object store does not have the object."""


@dataclass(frozen=True, slots=True)
class Intent:
    """A note that objects are about to be stored or removed, so that a crash leaves no orphans.

    `keys` are the S3 keys; after `expires_at` (Unix seconds) the sweep deletes those that no
    version uses.
    """

    upload_id: str
    keys: tuple[str, ...]
    expires_at: int


@dataclass(frozen=True, slots=True)
class StoredAnswer:
    """The answer to a write with an Idempotency-Key, stored in the same transaction as its effect.

    `key` identifies the answer, and `holder` the attempt that may store it; after `expires_at`
    (Unix seconds) the key is free again.
    """

    key: str
    holder: str
    answer: bytes
    expires_at: int


AnswerMaker = Callable[[_Result], StoredAnswer]
"""Turns a result that is about to be committed into the answer to store with it."""


@dataclass(frozen=True, slots=True)
class Completion:
    """The end of an upload session in the commit of its version; `model` is part of its answer.

    The commit fails if a version of the same type has been deleted since `generation` was read:
    the new version may rely on that version's bytes.
    """

    upload_id: str
    model: Model
    generation: int


@dataclass(frozen=True, slots=True)
class Commit:
    """Everything that one transaction makes visible: `version` under `name`, and its audit event.

    It closes an intent or, with `completion`, an upload session.
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
        """Return the bytes of the object version that the file pins, or raise GoneError."""

    def download_url(self, cleared: ClearedFile, *, disposition: str, seconds: int) -> str:
        """Return a presigned URL of the object version that the file pins, valid for `seconds`."""


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
        """Store the intent in the record and return the record, which may be new and invisible.

        Raises ContendedError while another writer is changing the record.
        """

    def commit(self, commit: Commit) -> None:
        """Make the version visible, or change nothing and raise ContendedError.

        That happens if the number is taken, or if the intent or the session has ended.
        """


class AuditTrail(Protocol):
    """Stores events of operations that write nothing else; other events commit with their write."""

    def add(self, event: AuditEvent) -> None:
        """Store an event."""

    def events(self, name: str, before: str | None, limit: int) -> Page[AuditEvent]:
        """Return a model's events, newest first, older than the position `before` if it is given.

        Events that belong to no model have the empty name.
        """
