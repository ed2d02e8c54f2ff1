"""The audit trail in DynamoDB: one partition per model, one expiring item per event."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Any

from lambdas.aws.dynamodb.attribute_values import typed
from lambdas.aws.dynamodb.layout import key
from lambdas.aws.dynamodb.pages import of_partition, query_page
from lambdas.aws.failures import dynamodb_failures
from lambdas.contract.table import AUDIT_PREFIX, TABLE_SORT_KEY, TABLE_TTL_ATTRIBUTE
from lambdas.registry.audit import Actor, AuditEvent
from lambdas.registry.operation import Action, Operation
from lambdas.registry.page import Page

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


def event_put(table: str, event: AuditEvent) -> dict[str, Any]:
    """Return the Put that stores an event; members that do not apply are left out."""
    members = {**asdict(event.operation), **asdict(event.actor), "at": event.at}
    del members["name"]
    members["grants"] = list(event.operation.grants)
    return {
        "TableName": table,
        "Item": {
            **key(f"{AUDIT_PREFIX}{event.operation.name}", event.position),
            **typed({name: value for name, value in members.items() if value}),
            **typed({TABLE_TTL_ATTRIBUTE: event.expires_at}),
        },
    }


@dataclass(frozen=True, slots=True)
class DynamoAuditTrail:
    """Implements `lambdas.registry.ports.AuditTrail`; DynamoDB deletes expired events."""

    client: "DynamoDBClient"
    name: str

    def add(self, event: AuditEvent) -> None:
        """Put the event."""
        with dynamodb_failures():
            self.client.put_item(**event_put(self.name, event))

    def events(self, name: str, before: str | None, limit: int) -> Page[AuditEvent]:
        """Query the partition backwards."""
        return query_page(
            self.client,
            lambda item: _to_event(name, item),
            limit,
            **of_partition(self.name, f"{AUDIT_PREFIX}{name}", after=before),
            ScanIndexForward=False,
        )


def _to_event(name: str, item: Mapping[str, Any]) -> AuditEvent:
    """Return the event of a plain item."""
    members = {field.name: item[field.name] for field in fields(Operation) if field.name in item}
    members |= {"name": name, "action": Action(item["action"])}
    members["grants"] = tuple(item.get("grants", ()))
    at, _, request_id = item[TABLE_SORT_KEY].partition("/")
    actor = Actor(item["principal"], item.get("address", ""), request_id)
    return AuditEvent(Operation(**members), actor, at, item[TABLE_TTL_ATTRIBUTE])
