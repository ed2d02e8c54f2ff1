"""Listings in DynamoDB: one query per page, however large the registry is."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lambdas.aws.dynamodb.attribute_values import typed
from lambdas.aws.dynamodb.layout import LAST_NUMBER, LISTED, RECORD, key, version_item
from lambdas.aws.dynamodb.pages import query_page
from lambdas.aws.dynamodb.records import to_version
from lambdas.contract.table import LISTING_INDEX, LISTING_KEY, TABLE_PARTITION_KEY, TABLE_SORT_KEY
from lambdas.registry.access import KeyRange
from lambdas.registry.catalogue.ports import ListedModel
from lambdas.registry.page import Page
from lambdas.registry.version import Version

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


@dataclass(frozen=True, slots=True)
class DynamoListings:
    """Implements `lambdas.registry.catalogue.ports.Listings`."""

    client: "DynamoDBClient"
    name: str

    def models(self, names: KeyRange, after: str | None, limit: int) -> Page[ListedModel]:
        """Query the listing index."""
        condition, placeholders, values = "#listing = :listed", {"#listing": LISTING_KEY}, {}
        if names.start:
            in_range = "#name = :start" if names.exact else "begins_with(#name, :start)"
            condition += f" AND {in_range}"
            placeholders["#name"] = TABLE_PARTITION_KEY
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
            ExpressionAttributeNames=placeholders,
            ExpressionAttributeValues=typed({":listed": LISTED, **values}),
            **start,
        )

    def versions(
        self, name: str, artifact_type: str, *, above: int, below: int | None, limit: int
    ) -> Page[Version]:
        """Query the versions of a type in reverse order."""
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


def _to_listed(item: Mapping[str, Any]) -> ListedModel:
    return ListedModel(item[TABLE_PARTITION_KEY], item["created_at"], item["license"])
