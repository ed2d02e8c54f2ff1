"""Use cases: inspect what is due, ask for another inspection, and never forget one."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Final, Protocol

from lambdas.contract.limits import ARTIFACT_TYPES, INSPECTION_GRACE_SECONDS
from lambdas.registry.access import KeyRange
from lambdas.registry.audit import AuditEvent
from lambdas.registry.call import Call
from lambdas.registry.catalogue.ports import Listings
from lambdas.registry.download import Finder
from lambdas.registry.model import Record, found_license
from lambdas.registry.operation import Action, Operation
from lambdas.registry.ports import ContendedError, Table
from lambdas.registry.retry import Pause, read_and_retry, retry
from lambdas.registry.verdict import Finding, Inspection, Verdict
from lambdas.registry.version import Version

_MOST_ATTEMPTS: Final = 3
_MODELS_AT_ONCE: Final = 50


@dataclass(frozen=True, slots=True)
class Target:
    """One version, by name, artifact type and number."""

    name: str
    artifact_type: str
    number: int


@dataclass(frozen=True, slots=True)
class DueVersion:
    """A version that waits for its inspection; `mark` names the request for it.

    `attempts` counts how often the clean-up had to ask again.
    """

    version: Version
    mark: str
    attempts: int


@dataclass(frozen=True, slots=True)
class InspectionRequest:
    """That a version shall be inspected; the clean-up sees to it at `sweep_at` (Unix seconds).

    `again` counts an attempt, and is for a version that waits already. `event` is kept with it.
    """

    mark: str
    sweep_at: int
    again: bool = False
    event: AuditEvent | None = None


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the registry was inspected again by some rules; `after` is the last name seen to."""

    rules: str
    after: str = ""
    done: bool = False


class Inspections(Protocol):
    """What inspections need of the record store. Reads are consistent."""

    def due(self, target: Target) -> DueVersion | None:
        """Return a version that waits for its inspection."""

    def ask(self, target: Target, request: InspectionRequest) -> bool:
        """Let a version wait for an inspection; return whether there is such a version.

        Raises ContendedError when somebody else was at it at the same moment.
        """

    def conclude(
        self, target: Target, due: DueVersion, record: Record | None, license_name: str | None
    ) -> None:
        """Keep the version's inspection; raise ContendedError when version or record changed.

        The record shows it too when the version is its type's newest, and counts it as a change in
        any case, so that whoever read an earlier inspection to show it reads again.
        """

    def outdated(self, name: str, artifact_type: str, rules: str) -> Iterator[int]:
        """Yield the numbers of versions that other rules than these have judged."""

    def progress(self) -> Progress | None:
        """Return how far the last change of rules has come."""

    def note_progress(self, progress: Progress) -> None:
        """Keep it."""


@dataclass(frozen=True, slots=True)
class Inspector:
    """Inspects versions that wait for it; as often as it is asked, with the same outcome."""

    table: Table
    inspections: Inspections
    examine: Callable[[Version], Inspection]
    pause: Pause = time.sleep

    def inspect(self, target: Target) -> Inspection | None:
        """Inspect a version and keep the verdict; None when it does not wait for that (any more).

        Raises:
            Exception: whatever `examine` raises when bytes could not be read: try again.
        """
        due = self.inspections.due(target)
        if due is None:
            return None
        return self._conclude(target, due, self.examine(due.version))

    def give_up(self, target: Target) -> Inspection | None:
        """Conclude that a version cannot be inspected: it is inconclusive, never clean."""
        due = self.inspections.due(target)
        if due is None:
            return None
        finding = Finding("", "inspection-failed: it was tried several times", "", "inconclusive")
        total = due.version.size
        return self._conclude(
            target, due, Inspection(Verdict.INCONCLUSIVE, (finding,), bytes_total=total)
        )

    def _conclude(
        self, target: Target, due: DueVersion, inspection: Inspection
    ) -> Inspection | None:
        inspected = replace(due, version=replace(due.version, inspection=inspection))

        def attempt(record: Record | None) -> Inspection | None:
            license_name = found_license(record, inspected.version) if record else None
            try:
                self.inspections.conclude(target, inspected, record, license_name)
            except ContendedError:
                now = self.inspections.due(target)
                if now is None or now.mark != due.mark:
                    return None  # it is gone, or somebody asked anew and will conclude
                raise
            return inspection

        return read_and_retry(lambda: self.table.record(target.name), attempt, self.pause)


@dataclass(frozen=True, slots=True)
class InspectionRequests:
    """Asks for inspections; what stands so far is served until the new verdict is there."""

    table: Table
    inspections: Inspections
    call: Call

    def rescan(self, artifact_type: str, name: str, selector: str) -> Version:
        """Ask for another inspection of a version; return it as it is now.

        Raises:
            RegistryError: as `Finder.find` does.
        """
        found = Finder(self.table).find(artifact_type, name, selector)
        operation = Operation.on_version(Action.RESCAN, name, found.version)
        event = self.call.event(operation)
        self.ask(Target(name, artifact_type, found.version.number), event=event)
        return found.version

    def ask_again(self, target: Target, inspector: Inspector) -> None:
        """See to a version that waits too long: ask again, or give up after some attempts."""
        due = self.inspections.due(target)
        if due is None:
            return
        if due.attempts >= _MOST_ATTEMPTS:
            inspector.give_up(target)
        else:
            self.ask(target, again=True)

    def ask(self, target: Target, *, again: bool = False, event: AuditEvent | None = None) -> None:
        """Let a version wait for an inspection; `again` counts an attempt."""
        sweep_at = self.call.now_seconds + INSPECTION_GRACE_SECONDS
        request = InspectionRequest(self.call.new_id(), sweep_at, again, event)
        retry(lambda: self.inspections.ask(target, request), self.call.pause)


@dataclass(frozen=True, slots=True)
class Reinspection:
    """Asks for an inspection of every version that other rules than today's have judged."""

    listings: Listings
    inspections: Inspections
    requests: InspectionRequests
    has_time: Callable[[], bool]

    def advance(self, rules: str) -> int:
        """Go on where the last pass stopped; return how many versions were asked for."""
        progress = self.inspections.progress()
        if progress is None or progress.rules != rules:
            progress = Progress(rules)
        asked = 0
        while not progress.done and self.has_time():
            page = self.listings.models(KeyRange(""), progress.after, _MODELS_AT_ONCE)
            for listed in page.items:
                asked += sum(1 for _ in self._ask_for(listed.name, rules))
            after = page.items[-1].name if page.items else progress.after
            progress = Progress(rules, after, done=not page.more)
            self.inspections.note_progress(progress)
        return asked

    def _ask_for(self, name: str, rules: str) -> Iterator[Target]:
        for kind in ARTIFACT_TYPES:
            for number in self.inspections.outdated(name, kind, rules):
                target = Target(name, kind, number)
                self.requests.ask(target)
                yield target
