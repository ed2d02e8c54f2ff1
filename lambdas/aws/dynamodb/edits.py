"""Edits of a record: one conditional update each, and its event."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from lambdas.aws.dynamodb.changes import change
from lambdas.aws.dynamodb.layout import alias_attribute
from lambdas.aws.dynamodb.transactions import write_all
from lambdas.registry.audit import AuditEvent
from lambdas.registry.catalogue.ports import Alias, Edit
from lambdas.registry.model import Record
from lambdas.registry.ports import StoredAnswer

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


@dataclass(frozen=True, slots=True)
class DynamoEdits:
    """Implements `lambdas.registry.catalogue.ports.Edits`."""

    client: "DynamoDBClient"
    name: str

    def edit(
        self, record: Record, edit: Edit, event: AuditEvent, stored_answer: StoredAnswer | None
    ) -> None:
        """Change the record's words."""
        words = {
            "license": edit.license,
            "description": edit.description,
            "tags": None if edit.tags is None else dict(edit.tags),
        }
        given = {name: value for name, value in words.items() if value is not None}
        update = change(self.name, record, {**given, "updated_at": event.at})
        write_all(self.client, [update], stored_answer, event)

    def set_alias(
        self,
        record: Record,
        alias: Alias,
        number: int,
        event: AuditEvent,
        stored_answer: StoredAnswer | None,
    ) -> None:
        """Point the alias at a version."""
        attribute = alias_attribute(alias.artifact_type, alias.alias)
        update = change(self.name, record, {attribute: number, "updated_at": event.at})
        write_all(self.client, [update], stored_answer, event)

    def remove_alias(
        self, record: Record, alias: Alias, event: AuditEvent, stored_answer: StoredAnswer | None
    ) -> None:
        """Remove the alias."""
        attribute = alias_attribute(alias.artifact_type, alias.alias)
        update = change(self.name, record, {"updated_at": event.at}, [attribute])
        write_all(self.client, [update], stored_answer, event)
