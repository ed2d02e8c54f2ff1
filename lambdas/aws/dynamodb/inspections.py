"""Inspections in DynamoDB.

A version waiting to be inspected has the attribute `due`, by which the stream to the inspector is
filtered. The inspector renames it to `inspecting` when it begins, so that what it writes on its way
is no further event. Either way the version is in the sweep index, so that the sweep repeats a
request whose event got lost.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from lambdas.aws.dynamodb.attribute_values import plain, typed
from lambdas.aws.dynamodb.audit_trail import event_put
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
_INSPECTING: Final = "inspecting"
_MARKS: Final = {"#due": DUE_ATTRIBUTE, "#inspecting": _INSPECTING}
_NAMES: Final = {**_MARKS, **SWEEP_NAMES}
_ALL_NAMES: Final = {**_NAMES, "#attempts": _ATTEMPTS, "#request_id": REQUEST_ID_ATTRIBUTE}
_SAME_REQUEST: Final = "#due = :mark OR #inspecting = :mark"
_NO_LONGER_WAITING: Final = "REMOVE #due, #inspecting, #sweep, #sweep_at, #attempts, #request_id"


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
        mark = item.get(DUE_ATTRIBUTE) or item.get(_INSPECTING)
        return DueVersion(to_version(item), mark, item.get(_ATTEMPTS, 0)) if mark else None

    def request(self, target: Target, request: InspectionRequest) -> bool:
        """Set the mark, which triggers the inspector through the stream."""
        names = dict(_NAMES)
        values = {":mark": request.mark, ":swept": SWEPT, ":sweep_at": request.sweep_at}
        expression = "SET #due = :mark, #sweep = :swept, #sweep_at = :sweep_at"
        waiting = "(attribute_exists(#due) OR attribute_exists(#inspecting))"
        if request.event:
            names["#request_id"] = REQUEST_ID_ATTRIBUTE
            values[":request_id"] = request.event.actor.request_id
            expression += ", #request_id = :request_id"
        expression += " REMOVE #inspecting"
        update = {
            "TableName": self.name,
            "Key": _key(target),
            "UpdateExpression": expression,
            "ConditionExpression": (
                waiting if request.again else f"attribute_exists(manifest) AND NOT {waiting}"
            ),
            "ExpressionAttributeNames": names,
            "ExpressionAttributeValues": typed(values),
        }
        try:
            write_all(self.client, [{"Update": update}], event=request.event)
        except ContendedError as error:
            if not is_condition_failure(error):
                raise
            if request.event:
                with dynamodb_failures():
                    self.client.put_item(**event_put(self.name, request.event))
            return False
        return True

    def count_attempt(self, target: Target, due: DueVersion) -> None:
        """Add one to the number of attempts, and let no further write be an event: one write."""
        expression = "SET #inspecting = :mark REMOVE #due ADD #attempts :one"
        self._update_waiting(target, due, expression, {":one": 1})

    def withdraw(self, target: Target, due: DueVersion) -> None:
        """Remove the mark: one write."""
        self._update_waiting(target, due, _NO_LONGER_WAITING, {})

    def _update_waiting(
        self, target: Target, due: DueVersion, expression: str, values: dict[str, Any]
    ) -> None:
        """Update a version that is still waiting for this very inspection, or do nothing."""
        names = {name: word for name, word in _ALL_NAMES.items() if name in expression}
        with dynamodb_failures():
            try:
                self.client.update_item(
                    TableName=self.name,
                    Key=_key(target),
                    UpdateExpression=expression,
                    ConditionExpression=_SAME_REQUEST,
                    ExpressionAttributeNames={**names, **_MARKS},
                    ExpressionAttributeValues=typed({**values, ":mark": due.mark}),
                )
            except self.client.exceptions.ConditionalCheckFailedException:
                return

    def conclude(
        self,
        target: Target,
        due: DueVersion,
        record: Record | None,
        license_name: str | None,
        *,
        ended: bool,
    ) -> None:
        """Store the inspection in the version and, if it is the newest one, in the record."""
        writes: list[Any] = [{"Update": self._inspection_update(target, due, ended=ended)}]
        if record:
            # Even if the version is not the newest: a concurrent delete may be about to make it so.
            attributes = _head_attributes(target, due, record, license_name)
            writes.append(conditional_update(self.name, record, attributes))
        write_all(self.client, writes)

    def _inspection_update(self, target: Target, due: DueVersion, *, ended: bool) -> Any:
        expression = "SET inspection = :inspection"
        return {
            "TableName": self.name,
            "Key": _key(target),
            "UpdateExpression": f"{expression} {_NO_LONGER_WAITING}" if ended else expression,
            "ConditionExpression": _SAME_REQUEST,
            "ExpressionAttributeNames": _ALL_NAMES if ended else _MARKS,
            "ExpressionAttributeValues": typed(
                {":inspection": pack_inspection(due.version.inspection), ":mark": due.mark}
            ),
        }

    def outdated(self, name: str, artifact_type: str, rules: str) -> Iterator[int]:
        """Yield the numbers: one query for each megabyte of versions."""
        pages = self.client.get_paginator("query").paginate(
            TableName=self.name,
            KeyConditionExpression="#name = :name AND begins_with(#item, :prefix)",
            ProjectionExpression="#item, inspection, #due, #inspecting",
            ExpressionAttributeNames={
                "#name": TABLE_PARTITION_KEY,
                "#item": TABLE_SORT_KEY,
                **_MARKS,
            },
            ExpressionAttributeValues=typed(
                {":name": name, ":prefix": f"version/{artifact_type}/"}
            ),
        )
        with dynamodb_failures():
            for page in pages:
                for item in map(plain, page["Items"]):
                    applied_rules = unpack(item["inspection"]).get("rules", "")
                    if applied_rules != rules and not {DUE_ATTRIBUTE, _INSPECTING} & item.keys():
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
