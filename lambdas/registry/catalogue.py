"""Use cases: list models and versions, read a model, and edit its words."""

from dataclasses import dataclass, replace
from typing import Final

from lambdas.contract import (
    MAX_DESCRIPTION_CHARS,
    MAX_LICENSE_CHARS,
    MAX_TAG_CHARS,
    MAX_TAG_KEY_CHARS,
    MAX_TAGS,
)
from lambdas.registry import names
from lambdas.registry.access import Access
from lambdas.registry.audit import Action, Deed, Scribe
from lambdas.registry.catalogue_ports import Edit, Edits, Listed, Listings
from lambdas.registry.errors import InvalidRequestError, InvalidTokenError
from lambdas.registry.lookup import Revisions, existing, expect, of_type
from lambdas.registry.model import UNKNOWN_LICENSE, Record
from lambdas.registry.page import Page
from lambdas.registry.ports import Clock, Once, Table
from lambdas.registry.retry import Pause, settle
from lambdas.registry.version import Version

_NOTHING: Final = Edit()


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Reads: one call for a model, two for a page of versions."""

    table: Table
    listings: Listings

    def models(self, prefix: str, after: str | None, limit: int, access: Access) -> Page[Listed]:
        """Return the models that a caller may read, behind the name `after` if it is given.

        One query, or at most one for each of the caller's grants.

        Raises:
            RegistryError: INVALID_REQUEST for a prefix that no name can have, INVALID_TOKEN for an
                `after` that no page ends with.
        """
        names.prefix(prefix)
        if after is not None and not (names.is_model_name(after) and after.startswith(prefix)):
            raise InvalidTokenError("The page token is not one of this listing; begin without one")
        found: tuple[Listed, ...] = ()
        for one in access.readable(prefix):
            within = after is not None and not one.exact and after.startswith(one.start)
            if after is None or within or one.start > after:
                behind = after if within else None
                page = self.listings.models(one, behind, limit - len(found))
                found += page.items
                if page.more:
                    return Page(found, more=True)
        return Page(found, more=False)

    def model(self, name: str) -> Record:
        """Return the record of a name, or raise INVALID_NAME or MODEL_NOT_FOUND."""
        names.model_name(name)
        return existing(self.table.record(name), name)

    def versions(
        self, artifact_type: str, name: str, below: int | None, limit: int
    ) -> tuple[Record, Page[Version]]:
        """Return the record, and versions newest first, numbered below `below` if it is given.

        Raises:
            RegistryError: INVALID_ARTIFACT_TYPE, INVALID_NAME, MODEL_NOT_FOUND, ARTIFACT_NOT_FOUND.
        """
        names.artifact_type(artifact_type)
        names.model_name(name)
        record = of_type(self.table.record(name), artifact_type, name)
        page = self.listings.versions(
            name,
            artifact_type,
            above=record.purges.get(artifact_type, 0),
            below=below,
            limit=limit,
        )
        return record, page


@dataclass(frozen=True, slots=True)
class Editor:
    """Changes a record's words in two calls: read, and write what was read."""

    table: Table
    edits: Edits
    now: Clock
    pause: Pause
    scribe: Scribe

    def edit(
        self, name: str, edit: Edit, revisions: Revisions, once: Once[Record] | None = None
    ) -> Record:
        """Return the record as it is after the edit.

        Raises:
            RegistryError: INVALID_NAME, INVALID_REQUEST before anything is read; MODEL_NOT_FOUND,
                PRECONDITION_FAILED when the record is at none of the revisions; CONFLICT.
        """
        names.model_name(name)
        _check(edit)
        if edit.license == "":
            edit = replace(edit, license=UNKNOWN_LICENSE)

        def attempt(found: Record | None) -> Record:
            record = existing(found, name)
            expect(record, revisions)
            event = self.scribe.event(Deed(Action.EDIT, name), self.now())
            edited = _edited(record, edit, event.at)
            self.edits.edit(record, edit, event, once(edited) if once else None)
            return edited

        return settle(lambda: self.table.record(name), attempt, self.pause)


def _check(edit: Edit) -> None:
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
