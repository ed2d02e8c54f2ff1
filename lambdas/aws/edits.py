"""Edits of a record: one conditional update each, and its event."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from lambdas.aws.changes import change
from lambdas.aws.layout import alias_attribute
from lambdas.aws.transactions import write_all
from lambdas.registry.audit import Event
from lambdas.registry.catalogue_ports import Alias, Edit
from lambdas.registry.model import Record
from lambdas.registry.ports import Marker

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


@dataclass(frozen=True, slots=True)
class DynamoEdits:
    """Implements `lambdas.registry.catalogue_ports.Edits`."""

    client: "DynamoDBClient"
    name: str

    def edit(self, record: Record, edit: Edit, event: Event, marker: Marker | None) -> None:
        """Change the record's words."""
        words = {
            "license": edit.license,
            "description": edit.description,
            "tags": None if edit.tags is None else dict(edit.tags),
        }
        given = {name: value for name, value in words.items() if value is not None}
        update = change(self.name, record, {**given, "updated_at": event.at})
        write_all(self.client, [update], marker, event)

    def set_alias(
        self, record: Record, alias: Alias, number: int, event: Event, marker: Marker | None
    ) -> None:
        """Point the alias at a version."""
        attribute = alias_attribute(alias.artifact_type, alias.alias)
        update = change(self.name, record, {attribute: number, "updated_at": event.at})
        write_all(self.client, [update], marker, event)

    def remove_alias(
        self, record: Record, alias: Alias, event: Event, marker: Marker | None
    ) -> None:
        """Remove the alias."""
        attribute = alias_attribute(alias.artifact_type, alias.alias)
        update = change(self.name, record, {"updated_at": event.at}, [attribute])
        write_all(self.client, [update], marker, event)
