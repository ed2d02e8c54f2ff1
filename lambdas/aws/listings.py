"""Listings: one query per page, whatever the registry's size."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lambdas.aws.failures import dynamodb_failures
from lambdas.aws.layout import LAST_NUMBER, LISTED, RECORD, key, version_item
from lambdas.aws.records import to_version
from lambdas.aws.values import plain, typed
from lambdas.contract import LISTING_INDEX, LISTING_KEY, TABLE_PARTITION_KEY, TABLE_SORT_KEY
from lambdas.registry.access import Names
from lambdas.registry.catalogue_ports import Listed
from lambdas.registry.page import Page
from lambdas.registry.version import Version

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


@dataclass(frozen=True, slots=True)
class DynamoListings:
    """Implements `lambdas.registry.catalogue_ports.Listings`."""

    client: "DynamoDBClient"
    name: str

    def models(self, names: Names, after: str | None, limit: int) -> Page[Listed]:
        """Query the listing index, one item more than asked for to know whether more follow."""
        condition, spelled, values = "#listing = :listed", {"#listing": LISTING_KEY}, {}
        if names.start:
            asked = "#name = :start" if names.exact else "begins_with(#name, :start)"
            condition += f" AND {asked}"
            spelled["#name"] = TABLE_PARTITION_KEY
            values[":start"] = names.start
        start: dict[str, Any] = {}
        if after:
            start["ExclusiveStartKey"] = {**key(after, RECORD), **typed({LISTING_KEY: LISTED})}
        with dynamodb_failures():
            answer = self.client.query(
                TableName=self.name,
                IndexName=LISTING_INDEX,
                KeyConditionExpression=condition,
                ExpressionAttributeNames=spelled,
                ExpressionAttributeValues=typed({":listed": LISTED, **values}),
                Limit=limit + 1,
                **start,
            )
        items = [plain(item) for item in answer["Items"]]
        return Page(
            tuple(
                Listed(item[TABLE_PARTITION_KEY], item["created_at"], item["license"])
                for item in items[:limit]
            ),
            more=len(items) > limit,
        )

    def versions(
        self, name: str, artifact_type: str, *, above: int, below: int | None, limit: int
    ) -> Page[Version]:
        """Query a type's versions backwards; DynamoDB ends a page early at 1 MB of manifests."""
        first, last = above + 1, LAST_NUMBER if below is None else min(below - 1, LAST_NUMBER)
        if first > last:
            return Page((), more=False)
        with dynamodb_failures():
            answer = self.client.query(
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
                Limit=limit + 1,
            )
        versions = tuple(to_version(plain(item)) for item in answer["Items"])
        cut_short = len(versions) <= limit and "LastEvaluatedKey" in answer
        return Page(versions[:limit], more=len(versions) > limit or cut_short)
