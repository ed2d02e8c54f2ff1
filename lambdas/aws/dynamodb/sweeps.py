"""Items due for the sweep, in DynamoDB."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from lambdas.aws.dynamodb.attribute_values import plain, typed
from lambdas.aws.dynamodb.layout import (
    INTENTS,
    OPEN_PREFIX,
    RECORD,
    REVISION,
    SWEEP_NAMES,
    SWEPT,
    TAKEN_PREFIX,
    VERSION,
    intent_attribute,
    key,
)
from lambdas.aws.dynamodb.packing import unpack
from lambdas.aws.dynamodb.session_items import upload_id_of
from lambdas.aws.dynamodb.transactions import write_all
from lambdas.aws.failures import dynamodb_failures
from lambdas.contract.limits import ARTIFACT_TYPES
from lambdas.contract.table import SWEEP_INDEX, TABLE_PARTITION_KEY, TABLE_SORT_KEY
from lambdas.registry.ports import Intent
from lambdas.registry.sweep import Due, Intents

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_COUNTS: Final = tuple(f"count_{kind}" for kind in ARTIFACT_TYPES)
_SEEN_NAMES: Final = {"#intents": INTENTS, "#revision": REVISION}
# A missing number is zero. If an intent has been opened since, the planned visit would miss it.
_UNCHANGED: Final = (
    "(#intents = :opened OR (attribute_not_exists(#intents) AND :opened = :zero)) AND "
    "(#revision = :revision OR (attribute_not_exists(#revision) AND :revision = :zero))"
)


@dataclass(frozen=True, slots=True)
class DynamoSweep:
    """Implements `lambdas.registry.sweep.SweepTable`."""

    client: "DynamoDBClient"
    name: str

    def due(self, now: int) -> Iterator[Due]:
        """Yield the due items, the longest overdue first: one query for each page of the index."""
        pages = self.client.get_paginator("query").paginate(
            TableName=self.name,
            IndexName=SWEEP_INDEX,
            KeyConditionExpression="#sweep = :swept AND #sweep_at <= :now",
            ExpressionAttributeNames=SWEEP_NAMES,
            ExpressionAttributeValues=typed({":swept": SWEPT, ":now": now}),
        )
        with dynamodb_failures():
            for page in pages:
                for item in map(plain, page["Items"]):
                    name = item[TABLE_PARTITION_KEY]
                    kind, _, rest = item[TABLE_SORT_KEY].partition("/")
                    if kind == VERSION:
                        artifact_type, number = rest.split("/")
                        yield Due(name, version=(artifact_type, int(number)))
                    else:
                        yield Due(name, None if kind == RECORD else upload_id_of(name))

    def intents(self, name: str) -> Intents | None:
        """Return a record's intents: one consistent read."""
        with dynamodb_failures():
            answer = self.client.get_item(
                TableName=self.name, Key=key(name, RECORD), ConsistentRead=True
            )
        if "Item" not in answer:
            return None
        item = plain(answer["Item"])
        return Intents(
            open=_intents(item, OPEN_PREFIX),
            taken=_intents(item, TAKEN_PREFIX),
            opened=item.get(INTENTS, 0),
            revision=item.get(REVISION, 0),
            bare=not any(count in item for count in _COUNTS),
            purging=any(f"purge_{kind}" in item for kind in ARTIFACT_TYPES),
        )

    def take_over(self, name: str, intent: Intent) -> None:
        """Rename an open intent, so that its commit fails but a later pass still finds it."""
        update = {
            "TableName": self.name,
            "Key": key(name, RECORD),
            "UpdateExpression": "SET #taken = #open REMOVE #open",
            "ConditionExpression": "attribute_exists(#open)",
            "ExpressionAttributeNames": {
                "#open": intent_attribute(intent),
                "#taken": f"{TAKEN_PREFIX}{intent.upload_id}",
            },
        }
        write_all(self.client, [{"Update": update}])

    def finish_visit(
        self, name: str, before: Intents, removed: tuple[Intent, ...], next_at: int | None
    ) -> None:
        """Remove the intents, and either schedule the next visit, leave the index or delete all."""
        if before.bare and next_at is None:
            write_all(self.client, [{"Delete": self._bare_record_delete(name, before)}])
        else:
            update = self._next_visit_update(name, before, removed, next_at)
            write_all(self.client, [{"Update": update}])

    def _bare_record_delete(self, name: str, before: Intents) -> Any:
        uncommitted = {f"attribute_not_exists({count})" for count in _COUNTS}
        return {
            "TableName": self.name,
            "Key": key(name, RECORD),
            "ConditionExpression": " AND ".join((_UNCHANGED, *sorted(uncommitted))),
            "ExpressionAttributeNames": _SEEN_NAMES,
            "ExpressionAttributeValues": typed(_seen(before)),
        }

    def _next_visit_update(
        self, name: str, before: Intents, removed: tuple[Intent, ...], next_at: int | None
    ) -> Any:
        gone = {
            f"#taken{index}": f"{TAKEN_PREFIX}{intent.upload_id}"
            for index, intent in enumerate(removed)
        }
        if next_at is None:
            gone |= SWEEP_NAMES
            names, values, sets = gone, {}, ""
        else:
            names = {**gone, "#sweep_at": SWEEP_NAMES["#sweep_at"]}
            values, sets = {":next_at": next_at}, "SET #sweep_at = :next_at"
        removes = f"REMOVE {', '.join(gone)}" if gone else ""
        return {
            "TableName": self.name,
            "Key": key(name, RECORD),
            "UpdateExpression": f"{sets} {removes}".strip(),
            "ConditionExpression": _UNCHANGED,
            "ExpressionAttributeNames": {**_SEEN_NAMES, **names},
            "ExpressionAttributeValues": typed({**_seen(before), **values}),
        }


def _seen(before: Intents) -> dict[str, int]:
    return {":opened": before.opened, ":revision": before.revision, ":zero": 0}


def _intents(item: dict[str, Any], prefix: str) -> tuple[Intent, ...]:
    return tuple(
        Intent(attribute.removeprefix(prefix), tuple(unpack(value["keys"])), value["expires_at"])
        for attribute, value in item.items()
        if attribute.startswith(prefix)
    )
