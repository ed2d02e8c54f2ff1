"""Use cases: list models and versions, and read a model."""

from dataclasses import dataclass

from lambdas.registry import names
from lambdas.registry.access import Access
from lambdas.registry.catalogue.ports import Listed, Listings
from lambdas.registry.errors import InvalidTokenError
from lambdas.registry.lookup import existing, of_type
from lambdas.registry.model import Record
from lambdas.registry.page import Page
from lambdas.registry.ports import Table
from lambdas.registry.version import Version


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
