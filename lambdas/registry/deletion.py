"""Use cases: delete a model, and finish what a delete left."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from lambdas.contract import CLEANUP_SECONDS
from lambdas.registry import names
from lambdas.registry.audit import Action, Deed, Scribe
from lambdas.registry.catalogue_ports import Deletions, Removals
from lambdas.registry.errors import ModelNotFoundError, RegistryError
from lambdas.registry.lookup import Revisions, expect
from lambdas.registry.model import Record
from lambdas.registry.ports import Clock, Once, Table
from lambdas.registry.retry import Pause, settle


@dataclass(frozen=True, slots=True)
class Purger:
    """Removes what deleted models left: objects first, then the versions that name them."""

    table: Table
    deletions: Deletions
    objects: Removals
    now: Clock

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
    now: Clock
    pause: Pause
    scribe: Scribe
    report: Callable[[Exception], None]

    def delete(self, name: str, revisions: Revisions, once: Once[None] | None = None) -> None:
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
            now = self.now()
            event = self.scribe.event(Deed(Action.DELETE_MODEL, name), now)
            self.deletions.hide(record, now, event, once(None) if once else None)

        settle(lambda: self.table.record(name), attempt, self.pause)
        try:
            self.purger.purge(name, self.now() + timedelta(seconds=CLEANUP_SECONDS))
        except RegistryError as error:
            # The model is deleted, whatever happens now: the sweep finishes what is left.
            self.report(error)
