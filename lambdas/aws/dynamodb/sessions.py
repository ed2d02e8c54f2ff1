"""Upload sessions in DynamoDB."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lambdas.aws.dynamodb.attribute_values import plain, typed
from lambdas.aws.dynamodb.layout import SESSION, key
from lambdas.aws.dynamodb.packing import pack
from lambdas.aws.dynamodb.pages import of_partition
from lambdas.aws.dynamodb.session_items import partition, session_items, to_session
from lambdas.aws.dynamodb.transactions import write_all
from lambdas.aws.failures import dynamodb_failures
from lambdas.contract.table import SWEEP_SORT_KEY, TABLE_PARTITION_KEY, TABLE_SORT_KEY
from lambdas.registry.ports import StoredAnswer
from lambdas.registry.uploads.session import Session, State

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


@dataclass(frozen=True, slots=True)
class DynamoUploadSessions:
    """Implements `lambdas.registry.uploads.ports.SessionTable`."""

    client: "DynamoDBClient"
    name: str

    def create(self, session: Session, stored_answer: StoredAnswer | None) -> None:
        """Write a new session: all of its items, or none."""
        write_all(
            self.client,
            [{"Put": {"TableName": self.name, "Item": item}} for item in session_items(session)],
            stored_answer,
        )

    def session(self, upload_id: str) -> Session | None:
        """Return a session: one consistent query for each megabyte of its items."""
        return to_session(upload_id, [plain(item) for item in self._items(upload_id)])

    def save_multiparts(self, session: Session, multiparts: Mapping[str, str]) -> None:
        """Store the session's multipart upload ids, provided that they are unchanged."""
        self._update(
            session,
            "multiparts = :multiparts, revision = :next",
            {
                ":multiparts": pack(dict(multiparts)),
                ":next": session.revision + 1,
            },
        )

    def abort(self, session: Session, sweep_at: int) -> None:
        """End an open session and have it swept at `sweep_at`."""
        self._update(
            session,
            f"#state = :aborted, {SWEEP_SORT_KEY} = :sweep_at",
            {":aborted": State.ABORTED.value, ":sweep_at": sweep_at},
        )

    def forget(self, upload_id: str) -> None:
        """Delete all items of a session, or none, so that it stays readable."""
        keys = [
            {TABLE_PARTITION_KEY: item[TABLE_PARTITION_KEY], TABLE_SORT_KEY: item[TABLE_SORT_KEY]}
            for item in self._items(upload_id)
        ]
        if keys:
            write_all(
                self.client,
                [{"Delete": {"TableName": self.name, "Key": item_key}} for item_key in keys],
            )

    def _items(self, upload_id: str) -> list[dict[str, Any]]:
        with dynamodb_failures():
            pages = self.client.get_paginator("query").paginate(
                **of_partition(self.name, partition(upload_id))
            )
            return [dict(item) for page in pages for item in page["Items"]]

    def _update(self, session: Session, changes: str, values: Mapping[str, Any]) -> None:
        """Change an open session, or raise ContendedError if it has changed since it was read."""
        update = {
            "TableName": self.name,
            "Key": key(partition(session.upload_id), SESSION),
            "UpdateExpression": f"SET {changes}",
            "ConditionExpression": "#state = :open AND revision = :seen",
            "ExpressionAttributeNames": {"#state": "state"},
            "ExpressionAttributeValues": typed(
                {**values, ":open": State.OPEN.value, ":seen": session.revision}
            ),
        }
        write_all(self.client, [{"Update": update}])
