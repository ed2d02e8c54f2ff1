"""Deletes in DynamoDB: what readers can see in one write first, then the rest in batches."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from lambdas.aws.dynamodb.attribute_values import plain, typed
from lambdas.aws.dynamodb.layout import (
    RECORD,
    SWEPT,
    VISIBLE_ATTRIBUTES,
    alias_attribute,
    intent_attribute,
    intent_value,
    key,
    version_item,
)
from lambdas.aws.dynamodb.record_updates import conditional_update
from lambdas.aws.dynamodb.records import pointer_names, pointers, to_version
from lambdas.aws.dynamodb.transactions import write_all
from lambdas.aws.failures import dynamodb_failures
from lambdas.contract.table import SWEEP_KEY, SWEEP_SORT_KEY, TABLE_PARTITION_KEY, TABLE_SORT_KEY
from lambdas.registry.audit import AuditEvent
from lambdas.registry.catalogue.deleting import VersionRemoval
from lambdas.registry.model import Record
from lambdas.registry.ports import ContendedError, Intent, StoredAnswer
from lambdas.registry.version import Version

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_MAX_BATCH: Final = 25
"""DynamoDB's limit on the items of one batch write."""


@dataclass(frozen=True, slots=True)
class DynamoDeletions:
    """Implements `lambdas.registry.catalogue.deleting.Deletions`."""

    client: "DynamoDBClient"
    name: str

    def delete_version(self, removal: VersionRemoval) -> None:
        """Delete the version's item and move the record's pointers in one transaction."""
        record, version = removal.record, removal.version
        kind = version.artifact_type
        sets = {
            f"generation_{kind}": record.generations.get(kind, 0) + 1,
            intent_attribute(removal.intent): intent_value(removal.intent),
            SWEEP_KEY: SWEPT,
            SWEEP_SORT_KEY: removal.intent.expires_at,
            "updated_at": removal.event.at,
        }
        removes: tuple[str, ...] = ()
        if removal.previous is not None:
            sets |= pointers(removal.previous)
        elif record.heads[kind].number == version.number:
            removes = pointer_names(kind)
        gone = {
            "Delete": {
                "TableName": self.name,
                "Key": key(record.model.name, version_item(kind, version.number)),
                "ConditionExpression": "attribute_exists(#name)",
                "ExpressionAttributeNames": {"#name": TABLE_PARTITION_KEY},
            }
        }
        writes = [gone, conditional_update(self.name, record, sets, removes)]
        write_all(self.client, writes, removal.stored_answer, removal.event)

    def close_intent(self, name: str, intent: Intent) -> None:
        """Remove the intent from the record."""
        with dynamodb_failures():
            self.client.update_item(
                TableName=self.name,
                Key=key(name, RECORD),
                UpdateExpression="REMOVE #intent",
                ExpressionAttributeNames={"#intent": intent_attribute(intent)},
            )

    def hide(
        self, record: Record, now: datetime, event: AuditEvent, stored_answer: StoredAnswer | None
    ) -> None:
        """Remove everything that readers can see, and mark the versions for purging."""
        sets: dict[str, Any] = {SWEEP_KEY: SWEPT, SWEEP_SORT_KEY: int(now.timestamp())}
        for kind, count in record.counts.items():
            sets[f"purge_{kind}"] = count
            sets[f"generation_{kind}"] = record.generations.get(kind, 0) + 1
        aliases = [
            alias_attribute(kind, alias)
            for kind, named in record.aliases.items()
            for alias in named
        ]
        update = conditional_update(self.name, record, sets, [*VISIBLE_ATTRIBUTES, *aliases])
        write_all(self.client, [update], stored_answer, event)

    def purgeable(self, name: str, artifact_type: str, upto: int) -> tuple[Version, ...]:
        """Query the lowest-numbered versions, as many as one batch can delete."""
        with dynamodb_failures():
            answer = self.client.query(
                TableName=self.name,
                KeyConditionExpression="#name = :name AND #item BETWEEN :first AND :last",
                ExpressionAttributeNames={"#name": TABLE_PARTITION_KEY, "#item": TABLE_SORT_KEY},
                ExpressionAttributeValues=typed(
                    {
                        ":name": name,
                        ":first": version_item(artifact_type, 1),
                        ":last": version_item(artifact_type, upto),
                    }
                ),
                ConsistentRead=True,
                Limit=_MAX_BATCH,
            )
        return tuple(to_version(plain(item)) for item in answer["Items"])

    def forget(self, name: str, versions: Sequence[Version]) -> None:
        """Delete the versions' items in one batch; `purgeable` finds any that DynamoDB skips."""
        keys = [key(name, version_item(v.artifact_type, v.number)) for v in versions]
        requests: Any = [{"DeleteRequest": {"Key": item_key}} for item_key in keys]
        with dynamodb_failures():
            self.client.batch_write_item(RequestItems={self.name: requests})

    def clear_purge_mark(self, name: str, artifact_type: str, upto: int) -> None:
        """Remove the purge mark, provided that it is unchanged."""
        update = {
            "TableName": self.name,
            "Key": key(name, RECORD),
            "UpdateExpression": "REMOVE #purge",
            "ConditionExpression": "#purge = :upto",
            "ExpressionAttributeNames": {"#purge": f"purge_{artifact_type}"},
            "ExpressionAttributeValues": typed({":upto": upto}),
        }
        with suppress(ContendedError):
            write_all(self.client, [{"Update": update}])
