"""Edits of a record in DynamoDB: one conditional update each, together with its event."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from lambdas.aws.dynamodb.layout import alias_attribute
from lambdas.aws.dynamodb.record_updates import conditional_update
from lambdas.aws.dynamodb.transactions import write_all
from lambdas.registry.audit import AuditEvent
from lambdas.registry.catalogue.editing import Alias, Edit
from lambdas.registry.model import Record
from lambdas.registry.ports import StoredAnswer

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


@dataclass(frozen=True, slots=True)
class DynamoEdits:
    """Implements `lambdas.registry.catalogue.editing.Edits`."""

    client: "DynamoDBClient"
    name: str

    def edit(
        self, record: Record, edit: Edit, event: AuditEvent, stored_answer: StoredAnswer | None
    ) -> None:
        """Change the record's metadata."""
        metadata = {
            "license": edit.license,
            "description": edit.description,
            "tags": None if edit.tags is None else dict(edit.tags),
        }
        changed = {name: value for name, value in metadata.items() if value is not None}
        update = conditional_update(self.name, record, {**changed, "updated_at": event.at})
        write_all(self.client, [update], stored_answer, event)

    def set_alias(
        self,
        record: Record,
        alias: Alias,
        number: int,
        event: AuditEvent,
        stored_answer: StoredAnswer | None,
    ) -> None:
        """Point the alias to a version."""
        attribute = alias_attribute(alias.artifact_type, alias.alias)
        update = conditional_update(self.name, record, {attribute: number, "updated_at": event.at})
        write_all(self.client, [update], stored_answer, event)

    def remove_alias(
        self, record: Record, alias: Alias, event: AuditEvent, stored_answer: StoredAnswer | None
    ) -> None:
        """Remove the alias."""
        attribute = alias_attribute(alias.artifact_type, alias.alias)
        update = conditional_update(self.name, record, {"updated_at": event.at}, [attribute])
        write_all(self.client, [update], stored_answer, event)
