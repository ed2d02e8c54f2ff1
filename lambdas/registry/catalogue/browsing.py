"""Use cases: list models and versions, and read a model."""

from dataclasses import dataclass

from lambdas.registry import names
from lambdas.registry.access import Access
from lambdas.registry.catalogue.ports import ListedModel, Listings
from lambdas.registry.errors import InvalidTokenError
from lambdas.registry.model import Record
from lambdas.registry.page import Page
from lambdas.registry.ports import Table
from lambdas.registry.record_checks import record_of_type, visible_record
from lambdas.registry.version import Version


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Reads models and versions: one call for a model, two for a page of versions."""

    table: Table
    listings: Listings

    def models(
        self, prefix: str, after: str | None, limit: int, access: Access
    ) -> Page[ListedModel]:
        """Return the models that a caller may read, starting after the name `after` if given.

        Costs one query, or at most one for each of the caller's grants.

        Raises:
            RegistryError: INVALID_REQUEST for a prefix that no name can have, INVALID_TOKEN for an
                `after` that no page ends with.
        """
        names.prefix(prefix)
        if after is not None and not (names.is_model_name(after) and after.startswith(prefix)):
            raise InvalidTokenError(
                "The page token does not belong to this listing; start without one"
            )
        found: tuple[ListedModel, ...] = ()
        for readable in access.readable(prefix):
            within = after is not None and not readable.exact and after.startswith(readable.start)
            if after is None or within or readable.start > after:
                page = self.listings.models(readable, after if within else None, limit - len(found))
                found += page.items
                if page.more:
                    return Page(found, more=True)
        return Page(found, more=False)

    def model(self, name: str) -> Record:
        """Return the record of a name, or raise INVALID_NAME or MODEL_NOT_FOUND."""
        names.model_name(name)
        return visible_record(self.table.record(name), name)

    def versions(
        self, artifact_type: str, name: str, below: int | None, limit: int
    ) -> tuple[Record, Page[Version]]:
        """Return the record, and its versions, newest first, with numbers below `below` if given.

        Raises:
            RegistryError: INVALID_ARTIFACT_TYPE, INVALID_NAME, MODEL_NOT_FOUND, ARTIFACT_NOT_FOUND.
        """
        names.artifact_type(artifact_type)
        names.model_name(name)
        record = record_of_type(self.table.record(name), artifact_type, name)
        page = self.listings.versions(
            name,
            artifact_type,
            above=record.purges.get(artifact_type, 0),
            below=below,
            limit=limit,
        )
        return record, page
