"""Use cases: delete a model or a version, and purge deleted models.

Deleting hides a model with one write; purging then removes its objects and versions.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Protocol

from lambdas.contract.limits import SWEEP_NOW_SECONDS
from lambdas.registry import names
from lambdas.registry.audit import AuditEvent
from lambdas.registry.call import Call, utc_now
from lambdas.registry.catalogue.ports import Listings
from lambdas.registry.clock import Clock
from lambdas.registry.errors import (
    ConflictError,
    ModelNotFoundError,
    RegistryError,
    VersionNotFoundError,
)
from lambdas.registry.model import Record
from lambdas.registry.operation import Action, Operation
from lambdas.registry.ports import AnswerMaker, Intent, StoredAnswer, Table
from lambdas.registry.record_checks import Revisions, check_revision, record_of_type
from lambdas.registry.retry import read_and_retry
from lambdas.registry.version import File, Version


@dataclass(frozen=True, slots=True)
class VersionRemoval:
    """The deletion of one version from the record as it was read.

    If the version is the newest, `previous` takes its place; `intent` holds the keys of its
    objects.
    """

    record: Record
    version: Version
    previous: Version | None
    intent: Intent
    event: AuditEvent
    stored_answer: StoredAnswer | None


class Deletions(Protocol):
    """Deletes from the record store. Failures are raised as DYNAMODB_ERROR."""

    def delete_version(self, removal: VersionRemoval) -> None:
        """Delete the version, or raise ContendedError if the record has changed since it was read.

        The intent is opened with the deletion.
        """

    def close_intent(self, name: str, intent: Intent) -> None:
        """Remove an intent whose objects have been deleted."""

    def hide(
        self, record: Record, now: datetime, event: AuditEvent, stored_answer: StoredAnswer | None
    ) -> None:
        """Make the record invisible and mark its versions for purging.

        Its counts, generations, revision and intents remain. Raises ContendedError if the record
        has changed since it was read.
        """

    def purgeable(self, name: str, artifact_type: str, upto: int) -> tuple[Version, ...]:
        """Return some of the versions numbered up to `upto`; none if there are no more."""

    def forget(self, name: str, versions: Sequence[Version]) -> None:
        """Delete versions that are no longer visible; any that remain stay `purgeable`."""

    def clear_purge_mark(self, name: str, artifact_type: str, upto: int) -> None:
        """Clear the purge mark, unless another delete has raised it."""


class ObjectRemover(Protocol):
    """Deletes from the object store. Failures are raised as S3_ERROR."""

    def remove(self, files: Collection[File]) -> None:
        """Delete exactly the object versions that the files pin, if they still exist."""


@dataclass(frozen=True, slots=True)
class Purger:
    """Removes the versions of deleted models: objects first, then the items that refer to them."""

    table: Table
    deletions: Deletions
    objects: ObjectRemover
    now: Clock = utc_now

    def purge(self, name: str, until: datetime) -> bool:
        """Purge a name until `until`; return whether nothing is left to purge.

        Repeated and concurrent calls are harmless: a version above the purge mark never shares an
        object with one below it.
        """
        record = self.table.record(name)
        if record is None:
            return True
        for artifact_type, upto in record.purges.items():
            while versions := self.deletions.purgeable(name, artifact_type, upto):
                self.objects.remove([file for version in versions for file in version.files])
                self.deletions.forget(name, versions)
                if self.now() >= until:
                    return False
            self.deletions.clear_purge_mark(name, artifact_type, upto)
        return True


@dataclass(frozen=True, slots=True)
class ModelDeleter:
    """Deletes models: hides them with one write, then purges as much as time allows.

    `report` receives the error that stopped the purge; the sweep finishes it.
    """

    table: Table
    deletions: Deletions
    purger: Purger
    call: Call
    report: Callable[[Exception], None]

    def delete(
        self, name: str, revisions: Revisions, make_answer: AnswerMaker[None] | None = None
    ) -> None:
        """Delete the record, its versions and their objects; the sweep finishes what takes longer.

        Repeating a delete that was interrupted finishes it.

        Raises:
            RegistryError: INVALID_NAME, MODEL_NOT_FOUND, PRECONDITION_FAILED, CONFLICT.
        """
        names.model_name(name)

        def attempt(record: Record | None) -> None:
            if record is None or not (record.visible or record.purges):
                raise ModelNotFoundError(f"There is no model named {name}")
            if record.visible:
                check_revision(record, revisions)
            now = self.call.now()
            event = self.call.event(Operation(Action.DELETE_MODEL, name), now)
            self.deletions.hide(record, now, event, make_answer(None) if make_answer else None)

        read_and_retry(lambda: self.table.record(name), attempt, self.call.pause)
        try:
            self.purger.purge(name, self.call.now() + timedelta(seconds=SWEEP_NOW_SECONDS))
        except RegistryError as error:
            # The model is deleted whatever happens now: the sweep purges the rest.
            self.report(error)


_VERSIONS_PER_PAGE: Final = 100


@dataclass(frozen=True, slots=True)
class VersionDeleter:
    """Deletes versions in one transaction, then the objects that no other version uses.

    `report` receives the error that stopped the removal of objects; the sweep finishes it.
    """

    table: Table
    listings: Listings
    deletions: Deletions
    objects: ObjectRemover
    call: Call
    report: Callable[[Exception], None]

    def delete(
        self,
        artifact_type: str,
        name: str,
        number: int,
        make_answer: AnswerMaker[None] | None = None,
    ) -> None:
        """Delete a version permanently; its number is never reused.

        Raises:
            RegistryError: INVALID_ARTIFACT_TYPE, INVALID_NAME, MODEL_NOT_FOUND, ARTIFACT_NOT_FOUND,
                VERSION_NOT_FOUND; CONFLICT while an alias points to it.
        """
        names.artifact_type(artifact_type)
        names.model_name(name)

        def attempt(found: tuple[Record | None, Version | None]) -> VersionRemoval:
            record = record_of_type(found[0], artifact_type, name)
            version = _deletable(record, found[1], artifact_type, number)
            removal = self._removal(record, version, make_answer(None) if make_answer else None)
            self.deletions.delete_version(removal)
            return removal

        def read() -> tuple[Record | None, Version | None]:
            return self.table.record_and_version(name, artifact_type, number)

        removal = read_and_retry(read, attempt, self.call.pause)
        try:
            self._remove_objects(removal)
        except RegistryError as error:
            # The version is deleted whatever happens now: the sweep acts on the intent.
            self.report(error)

    def _removal(
        self, record: Record, version: Version, stored_answer: StoredAnswer | None
    ) -> VersionRemoval:
        now = self.call.now()
        operation = Operation.on_version(Action.DELETE_VERSION, record.model.name, version)
        return VersionRemoval(
            record=record,
            version=version,
            previous=self._previous(record, version),
            intent=Intent(
                upload_id=self.call.new_id(),
                keys=tuple(dict.fromkeys(file.s3_key for file in version.files)),
                expires_at=int(now.timestamp()),
            ),
            event=self.call.event(operation, now),
            stored_answer=stored_answer,
        )

    def _previous(self, record: Record, version: Version) -> Version | None:
        """Return the version that becomes the newest, if this one is and there is another."""
        kind = version.artifact_type
        if record.heads[kind].number != version.number:
            return None
        page = self.listings.versions(
            record.model.name,
            kind,
            above=record.purges.get(kind, 0),
            below=version.number,
            limit=1,
        )
        return next(iter(page.items), None)

    def _remove_objects(self, removal: VersionRemoval) -> None:
        """Remove the objects that no version uses, unless finding them takes too long."""
        name, version = removal.record.model.name, removal.version
        until = self.call.now() + timedelta(seconds=SWEEP_NOW_SECONDS)
        unused = {file.s3_key: file for file in version.files}
        below: int | None = None
        more = True
        while more:
            if self.call.now() >= until:
                return
            page = self.listings.versions(
                name,
                version.artifact_type,
                above=removal.record.purges.get(version.artifact_type, 0),
                below=below,
                limit=_VERSIONS_PER_PAGE,
            )
            for other in page.items:
                for file in other.files:
                    unused.pop(file.s3_key, None)
                below = other.number
            more = page.more
        if unused:
            self.objects.remove(unused.values())
        self.deletions.close_intent(name, removal.intent)


def _deletable(record: Record, version: Version | None, artifact_type: str, number: int) -> Version:
    if version is None or record.gone(artifact_type, number):
        raise VersionNotFoundError(f"This artifact has no version {number}")
    if aliases := record.aliases_of(artifact_type, number):
        raise ConflictError(
            f"Aliases still point to this version: {', '.join(aliases)}; move or remove them first",
            aliases=list(aliases),
        )
    return version
