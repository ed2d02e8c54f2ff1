"""Use cases: point an alias at a version, and remove it."""

from dataclasses import dataclass

from lambdas.contract import MAX_ALIASES
from lambdas.registry import names
from lambdas.registry.audit import Action, Deed, Scribe
from lambdas.registry.catalogue_ports import Alias, Edits
from lambdas.registry.errors import ConflictError, VersionNotFoundError
from lambdas.registry.lookup import of_type
from lambdas.registry.model import Record
from lambdas.registry.ports import Clock, Once, Table
from lambdas.registry.retry import Pause, settle
from lambdas.registry.version import Version


@dataclass(frozen=True, slots=True)
class Aliases:
    """Moves aliases in two calls: read, and write what was read.

    A version cannot vanish in between, since its delete changes the record too.
    """

    table: Table
    edits: Edits
    now: Clock
    pause: Pause
    scribe: Scribe

    def point(self, alias: Alias, number: int, once: Once[None] | None = None) -> None:
        """Point the alias at a version, wherever it pointed before.

        Raises:
            RegistryError: INVALID_ARTIFACT_TYPE, INVALID_NAME, INVALID_REQUEST, MODEL_NOT_FOUND,
                ARTIFACT_NOT_FOUND, VERSION_NOT_FOUND; CONFLICT when there are too many aliases.
        """
        _check(alias)

        def attempt(found: tuple[Record | None, Version | None]) -> None:
            record = of_type(found[0], alias.artifact_type, alias.name)
            if found[1] is None or record.gone(alias.artifact_type, number):
                raise VersionNotFoundError(f"There is no version {number} of this artifact")
            aliases = record.aliases.get(alias.artifact_type, {})
            if alias.alias not in aliases and len(aliases) >= MAX_ALIASES:
                raise ConflictError(f"An artifact has at most {MAX_ALIASES} aliases")
            marker = once(None) if once else None
            deed = Deed(
                Action.SET_ALIAS, alias.name, alias.artifact_type, number, alias=alias.alias
            )
            event = self.scribe.event(deed, self.now())
            self.edits.set_alias(record, alias, number, event, marker)

        def read() -> tuple[Record | None, Version | None]:
            return self.table.record_and_version(alias.name, alias.artifact_type, number)

        settle(read, attempt, self.pause)

    def remove(self, alias: Alias, once: Once[None] | None = None) -> None:
        """Remove the alias.

        Raises:
            RegistryError: INVALID_ARTIFACT_TYPE, INVALID_NAME, INVALID_REQUEST, MODEL_NOT_FOUND,
                ARTIFACT_NOT_FOUND, VERSION_NOT_FOUND when there is no such alias; CONFLICT.
        """
        _check(alias)

        def attempt(found: Record | None) -> None:
            record = of_type(found, alias.artifact_type, alias.name)
            number = record.aliases.get(alias.artifact_type, {}).get(alias.alias)
            if number is None:
                raise VersionNotFoundError(
                    f"No version of this artifact has the alias {alias.alias}"
                )
            marker = once(None) if once else None
            deed = Deed(
                Action.REMOVE_ALIAS, alias.name, alias.artifact_type, number, alias=alias.alias
            )
            self.edits.remove_alias(record, alias, self.scribe.event(deed, self.now()), marker)

        settle(lambda: self.table.record(alias.name), attempt, self.pause)


def _check(alias: Alias) -> None:
    names.artifact_type(alias.artifact_type)
    names.model_name(alias.name)
    names.alias(alias.alias)
