"""Use cases: inspect versions, request inspections, and follow up on those that never ran."""

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

_MAX_ATTEMPTS: Final = 12
"""How many inspections may begin without ending: three rounds of what the stream repeats."""
INSPECTION_FAILED: Final = "inspection-failed"
"""The rule of the finding that says that every attempt failed."""
_MODELS_PER_PAGE: Final = 50


@dataclass(frozen=True, slots=True)
class Target:
    """One version, by name, artifact type and number."""

    name: str
    artifact_type: str
    number: int


@dataclass(frozen=True, slots=True)
class DueVersion:
    """A version waiting to be inspected; `mark` identifies the inspection request.

    `attempts` is how many inspections have begun and not ended.
    """

    version: Version
    mark: str
    attempts: int


@dataclass(frozen=True, slots=True)
class InspectionRequest:
    """A request to inspect a version; the sweep follows up at `sweep_at` (Unix seconds).

    `again` repeats the request for a version that is already waiting. `event` is stored with the
    request.
    """

    mark: str
    sweep_at: int
    again: bool = False
    event: AuditEvent | None = None


@dataclass(frozen=True, slots=True)
class Progress:
    """How far reinspection under these rules has come; `after` is the last name processed."""

    rules: str
    after: str = ""
    done: bool = False


class Inspections(Protocol):
    """The record store as inspections use it. Reads are consistent."""

    def due(self, target: Target) -> DueVersion | None:
        """Return a version if it is waiting to be inspected, else None."""

    def request(self, target: Target, request: InspectionRequest) -> bool:
        """Mark a version as waiting to be inspected; return whether the mark was set.

        It is not set for a version that is gone, nor for one that is waiting already, unless the
        request is made `again`: a new mark would keep the inspection under way from concluding.
        Raises ContendedError if another writer changed the version at the same moment.
        """

    def count_attempt(self, target: Target, due: DueVersion) -> None:
        """Store that another inspection has begun, unless the version is waiting no longer."""

    def withdraw(self, target: Target, due: DueVersion) -> None:
        """Remove the request, unless it was made anew; the present verdict stands."""

    def conclude(
        self,
        target: Target,
        due: DueVersion,
        record: Record | None,
        license_name: str | None,
        *,
        ended: bool,
    ) -> None:
        """Store the version's inspection; raise ContendedError if version or record has changed.

        The version goes on waiting unless the inspection has `ended`.

        The record shows it too if the version is the newest of its type. Its revision grows in any
        case, so that a concurrent writer that read the previous inspection has to read again.
        """

    def outdated(self, name: str, artifact_type: str, rules: str) -> Iterator[int]:
        """Yield the numbers of versions whose verdict comes from other rules than these."""

    def progress(self) -> Progress | None:
        """Return the progress of the latest reinspection."""

    def save_progress(self, progress: Progress) -> None:
        """Store the progress of a reinspection."""


Examine = Callable[[Version, Callable[[Inspection], None]], Inspection]
"""Inspects a version's files, and passes on what it knows at the first sign of danger."""


@dataclass(frozen=True, slots=True)
class Inspector:
    """Inspects waiting versions; repeating an inspection has the same outcome.

    No failure improves a verdict: danger is stored as soon as it is found, and a later failure
    leaves the version with the verdict it has, or pending and not served.
    """

    table: Table
    inspections: Inspections
    examine: Examine
    pause: Pause = time.sleep

    def inspect(self, target: Target) -> Inspection | None:
        """Inspect a version and store the verdict; return None if it is not waiting for one.

        Raises:
            Exception: Whatever `examine` raises if it cannot read the bytes; the caller retries.
        """
        due = self.inspections.due(target)
        if due is None:
            return None
        self.inspections.count_attempt(target, due)

        def on_danger(inspection: Inspection) -> None:
            self._store(target, due, inspection, ended=False)

        return self._store(target, due, self.examine(due.version, on_danger), ended=True)

    def give_up(self, target: Target) -> None:
        """Stop trying: an existing verdict stands; a version without one stays unserved."""
        due = self.inspections.due(target)
        if due is None:
            return
        if due.version.inspection.verdict is not Verdict.PENDING:
            self.inspections.withdraw(target, due)
            return
        what = f"{INSPECTION_FAILED}: every attempt failed"
        finding = Finding("", what, "", "inconclusive", INSPECTION_FAILED, "Request a rescan.")
        failed = Inspection(findings=(finding,), bytes_total=due.version.size)
        self._store(target, due, failed, ended=True)

    def _store(
        self, target: Target, due: DueVersion, inspection: Inspection, *, ended: bool
    ) -> Inspection | None:
        inspected = replace(due, version=replace(due.version, inspection=inspection))

        def attempt(record: Record | None) -> Inspection | None:
            license_name = found_license(record, inspected.version) if record else None
            try:
                self.inspections.conclude(target, inspected, record, license_name, ended=ended)
            except ContendedError:
                now = self.inspections.due(target)
                if now is None or now.mark != due.mark:
                    return None  # it was deleted, or a newer request will conclude
                raise
            return inspection

        return read_and_retry(lambda: self.table.record(target.name), attempt, self.pause)


@dataclass(frozen=True, slots=True)
class InspectionRequests:
    """Requests inspections; the present verdict applies until there is a new one."""

    table: Table
    inspections: Inspections
    call: Call

    def rescan(self, artifact_type: str, name: str, selector: str) -> Version:
        """Request another inspection of a version; return the version as it is now.

        Raises:
            RegistryError: As `Finder.find`; CONFLICT, DYNAMODB_ERROR.
        """
        found = Finder(self.table).find(artifact_type, name, selector)
        operation = Operation.on_version(Action.RESCAN, name, found.version)
        event = self.call.event(operation)
        self.request(Target(name, artifact_type, found.version.number), event=event)
        return found.version

    def follow_up(self, target: Target, inspector: Inspector) -> None:
        """Repeat the request for a version that has waited too long, or give up in the end."""
        due = self.inspections.due(target)
        if due is None:
            return
        if due.attempts >= _MAX_ATTEMPTS:
            inspector.give_up(target)
        else:
            self.request(target, again=True)

    def request(
        self, target: Target, *, again: bool = False, event: AuditEvent | None = None
    ) -> None:
        """Mark a version as waiting to be inspected; `again` does so though it is waiting."""
        sweep_at = self.call.now_seconds + INSPECTION_GRACE_SECONDS
        request = InspectionRequest(self.call.new_id(), sweep_at, again, event)
        retry(lambda: self.inspections.request(target, request), self.call.pause)


@dataclass(frozen=True, slots=True)
class Reinspection:
    """Requests an inspection of every version that was last judged by outdated rules."""

    listings: Listings
    inspections: Inspections
    requests: InspectionRequests
    has_time: Callable[[], bool]

    def advance(self, rules: str) -> int:
        """Continue where the last pass stopped; return how many inspections were requested."""
        progress = self.inspections.progress()
        if progress is None or progress.rules != rules:
            progress = Progress(rules)
        requested = 0
        while not progress.done and self.has_time():
            page = self.listings.models(KeyRange(""), progress.after, _MODELS_PER_PAGE)
            for listed in page.items:
                requested += self._request_outdated(listed.name, rules)
            after = page.items[-1].name if page.items else progress.after
            progress = Progress(rules, after, done=not page.more)
            self.inspections.save_progress(progress)
        return requested

    def _request_outdated(self, name: str, rules: str) -> int:
        requested = 0
        for kind in ARTIFACT_TYPES:
            for number in self.inspections.outdated(name, kind, rules):
                self.requests.request(Target(name, kind, number))
                requested += 1
        return requested
