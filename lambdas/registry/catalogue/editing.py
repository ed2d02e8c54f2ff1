"""Use cases: edit a model's metadata, and point its aliases to versions."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final, Protocol

from lambdas.contract.limits import (
    MAX_ALIASES,
    MAX_DESCRIPTION_CHARS,
    MAX_LICENSE_CHARS,
    MAX_TAG_CHARS,
    MAX_TAG_KEY_CHARS,
    MAX_TAGS,
)
from lambdas.registry import names
from lambdas.registry.audit import AuditEvent
from lambdas.registry.call import Call
from lambdas.registry.errors import (
    ConflictError,
    InvalidRequestError,
    VersionNotFoundError,
)
from lambdas.registry.model import UNKNOWN_LICENSE, Record
from lambdas.registry.operation import Action, Operation
from lambdas.registry.ports import AnswerMaker, StoredAnswer, Table
from lambdas.registry.record_checks import Revisions, check_revision, record_of_type, visible_record
from lambdas.registry.retry import read_and_retry
from lambdas.registry.version import Version


@dataclass(frozen=True, slots=True)
class Edit:
    """New values of a record's metadata; None leaves a value unchanged."""

    license: str | None = None
    description: str | None = None
    tags: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Alias:
    """A movable name for a version: the artifact type, the model's name and the alias itself."""

    artifact_type: str
    name: str
    alias: str


class Edits(Protocol):
    """Changes records; raises ContendedError if the record has changed since it was read.

    The audit event and the stored answer commit together with the change.
    """

    def edit(
        self, record: Record, edit: Edit, event: AuditEvent, stored_answer: StoredAnswer | None
    ) -> None:
        """Change the record's metadata."""

    def set_alias(
        self,
        record: Record,
        alias: Alias,
        number: int,
        event: AuditEvent,
        stored_answer: StoredAnswer | None,
    ) -> None:
        """Point the alias to a version."""

    def remove_alias(
        self, record: Record, alias: Alias, event: AuditEvent, stored_answer: StoredAnswer | None
    ) -> None:
        """Remove the alias."""


_NOTHING: Final = Edit()


@dataclass(frozen=True, slots=True)
class Editor:
    """Edits the metadata of a record in two calls: a read, and a conditional write."""

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
        """Edit the record and return its new state.

        Raises:
            RegistryError: INVALID_NAME, INVALID_REQUEST before anything is read; MODEL_NOT_FOUND,
                PRECONDITION_FAILED if the record is at none of the revisions; CONFLICT.
        """
        names.model_name(name)
        _check_edit(edit)
        if edit.license == "":
            edit = replace(edit, license=UNKNOWN_LICENSE)

        def attempt(found: Record | None) -> Record:
            record = visible_record(found, name)
            check_revision(record, revisions)
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
        raise InvalidRequestError(f"A model can have at most {MAX_TAGS} tags", field="tags")
    for tag, value in tags.items():
        if not tag:
            raise InvalidRequestError("Tag names must not be empty", field="tags")
        names.free_text(tag, field="tags", max_chars=MAX_TAG_KEY_CHARS)
        names.free_text(value, field="tags", max_chars=MAX_TAG_CHARS)


def _edited(record: Record, edit: Edit, now: str) -> Record:
    """Return the record with the edit applied."""
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
    """Sets and removes aliases in two calls: a read, and a conditional write.

    A version cannot disappear in between, because deleting it changes the record too.
    """

    table: Table
    edits: Edits
    call: Call

    def point(
        self, alias: Alias, number: int, make_answer: AnswerMaker[None] | None = None
    ) -> None:
        """Point the alias to a version, creating or moving it.

        Raises:
            RegistryError: INVALID_ARTIFACT_TYPE, INVALID_NAME, INVALID_REQUEST, MODEL_NOT_FOUND,
                ARTIFACT_NOT_FOUND, VERSION_NOT_FOUND; CONFLICT if there are too many aliases.
        """
        _check_alias(alias)

        def attempt(found: tuple[Record | None, Version | None]) -> None:
            record = record_of_type(found[0], alias.artifact_type, alias.name)
            if found[1] is None or record.gone(alias.artifact_type, number):
                raise VersionNotFoundError(f"This artifact has no version {number}")
            aliases = record.aliases.get(alias.artifact_type, {})
            if alias.alias not in aliases and len(aliases) >= MAX_ALIASES:
                raise ConflictError(f"An artifact can have at most {MAX_ALIASES} aliases")
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
                ARTIFACT_NOT_FOUND, VERSION_NOT_FOUND if there is no such alias; CONFLICT.
        """
        _check_alias(alias)

        def attempt(found: Record | None) -> None:
            record = record_of_type(found, alias.artifact_type, alias.name)
            number = record.aliases.get(alias.artifact_type, {}).get(alias.alias)
            if number is None:
                raise VersionNotFoundError(f"This artifact has no alias {alias.alias}")
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
