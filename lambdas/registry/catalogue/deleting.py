"""Use cases: delete a model or a version, and finish what a delete left."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from lambdas.contract.limits import SWEEP_NOW_SECONDS
from lambdas.registry import names
from lambdas.registry.call import Call, utc_now
from lambdas.registry.catalogue.ports import Deletions, Listings, Removal, Removals
from lambdas.registry.clock import Clock
from lambdas.registry.errors import (
    ConflictError,
    ModelNotFoundError,
    RegistryError,
    VersionNotFoundError,
)
from lambdas.registry.lookup import Revisions, expect, of_type
from lambdas.registry.model import Record
from lambdas.registry.operation import Action, Operation
from lambdas.registry.ports import AnswerMaker, Intent, StoredAnswer, Table
from lambdas.registry.retry import read_and_retry
from lambdas.registry.version import Version


@dataclass(frozen=True, slots=True)
class Purger:
    """Removes what deleted models left: objects first, then the versions that name them."""

    table: Table
    deletions: Deletions
    objects: Removals
    now: Clock = utc_now

    def purge(self, name: str, until: datetime) -> bool:
        """Purge a name; return whether nothing is left, which `until` may prevent.

        Calling it again, or twice at a time, does no harm: a version above the purge mark never
        shares an object with one below it.
        """
        record = self.table.record(name)
        if record is None:
            return True
        for artifact_type, upto in record.purges.items():
            while versions := self.deletions.doomed(name, artifact_type, upto):
                self.objects.remove([file for version in versions for file in version.files])
                self.deletions.forget(name, versions)
                if self.now() >= until:
                    return False
            self.deletions.purged(name, artifact_type, upto)
        return True


@dataclass(frozen=True, slots=True)
class ModelDeleter:
    """Deletes models: invisible with one write, then purged as far as the time allows.

    `report` is told of what kept it from purging, and is left to the sweep.
    """

    table: Table
    deletions: Deletions
    purger: Purger
    call: Call
    report: Callable[[Exception], None]

    def delete(
        self, name: str, revisions: Revisions, make_answer: AnswerMaker[None] | None = None
    ) -> None:
        """Delete the record, its versions and their objects; what takes longer the sweep finishes.

        Repeating a delete that died on its way finishes it.

        Raises:
            RegistryError: INVALID_NAME, MODEL_NOT_FOUND, PRECONDITION_FAILED, CONFLICT.
        """
        names.model_name(name)

        def attempt(record: Record | None) -> None:
            if record is None or not (record.visible or record.purges):
                raise ModelNotFoundError(f"There is no model named {name}")
            if record.visible:
                expect(record, revisions)
            now = self.call.now()
            event = self.call.event(Operation(Action.DELETE_MODEL, name), now)
            self.deletions.hide(record, now, event, make_answer(None) if make_answer else None)

        read_and_retry(lambda: self.table.record(name), attempt, self.call.pause)
        try:
            self.purger.purge(name, self.call.now() + timedelta(seconds=SWEEP_NOW_SECONDS))
        except RegistryError as error:
            # The model is deleted, whatever happens now: the sweep finishes what is left.
            self.report(error)


_SCANNED_AT_ONCE: Final = 100


@dataclass(frozen=True, slots=True)
class VersionDeleter:
    """Deletes versions: one transaction, then the objects that no other version uses.

    `report` is told of what kept it from removing them, and is left to the sweep.
    """

    table: Table
    listings: Listings
    deletions: Deletions
    objects: Removals
    call: Call
    report: Callable[[Exception], None]

    def delete(
        self,
        artifact_type: str,
        name: str,
        number: int,
        make_answer: AnswerMaker[None] | None = None,
    ) -> None:
        """Delete a version for good; its number is never used again.

        Raises:
            RegistryError: INVALID_ARTIFACT_TYPE, INVALID_NAME, MODEL_NOT_FOUND, ARTIFACT_NOT_FOUND,
                VERSION_NOT_FOUND; CONFLICT while an alias points at it.
        """
        names.artifact_type(artifact_type)
        names.model_name(name)

        def attempt(found: tuple[Record | None, Version | None]) -> Removal:
            record = of_type(found[0], artifact_type, name)
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
            # The version is deleted, whatever happens now: the sweep honours the intent.
            self.report(error)

    def _removal(
        self, record: Record, version: Version, stored_answer: StoredAnswer | None
    ) -> Removal:
        now = self.call.now()
        operation = Operation.on_version(Action.DELETE_VERSION, record.model.name, version)
        return Removal(
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
        """Return the version that becomes the newest, if this one was it and there is another."""
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

    def _remove_objects(self, removal: Removal) -> None:
        """Remove the objects that no version uses, unless finding that out takes too long."""
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
                limit=_SCANNED_AT_ONCE,
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
        raise VersionNotFoundError(f"There is no version {number} of this artifact")
    if aliases := record.aliases_of(artifact_type, number):
        raise ConflictError(
            f"The version is still named by: {', '.join(aliases)}; move or remove these aliases",
            aliases=list(aliases),
        )
    return version
