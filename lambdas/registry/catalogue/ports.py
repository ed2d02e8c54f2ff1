"""Ports that the catalogue's use cases share; `lambdas.aws` implements them."""

from dataclasses import dataclass
from typing import Protocol

from lambdas.registry.access import KeyRange
from lambdas.registry.page import Page
from lambdas.registry.version import Version


@dataclass(frozen=True, slots=True)
class ListedModel:
    """What a listing shows of a model."""

    name: str
    created_at: str
    license: str


class Listings(Protocol):
    """Lists models and versions, one query per page. Failures are raised as DYNAMODB_ERROR."""

    def models(self, names: KeyRange, after: str | None, limit: int) -> Page[ListedModel]:
        """Return visible models in order of their names, starting after `after` if it is given.

        The listing is eventually consistent: it follows writes within a moment.
        """

    def versions(
        self, name: str, artifact_type: str, *, above: int, below: int | None, limit: int
    ) -> Page[Version]:
        """Return versions, newest first, with numbers between `above` and `below`, both exclusive.

        A page of large manifests may hold fewer than `limit` versions.
        """
