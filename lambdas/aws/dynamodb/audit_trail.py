"""The audit trail in DynamoDB: one partition per model, one item per event, which expires."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Any

from lambdas.aws.dynamodb.layout import key
from lambdas.aws.dynamodb.pages import of_partition, query_page
from lambdas.aws.dynamodb.values import typed
from lambdas.aws.failures import dynamodb_failures
from lambdas.contract.table import AUDIT_PREFIX, TABLE_SORT_KEY, TABLE_TTL_ATTRIBUTE
from lambdas.registry.audit import Actor, AuditEvent
from lambdas.registry.operation import Action, Operation
from lambdas.registry.page import Page

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


def kept(table: str, event: AuditEvent) -> dict[str, Any]:
    """Return the put that keeps an event; members that do not apply take no space."""
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
    """Implements `lambdas.registry.audit.AuditTrail`; DynamoDB deletes what has expired."""

    client: "DynamoDBClient"
    name: str

    def note(self, event: AuditEvent) -> None:
        """Put the event."""
        with dynamodb_failures():
            self.client.put_item(**kept(self.name, event))

    def events(self, name: str, before: str | None, limit: int) -> Page[AuditEvent]:
        """Query the partition backwards."""
        return query_page(
            self.client,
            lambda item: _to_event(name, item),
            limit,
            **of_partition(self.name, f"{AUDIT_PREFIX}{name}", behind=before),
            ScanIndexForward=False,
        )


def _to_event(name: str, item: Mapping[str, Any]) -> AuditEvent:
    """Return the event of a plain item."""
    known = {field.name: item[field.name] for field in fields(Operation) if field.name in item}
    known |= {"name": name, "action": Action(item["action"])}
    known["grants"] = tuple(item.get("grants", ()))
    at, _, request_id = item[TABLE_SORT_KEY].partition("/")
    actor = Actor(item["principal"], item.get("address", ""), request_id)
    return AuditEvent(Operation(**known), actor, at, item[TABLE_TTL_ATTRIBUTE])
