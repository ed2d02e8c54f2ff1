"""What listing, editing and deleting need from the world; `lambdas.aws` provides it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from lambdas.registry.access import KeyRange
from lambdas.registry.audit import AuditEvent
from lambdas.registry.model import Record
from lambdas.registry.page import Page
from lambdas.registry.ports import Intent, StoredAnswer
from lambdas.registry.version import File, Version


@dataclass(frozen=True, slots=True)
class Listed:
    """What a listing shows of a model."""

    name: str
    created_at: str
    license: str


class Listings(Protocol):
    """Lists in one query each. Failures are raised as DYNAMODB_ERROR."""

    def models(self, names: KeyRange, after: str | None, limit: int) -> Page[Listed]:
        """Return visible models by name, behind the name `after` if it is given.

        The index behind it follows writes within a moment.
        """

    def versions(
        self, name: str, artifact_type: str, *, above: int, below: int | None, limit: int
    ) -> Page[Version]:
        """Return versions newest first, numbered between `above` and `below`, both exclusive.

        A page of big manifests may hold fewer than `limit`.
        """


@dataclass(frozen=True, slots=True)
class Edit:
    """New words of a record; None leaves one as it is."""

    license: str | None = None
    description: str | None = None
    tags: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Alias:
    """A movable name of a version of one artifact type."""

    artifact_type: str
    name: str
    alias: str


class Edits(Protocol):
    """Changes a record as it was read, and keeps the event, or raises ContendedError."""

    def edit(
        self, record: Record, edit: Edit, event: AuditEvent, stored_answer: StoredAnswer | None
    ) -> None:
        """Change the record's words."""

    def set_alias(
        self,
        record: Record,
        alias: Alias,
        number: int,
        event: AuditEvent,
        stored_answer: StoredAnswer | None,
    ) -> None:
        """Point the alias at a version."""

    def remove_alias(
        self, record: Record, alias: Alias, event: AuditEvent, stored_answer: StoredAnswer | None
    ) -> None:
        """Remove the alias."""


@dataclass(frozen=True, slots=True)
class Removal:
    """One version that goes, of the record as it was read.

    When it was the newest, `previous` becomes it; `intent` keeps the keys of its objects.
    """

    record: Record
    version: Version
    previous: Version | None
    intent: Intent
    event: AuditEvent
    stored_answer: StoredAnswer | None


class Deletions(Protocol):
    """Takes things out of the record store. Failures are raised as DYNAMODB_ERROR."""

    def delete_version(self, removal: Removal) -> None:
        """Delete the version of the record as it was read, or raise ContendedError."""

    def close_intent(self, name: str, intent: Intent) -> None:
        """Forget an intent whose objects are gone."""

    def hide(
        self, record: Record, now: datetime, event: AuditEvent, stored_answer: StoredAnswer | None
    ) -> None:
        """Make the record as it was read invisible and due for a purge, or raise ContendedError.

        What remains are its counts, generations and revision, and what uploads have noted.
        """

    def doomed(self, name: str, artifact_type: str, upto: int) -> tuple[Version, ...]:
        """Return some versions numbered up to `upto`; none when there are no more."""

    def forget(self, name: str, versions: Sequence[Version]) -> None:
        """Delete versions that nobody can see any more; those that remain stay `doomed`."""

    def purged(self, name: str, artifact_type: str, upto: int) -> None:
        """Clear the purge mark, unless it was set anew."""


class Removals(Protocol):
    """Takes objects out of the object store. Failures are raised as S3_ERROR."""

    def remove(self, files: Collection[File]) -> None:
        """Delete exactly the object versions that the files pin, if they are still there."""
