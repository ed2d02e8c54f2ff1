"""Use case: delete one version."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from lambdas.contract import CLEANUP_SECONDS
from lambdas.registry import names
from lambdas.registry.audit import Action, Deed, Scribe
from lambdas.registry.catalogue_ports import Deletions, Listings, Removal, Removals
from lambdas.registry.errors import ConflictError, RegistryError, VersionNotFoundError
from lambdas.registry.lookup import of_type
from lambdas.registry.model import Record
from lambdas.registry.ports import Clock, Intent, Marker, Once, Table
from lambdas.registry.retry import Pause, settle
from lambdas.registry.version import Version

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
    now: Clock
    new_id: Callable[[], str]
    pause: Pause
    scribe: Scribe
    report: Callable[[Exception], None]

    def delete(
        self, artifact_type: str, name: str, number: int, once: Once[None] | None = None
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
            removal = self._removal(record, version, once(None) if once else None)
            self.deletions.delete_version(removal)
            return removal

        def read() -> tuple[Record | None, Version | None]:
            return self.table.record_and_version(name, artifact_type, number)

        removal = settle(read, attempt, self.pause)
        try:
            self._remove_objects(removal)
        except RegistryError as error:
            # The version is deleted, whatever happens now: the sweep honours the intent.
            self.report(error)

    def _removal(self, record: Record, version: Version, marker: Marker | None) -> Removal:
        now = self.now()
        deed = Deed.on_version(Action.DELETE_VERSION, record.model.name, version)
        return Removal(
            record=record,
            version=version,
            previous=self._previous(record, version),
            intent=Intent(
                upload_id=self.new_id(),
                keys=tuple(dict.fromkeys(file.s3_key for file in version.files)),
                expires_at=int(now.timestamp()),
            ),
            event=self.scribe.event(deed, now),
            marker=marker,
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
        until = self.now() + timedelta(seconds=CLEANUP_SECONDS)
        unused = {file.s3_key: file for file in version.files}
        below: int | None = None
        more = True
        while more:
            if self.now() >= until:
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
