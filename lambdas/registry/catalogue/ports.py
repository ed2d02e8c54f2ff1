"""What listing, editing and deleting need from the world; `lambdas.aws` provides it."""

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
    """Lists in one query each. Failures are raised as DYNAMODB_ERROR."""

    def models(self, names: KeyRange, after: str | None, limit: int) -> Page[ListedModel]:
        """Return visible models by name, behind the name `after` if it is given.

        The index behind it follows writes within a moment.
        """

    def versions(
        self, name: str, artifact_type: str, *, above: int, below: int | None, limit: int
    ) -> Page[Version]:
        """Return versions newest first, numbered between `above` and `below`, both exclusive.

        A page of big manifests may hold fewer than `limit`.
        """
