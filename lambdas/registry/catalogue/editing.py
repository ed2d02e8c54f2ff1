"""Use cases: edit a model's metadata, and point its aliases at versions."""

from dataclasses import dataclass, replace
from typing import Final

from lambdas.contract.limits import (
    MAX_ALIASES,
    MAX_DESCRIPTION_CHARS,
    MAX_LICENSE_CHARS,
    MAX_TAG_CHARS,
    MAX_TAG_KEY_CHARS,
    MAX_TAGS,
)
from lambdas.registry import names
from lambdas.registry.call import Call
from lambdas.registry.catalogue.ports import Alias, Edit, Edits
from lambdas.registry.errors import (
    ConflictError,
    InvalidRequestError,
    VersionNotFoundError,
)
from lambdas.registry.lookup import Revisions, existing, expect, of_type
from lambdas.registry.model import UNKNOWN_LICENSE, Record
from lambdas.registry.operation import Action, Operation
from lambdas.registry.ports import AnswerMaker, Table
from lambdas.registry.retry import read_and_retry
from lambdas.registry.version import Version

_NOTHING: Final = Edit()


@dataclass(frozen=True, slots=True)
class Editor:
    """Changes a record's words in two calls: read, and write what was read."""

    table: Table
    edits: Edits
    call: Call

    def edit(
        self,
        name: str,
        edit: Edit,
        revisions: Revisions,
        make_answer: AnswerMaker[Record] | None = None,
    ) -> Record:
        """Return the record as it is after the edit.

        Raises:
            RegistryError: INVALID_NAME, INVALID_REQUEST before anything is read; MODEL_NOT_FOUND,
                PRECONDITION_FAILED when the record is at none of the revisions; CONFLICT.
        """
        names.model_name(name)
        _check_edit(edit)
        if edit.license == "":
            edit = replace(edit, license=UNKNOWN_LICENSE)

        def attempt(found: Record | None) -> Record:
            record = existing(found, name)
            expect(record, revisions)
            event = self.call.event(Operation(Action.EDIT, name))
            edited = _edited(record, edit, event.at)
            self.edits.edit(record, edit, event, make_answer(edited) if make_answer else None)
            return edited

        return read_and_retry(lambda: self.table.record(name), attempt, self.call.pause)


def _check_edit(edit: Edit) -> None:
    if edit == _NOTHING:
        raise InvalidRequestError("The body changes nothing", field="body")
    names.free_text(edit.license or "", field="license", max_chars=MAX_LICENSE_CHARS)
    names.free_text(edit.description or "", field="description", max_chars=MAX_DESCRIPTION_CHARS)
    tags = edit.tags or {}
    if len(tags) > MAX_TAGS:
        raise InvalidRequestError(f"A model has at most {MAX_TAGS} tags", field="tags")
    for tag, value in tags.items():
        if not tag:
            raise InvalidRequestError("A tag's name is not empty", field="tags")
        names.free_text(tag, field="tags", max_chars=MAX_TAG_KEY_CHARS)
        names.free_text(value, field="tags", max_chars=MAX_TAG_CHARS)


def _edited(record: Record, edit: Edit, now: str) -> Record:
    """Return the record as the edit leaves it."""
    license_name = record.model.license if edit.license is None else edit.license
    return replace(
        record,
        model=replace(record.model, license=license_name),
        description=record.description if edit.description is None else edit.description,
        tags=record.tags if edit.tags is None else edit.tags,
        updated_at=now,
        revision=record.revision + 1,
    )


@dataclass(frozen=True, slots=True)
class Aliases:
    """Moves aliases in two calls: read, and write what was read.

    A version cannot vanish in between, since its delete changes the record too.
    """

    table: Table
    edits: Edits
    call: Call

    def point(
        self, alias: Alias, number: int, make_answer: AnswerMaker[None] | None = None
    ) -> None:
        """Point the alias at a version, wherever it pointed before.

        Raises:
            RegistryError: INVALID_ARTIFACT_TYPE, INVALID_NAME, INVALID_REQUEST, MODEL_NOT_FOUND,
                ARTIFACT_NOT_FOUND, VERSION_NOT_FOUND; CONFLICT when there are too many aliases.
        """
        _check_alias(alias)

        def attempt(found: tuple[Record | None, Version | None]) -> None:
            record = of_type(found[0], alias.artifact_type, alias.name)
            if found[1] is None or record.gone(alias.artifact_type, number):
                raise VersionNotFoundError(f"There is no version {number} of this artifact")
            aliases = record.aliases.get(alias.artifact_type, {})
            if alias.alias not in aliases and len(aliases) >= MAX_ALIASES:
                raise ConflictError(f"An artifact has at most {MAX_ALIASES} aliases")
            stored_answer = make_answer(None) if make_answer else None
            operation = Operation(
                Action.SET_ALIAS, alias.name, alias.artifact_type, number, alias=alias.alias
            )
            event = self.call.event(operation)
            self.edits.set_alias(record, alias, number, event, stored_answer)

        def read() -> tuple[Record | None, Version | None]:
            return self.table.record_and_version(alias.name, alias.artifact_type, number)

        read_and_retry(read, attempt, self.call.pause)

    def remove(self, alias: Alias, make_answer: AnswerMaker[None] | None = None) -> None:
        """Remove the alias.

        Raises:
            RegistryError: INVALID_ARTIFACT_TYPE, INVALID_NAME, INVALID_REQUEST, MODEL_NOT_FOUND,
                ARTIFACT_NOT_FOUND, VERSION_NOT_FOUND when there is no such alias; CONFLICT.
        """
        _check_alias(alias)

        def attempt(found: Record | None) -> None:
            record = of_type(found, alias.artifact_type, alias.name)
            number = record.aliases.get(alias.artifact_type, {}).get(alias.alias)
            if number is None:
                raise VersionNotFoundError(
                    f"No version of this artifact has the alias {alias.alias}"
                )
            stored_answer = make_answer(None) if make_answer else None
            operation = Operation(
                Action.REMOVE_ALIAS, alias.name, alias.artifact_type, number, alias=alias.alias
            )
            self.edits.remove_alias(record, alias, self.call.event(operation), stored_answer)

        read_and_retry(lambda: self.table.record(alias.name), attempt, self.call.pause)


def _check_alias(alias: Alias) -> None:
    names.artifact_type(alias.artifact_type)
    names.model_name(alias.name)
    names.alias(alias.alias)
