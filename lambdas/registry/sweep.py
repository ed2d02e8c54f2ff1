"""Use case: the sweep, which removes what ended uploads, sessions and deletes left behind."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, Protocol

from lambdas.contract.limits import ARTIFACT_TYPES
from lambdas.registry.call import utc_now
from lambdas.registry.clock import Clock
from lambdas.registry.ports import ContendedError, Intent
from lambdas.registry.uploads.ports import CommittedFiles, Leftovers, SessionTable
from lambdas.registry.uploads.session import State
from lambdas.registry.uploads.storage import remove_leftovers

_MAX_INTENTS_PER_VISIT: Final = 100
"""DynamoDB limits the length of an update, and with it the intents that a visit can remove."""


@dataclass(frozen=True, slots=True)
class Due:
    """An item due for the sweep: a record, an upload session, or a version.

    A version, given by artifact type and number, has waited too long for its inspection.
    """

    name: str
    upload_id: str | None = None
    version: tuple[str, int] | None = None


@dataclass(frozen=True, slots=True)
class Intents:
    """A record's intents: those still open, and those a sweep has taken over but not finished.

    `opened` counts all intents that were ever opened, and `revision` the record's visible changes:
    together they detect concurrent writes. `bare` is whether nothing was ever committed under the
    name, `purging` whether deleted versions are still to be purged.
    """

    open: tuple[Intent, ...]
    taken: tuple[Intent, ...]
    opened: int
    revision: int
    bare: bool
    purging: bool


class SweepTable(Protocol):
    """The record store as the sweep uses it."""

    def due(self, now: int) -> Iterator[Due]:
        """Yield the items due at `now` (Unix seconds), the longest overdue first."""

    def intents(self, name: str) -> Intents | None:
        """Return a record's intents, or None if there is no record."""

    def take_over(self, name: str, intent: Intent) -> None:
        """Take an open intent away from its upload; raise ContendedError if it has just ended."""

    def finish_visit(
        self, name: str, before: Intents, removed: tuple[Intent, ...], next_at: int | None
    ) -> None:
        """Forget the removed intents, and schedule the next visit at `next_at` (Unix seconds).

        A bare record without a next visit is deleted. Raises ContendedError if an intent has been
        opened, or the record has changed, since `before` was read.
        """


@dataclass(frozen=True, slots=True)
class SweepResult:
    """What one pass did: the number of items swept and failed, and whether time ran out."""

    swept: int = 0
    failed: int = 0
    unfinished: bool = False


@dataclass(frozen=True, slots=True)
class Sweeper:
    """Visits due items; safe to run repeatedly and in several processes at once.

    Whatever it removes is first made unusable, in a way that a later pass finds again if this one
    dies. `follow_up` takes the name, artifact type and number of a version whose inspection never
    ran. `purge` removes a name's deleted versions and returns whether all are gone; `has_time`
    returns whether there is time for another item; `report` receives failures.
    """

    table: SweepTable
    sessions: SessionTable
    committed: CommittedFiles
    leftovers: Leftovers
    purge: Callable[[str], bool]
    follow_up: Callable[[str, str, int], None]
    has_time: Callable[[], bool]
    report: Callable[[Due, Exception], None]
    now: Clock = utc_now

    def sweep(self) -> SweepResult:
        """Make one pass; an item that fails is reported and stays due, and the pass goes on.

        Raises:
            RegistryError: DYNAMODB_ERROR, THROTTLED if the due items cannot be listed.
        """
        swept = failed = 0
        for due in self.table.due(self._seconds()):
            if not self.has_time():
                return SweepResult(swept, failed, unfinished=True)
            try:
                self._visit(due)
                swept += 1
            except Exception as error:  # noqa: BLE001 - one broken item must not stop the rest
                self.report(due, error)
                failed += 1
        return SweepResult(swept, failed)

    def _visit(self, due: Due) -> None:
        try:
            if due.version is not None:
                self.follow_up(due.name, *due.version)
            elif due.upload_id is None:
                self._visit_record(due.name)
            else:
                self._visit_session(due.upload_id)
        except ContendedError:
            return  # another process is working on it: it stays due for the next pass

    def _visit_session(self, upload_id: str) -> None:
        session = self.sessions.session(upload_id)
        if session is None:
            return
        if session.state is State.OPEN:
            self.sessions.abort(session, self._seconds())
        # Only a completed session can have keys in use, by its own version or a later one.
        done = session.state is State.DONE
        used = self._used(session.name, session.artifact_type) if done else frozenset()
        remove_leftovers(self.leftovers, session, used=used)
        self.sessions.forget(upload_id)

    def _visit_record(self, name: str) -> None:
        before = self.table.intents(name)
        if before is None or (before.purging and not self.purge(name)):
            return
        overdue = [intent for intent in before.open if intent.expires_at <= self._seconds()]
        removed = (*before.taken, *overdue)[:_MAX_INTENTS_PER_VISIT]
        for intent in overdue:
            if intent in removed:
                self.table.take_over(name, intent)
        if removed:
            self._remove(name, removed)
        later = [intent for intent in (*before.open, *before.taken) if intent not in removed]
        next_at = min((intent.expires_at for intent in later), default=None)
        self.table.finish_visit(name, before, removed, next_at)

    def _remove(self, name: str, intents: tuple[Intent, ...]) -> None:
        used = frozenset().union(*(self._used(name, kind) for kind in ARTIFACT_TYPES))
        self.leftovers.remove_objects(
            key for intent in intents for key in intent.keys if key not in used
        )

    def _used(self, name: str, artifact_type: str) -> frozenset[str]:
        return frozenset(
            file.s3_key
            for _, files in self.committed.by_version(name, artifact_type)
            for file in files
        )

    def _seconds(self) -> int:
        return int(self.now().timestamp())
