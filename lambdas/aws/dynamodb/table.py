"""Records and versions in DynamoDB, as uploads and downloads use them."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import ClientError

from lambdas.aws.dynamodb.attribute_values import plain, typed
from lambdas.aws.dynamodb.layout import (
    INTENTS,
    LISTED,
    RECORD,
    SWEEP_NAMES,
    SWEPT,
    intent_attribute,
    intent_value,
    key,
    version_item,
)
from lambdas.aws.dynamodb.packing import pack_inspection, pack_manifest
from lambdas.aws.dynamodb.records import inspection_due, pointers, to_record, to_version
from lambdas.aws.dynamodb.session_items import completion_update
from lambdas.aws.dynamodb.transactions import is_contended, write_all
from lambdas.aws.failures import dynamodb_failures, error_code
from lambdas.contract.table import LISTING_KEY, TABLE_PARTITION_KEY, TABLE_SORT_KEY
from lambdas.registry.errors import ThrottledError
from lambdas.registry.model import UNKNOWN_LICENSE, Record
from lambdas.registry.ports import Commit, ContendedError, Intent
from lambdas.registry.version import Version

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_ITEM_TOO_LARGE: Final = "ValidationException"
"""DynamoDB's error code for an update that would make an item larger than 400 KB."""


@dataclass(frozen=True, slots=True)
class DynamoTable:
    """Implements `lambdas.registry.ports.Table`."""

    client: "DynamoDBClient"
    name: str

    def record(self, name: str) -> Record | None:
        """Return the record of a name: one consistent read."""
        with dynamodb_failures():
            answer = self.client.get_item(
                TableName=self.name, Key=key(name, RECORD), ConsistentRead=True
            )
        item = answer.get("Item")
        return to_record(plain(item)) if item else None

    def version(self, name: str, artifact_type: str, number: int) -> Version | None:
        """Return one version: one consistent read."""
        with dynamodb_failures():
            answer = self.client.get_item(
                TableName=self.name,
                Key=key(name, version_item(artifact_type, number)),
                ConsistentRead=True,
            )
        item = answer.get("Item")
        return to_version(plain(item)) if item else None

    def record_and_version(
        self, name: str, artifact_type: str, number: int
    ) -> tuple[Record | None, Version | None]:
        """Return the record and one version: one consistent batch read."""
        keys = [key(name, RECORD), key(name, version_item(artifact_type, number))]
        with dynamodb_failures():
            answer = self.client.batch_get_item(
                RequestItems={self.name: {"Keys": keys, "ConsistentRead": True}}
            )
        if answer.get("UnprocessedKeys"):
            raise ThrottledError("The registry is busy; try again in a moment")
        items = [plain(item) for item in answer["Responses"].get(self.name, [])]
        by_item = {item[TABLE_SORT_KEY]: item for item in items}
        record = by_item.pop(RECORD, None)
        return (
            to_record(record) if record else None,
            next((to_version(item) for item in by_item.values()), None),
        )

    def open_intent(self, name: str, intent: Intent) -> Record:
        """Store the intent in the record, creating the record if there is none."""
        with dynamodb_failures():
            try:
                answer = self.client.update_item(
                    TableName=self.name,
                    Key=key(name, RECORD),
                    UpdateExpression=(
                        "SET #intent = :intent, #sweep = :swept, "
                        "#sweep_at = if_not_exists(#sweep_at, :sweep_at) ADD #intents :one"
                    ),
                    ExpressionAttributeNames={
                        "#intent": intent_attribute(intent),
                        "#intents": INTENTS,
                        **SWEEP_NAMES,
                    },
                    ExpressionAttributeValues=typed(
                        {
                            ":intent": intent_value(intent),
                            ":one": 1,
                            ":swept": SWEPT,
                            ":sweep_at": intent.expires_at,
                        }
                    ),
                    ReturnValues="ALL_NEW",
                )
            except ClientError as error:
                if is_contended(error):
                    raise ContendedError from error
                if error_code(error) == _ITEM_TOO_LARGE:
                    raise ThrottledError(
                        "Too many uploads to this model are in progress; try again later"
                    ) from error
                raise
        return to_record(plain(answer["Attributes"]))

    def commit(self, commit: Commit) -> None:
        """Put the version and update the record in one transaction."""
        writes = [{"Put": self._version_put(commit)}, {"Update": self._record_update(commit)}]
        if commit.completion:
            completion = completion_update(self.name, commit.completion, commit.version)
            writes.append({"Update": completion})
        write_all(self.client, writes, commit.stored_answer, commit.event)

    def _version_put(self, commit: Commit) -> Any:
        version = commit.version
        return {
            "TableName": self.name,
            "Item": {
                **key(commit.name, version_item(version.artifact_type, version.number)),
                **typed(
                    {
                        "manifest": pack_manifest(version),
                        "inspection": pack_inspection(version.inspection),
                        **inspection_due(version, commit.event.actor.request_id),
                    }
                ),
            },
            "ConditionExpression": "attribute_not_exists(#name)",
            "ExpressionAttributeNames": {"#name": TABLE_PARTITION_KEY},
        }

    def _record_update(self, commit: Commit) -> Any:
        version = commit.version
        kind = version.artifact_type
        names = {
            "#count": f"count_{kind}",
            "#listing": LISTING_KEY,
            "#license": "license",
        }
        values: dict[str, Any] = {
            ":number": version.number,
            ":before": version.number - 1,
            ":zero": 0,
            ":listed": LISTED,
            ":now": version.created_at,
            ":one": 1,
            ":license": commit.license or UNKNOWN_LICENSE,
        }
        sets = [
            "#count = :number",
            "#listing = :listed",
            "created_at = if_not_exists(created_at, :now)",
            "updated_at = :now",
            "revision = if_not_exists(revision, :zero) + :one",
            "#license = " + (":license" if commit.license else "if_not_exists(#license, :license)"),
        ]
        for attribute, value in pointers(version).items():
            names[f"#{attribute}"] = attribute
            values[f":{attribute}"] = value
            sets.append(f"#{attribute} = :{attribute}")
        # A missing number is zero.
        conditions = ["(#count = :before OR (attribute_not_exists(#count) AND :before = :zero))"]
        removes = ""
        if commit.intent:
            names["#intent"] = intent_attribute(commit.intent)
            # If the intent is missing, the sweep has taken over the objects.
            conditions.append("attribute_exists(#intent)")
            removes = " REMOVE #intent"
        if commit.completion:
            names["#generation"] = f"generation_{kind}"
            values[":generation"] = commit.completion.generation
            conditions.append(
                "(#generation = :generation OR "
                "(attribute_not_exists(#generation) AND :generation = :zero))"
            )
        return {
            "TableName": self.name,
            "Key": key(commit.name, RECORD),
            "UpdateExpression": f"SET {', '.join(sets)}{removes}",
            "ConditionExpression": " AND ".join(conditions),
            "ExpressionAttributeNames": names,
            "ExpressionAttributeValues": typed(values),
        }
