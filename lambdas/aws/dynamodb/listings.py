"""Listings: one query per page, whatever the registry's size."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lambdas.aws.dynamodb.layout import LAST_NUMBER, LISTED, RECORD, key, version_item
from lambdas.aws.dynamodb.pages import query_page
from lambdas.aws.dynamodb.records import to_version
from lambdas.aws.dynamodb.values import typed
from lambdas.contract.table import LISTING_INDEX, LISTING_KEY, TABLE_PARTITION_KEY, TABLE_SORT_KEY
from lambdas.registry.access import KeyRange
from lambdas.registry.catalogue.ports import Listed
from lambdas.registry.page import Page
from lambdas.registry.version import Version

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


@dataclass(frozen=True, slots=True)
class DynamoListings:
    """Implements `lambdas.registry.catalogue.ports.Listings`."""

    client: "DynamoDBClient"
    name: str

    def models(self, names: KeyRange, after: str | None, limit: int) -> Page[Listed]:
        """Query the listing index."""
        condition, spelled, values = "#listing = :listed", {"#listing": LISTING_KEY}, {}
        if names.start:
            asked = "#name = :start" if names.exact else "begins_with(#name, :start)"
            condition += f" AND {asked}"
            spelled["#name"] = TABLE_PARTITION_KEY
            values[":start"] = names.start
        start: dict[str, Any] = {}
        if after:
            start["ExclusiveStartKey"] = {**key(after, RECORD), **typed({LISTING_KEY: LISTED})}
        return query_page(
            self.client,
            _to_listed,
            limit,
            TableName=self.name,
            IndexName=LISTING_INDEX,
            KeyConditionExpression=condition,
            ExpressionAttributeNames=spelled,
            ExpressionAttributeValues=typed({":listed": LISTED, **values}),
            **start,
        )

    def versions(
        self, name: str, artifact_type: str, *, above: int, below: int | None, limit: int
    ) -> Page[Version]:
        """Query a type's versions backwards."""
        first, last = above + 1, LAST_NUMBER if below is None else min(below - 1, LAST_NUMBER)
        if first > last:
            return Page((), more=False)
        return query_page(
            self.client,
            to_version,
            limit,
            TableName=self.name,
            KeyConditionExpression="#name = :name AND #item BETWEEN :first AND :last",
            ExpressionAttributeNames={"#name": TABLE_PARTITION_KEY, "#item": TABLE_SORT_KEY},
            ExpressionAttributeValues=typed(
                {
                    ":name": name,
                    ":first": version_item(artifact_type, first),
                    ":last": version_item(artifact_type, last),
                }
            ),
            ScanIndexForward=False,
            ConsistentRead=True,
        )


def _to_listed(item: Mapping[str, Any]) -> Listed:
    return Listed(item[TABLE_PARTITION_KEY], item["created_at"], item["license"])
