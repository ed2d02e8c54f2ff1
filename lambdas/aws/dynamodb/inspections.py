"""Inspections in DynamoDB.

A version waiting to be inspected has the attribute `due`, by which the stream to the inspector is
filtered. It is also in the sweep index, so that the sweep repeats a request whose event got lost.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from lambdas.aws.dynamodb.attribute_values import plain, typed
from lambdas.aws.dynamodb.layout import SWEEP_NAMES, SWEPT, key, version_item
from lambdas.aws.dynamodb.packing import pack_inspection, unpack
from lambdas.aws.dynamodb.record_updates import conditional_update
from lambdas.aws.dynamodb.records import pointers, to_version
from lambdas.aws.dynamodb.transactions import is_condition_failure, write_all
from lambdas.aws.failures import dynamodb_failures
from lambdas.contract.table import (
    DUE_ATTRIBUTE,
    REQUEST_ID_ATTRIBUTE,
    TABLE_PARTITION_KEY,
    TABLE_SORT_KEY,
)
from lambdas.registry.inspections import DueVersion, InspectionRequest, Progress, Target
from lambdas.registry.model import Record
from lambdas.registry.ports import ContendedError

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_PROGRESS: Final = ("guard#rules", "progress")
"""No model name contains '#', so this cannot be the record of a model."""
_ATTEMPTS: Final = "attempts"
_NAMES: Final = {"#due": DUE_ATTRIBUTE, **SWEEP_NAMES}


@dataclass(frozen=True, slots=True)
class DynamoInspections:
    """Implements `lambdas.registry.inspections.Inspections`."""

    client: "DynamoDBClient"
    name: str

    def due(self, target: Target) -> DueVersion | None:
        """Return the version if it is waiting: one consistent read."""
        with dynamodb_failures():
            answer = self.client.get_item(
                TableName=self.name, Key=_key(target), ConsistentRead=True
            )
        item = plain(answer.get("Item", {}))
        if DUE_ATTRIBUTE not in item:
            return None
        return DueVersion(to_version(item), item[DUE_ATTRIBUTE], item.get(_ATTEMPTS, 0))

    def request(self, target: Target, request: InspectionRequest) -> bool:
        """Set the mark, which triggers the inspector through the stream."""
        names = dict(_NAMES)
        values = {":mark": request.mark, ":swept": SWEPT, ":sweep_at": request.sweep_at}
        expression = "SET #due = :mark, #sweep = :swept, #sweep_at = :sweep_at"
        if request.event:
            names["#request_id"] = REQUEST_ID_ATTRIBUTE
            values[":request_id"] = request.event.actor.request_id
            expression += ", #request_id = :request_id"
        if request.again:
            names["#attempts"] = _ATTEMPTS
            values[":one"] = 1
            expression += " ADD #attempts :one"
        update = {
            "TableName": self.name,
            "Key": _key(target),
            "UpdateExpression": expression,
            "ConditionExpression": f"attribute_exists({'#due' if request.again else 'manifest'})",
            "ExpressionAttributeNames": names,
            "ExpressionAttributeValues": typed(values),
        }
        try:
            write_all(self.client, [{"Update": update}], event=request.event)
        except ContendedError as error:
            if is_condition_failure(error):
                return False
            raise
        return True

    def conclude(
        self, target: Target, due: DueVersion, record: Record | None, license_name: str | None
    ) -> None:
        """Store the inspection in the version and, if it is the newest one, in the record."""
        writes: list[Any] = [{"Update": self._inspection_update(target, due)}]
        if record:
            # Even if the version is not the newest: a concurrent delete may be about to make it so.
            attributes = _head_attributes(target, due, record, license_name)
            writes.append(conditional_update(self.name, record, attributes))
        write_all(self.client, writes)

    def _inspection_update(self, target: Target, due: DueVersion) -> Any:
        return {
            "TableName": self.name,
            "Key": _key(target),
            "UpdateExpression": (
                "SET inspection = :inspection "
                "REMOVE #due, #sweep, #sweep_at, #attempts, #request_id"
            ),
            "ConditionExpression": "#due = :mark",
            "ExpressionAttributeNames": {
                **_NAMES,
                "#attempts": _ATTEMPTS,
                "#request_id": REQUEST_ID_ATTRIBUTE,
            },
            "ExpressionAttributeValues": typed(
                {":inspection": pack_inspection(due.version.inspection), ":mark": due.mark}
            ),
        }

    def outdated(self, name: str, artifact_type: str, rules: str) -> Iterator[int]:
        """Yield the numbers: one query for each megabyte of versions."""
        pages = self.client.get_paginator("query").paginate(
            TableName=self.name,
            KeyConditionExpression="#name = :name AND begins_with(#item, :prefix)",
            ProjectionExpression="#item, inspection, #due",
            ExpressionAttributeNames={
                "#name": TABLE_PARTITION_KEY,
                "#item": TABLE_SORT_KEY,
                "#due": DUE_ATTRIBUTE,
            },
            ExpressionAttributeValues=typed(
                {":name": name, ":prefix": f"version/{artifact_type}/"}
            ),
        )
        with dynamodb_failures():
            for page in pages:
                for item in map(plain, page["Items"]):
                    applied_rules = unpack(item["inspection"]).get("rules", "")
                    if applied_rules != rules and DUE_ATTRIBUTE not in item:
                        yield int(item[TABLE_SORT_KEY].rpartition("/")[2])

    def progress(self) -> Progress | None:
        """Return the progress: one read."""
        with dynamodb_failures():
            answer = self.client.get_item(
                TableName=self.name, Key=key(*_PROGRESS), ConsistentRead=True
            )
        item = plain(answer.get("Item", {}))
        return Progress(item["rules"], item["after"], item["done"]) if item else None

    def save_progress(self, progress: Progress) -> None:
        """Overwrite the progress; concurrent passes merely request inspections twice."""
        with dynamodb_failures():
            self.client.update_item(
                TableName=self.name,
                Key=key(*_PROGRESS),
                UpdateExpression="SET #rules = :rules, #after = :after, #done = :done",
                ExpressionAttributeNames={"#rules": "rules", "#after": "after", "#done": "done"},
                ExpressionAttributeValues=typed(
                    {":rules": progress.rules, ":after": progress.after, ":done": progress.done}
                ),
            )


def _head_attributes(
    target: Target, due: DueVersion, record: Record, license_name: str | None
) -> dict[str, Any]:
    """Return the record's attributes that show an inspection; none unless the version is newest."""
    kind = target.artifact_type
    if kind not in record.heads or record.heads[kind].number != target.number:
        return {}
    head = {f"head_{kind}": pointers(due.version)[f"head_{kind}"]}
    return head | ({"license": license_name} if license_name else {})


def _key(target: Target) -> dict[str, Any]:
    return key(target.name, version_item(target.artifact_type, target.number))
