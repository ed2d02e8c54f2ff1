"""Use case: remove what ended uploads and sessions have left behind."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from lambdas.contract.limits import ARTIFACT_TYPES
from lambdas.registry.call import utc_now
from lambdas.registry.clock import Clock
from lambdas.registry.ports import ContendedError, Intent
from lambdas.registry.upkeep.ports import Due, SweepTable
from lambdas.registry.uploads.ports import History, Leftovers, SessionTable
from lambdas.registry.uploads.session import State
from lambdas.registry.uploads.storage import clean

_INTENTS_AT_ONCE: Final = 100
"""Most intents of a record that one visit removes: DynamoDB bounds the length of an update."""


@dataclass(frozen=True, slots=True)
class SweepResult:
    """What one pass did: items seen to, items that failed, and whether it ran out of time."""

    cleaned: int = 0
    failed: int = 0
    unfinished: bool = False


@dataclass(frozen=True, slots=True)
class Sweeper:
    """Visits what is due, in any number of processes at once, and as often as it takes.

    Whatever it removes is first made unusable, in a way that a later pass finds again should this
    one die. `ask_again` sees to a version, by name, artifact type and number, whose inspection did
    not come. `purge` removes a name's deleted versions, and tells whether all are gone; `has_time`
    tells whether another item may be begun; `report` is told of failures.
    """

    table: SweepTable
    sessions: SessionTable
    history: History
    leftovers: Leftovers
    purge: Callable[[str], bool]
    ask_again: Callable[[str, str, int], None]
    has_time: Callable[[], bool]
    report: Callable[[Due, Exception], None]
    now: Clock = utc_now

    def sweep(self) -> SweepResult:
        """Make one pass; an item that fails is reported, stays due, and stops nothing.

        Raises:
            RegistryError: DYNAMODB_ERROR, THROTTLED when what is due cannot be listed.
        """
        cleaned = failed = 0
        for due in self.table.due(self._seconds()):
            if not self.has_time():
                return SweepResult(cleaned, failed, unfinished=True)
            try:
                self._visit(due)
                cleaned += 1
            except Exception as error:  # noqa: BLE001 - one broken item must not stop the others
                self.report(due, error)
                failed += 1
        return SweepResult(cleaned, failed)

    def _visit(self, due: Due) -> None:
        try:
            if due.version is not None:
                self.ask_again(due.name, *due.version)
            elif due.upload_id is None:
                self._visit_record(due.name)
            else:
                self._visit_session(due.upload_id)
        except ContendedError:
            return  # somebody is busy with it: it stays due, and the next pass looks again

    def _visit_session(self, upload_id: str) -> None:
        session = self.sessions.session(upload_id)
        if session is None:
            return
        if session.state is State.OPEN:
            self.sessions.abort(session, self._seconds())
        # Only a completed session can have keys in use: by its version, or by a later one.
        done = session.state is State.DONE
        kept = self._used(session.name, session.artifact_type) if done else frozenset()
        clean(self.leftovers, session, kept=kept)
        self.sessions.forget(upload_id)

    def _visit_record(self, name: str) -> None:
        before = self.table.intents(name)
        if before is None or (before.purging and not self.purge(name)):
            return
        overdue = [intent for intent in before.open if intent.expires_at <= self._seconds()]
        removed = (*before.taken, *overdue)[:_INTENTS_AT_ONCE]
        for intent in overdue:
            if intent in removed:
                self.table.take_over(name, intent)
        if removed:
            self._remove(name, removed)
        later = [intent for intent in (*before.open, *before.taken) if intent not in removed]
        next_at = min((intent.expires_at for intent in later), default=None)
        self.table.settle(name, before, removed, next_at)

    def _remove(self, name: str, intents: tuple[Intent, ...]) -> None:
        used = frozenset().union(*(self._used(name, kind) for kind in ARTIFACT_TYPES))
        self.leftovers.remove_objects(
            key for intent in intents for key in intent.keys if key not in used
        )

    def _used(self, name: str, artifact_type: str) -> frozenset[str]:
        return frozenset(
            file.s3_key for _, files in self.history.versions(name, artifact_type) for file in files
        )

    def _seconds(self) -> int:
        return int(self.now().timestamp())
