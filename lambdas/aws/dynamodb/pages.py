"""Paged queries."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from lambdas.aws.dynamodb.attribute_values import plain, typed
from lambdas.aws.dynamodb.layout import key
from lambdas.aws.failures import dynamodb_failures
from lambdas.contract.table import TABLE_PARTITION_KEY
from lambdas.registry.page import Page

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_Item = TypeVar("_Item")


def query_page(
    client: "DynamoDBClient",
    convert: Callable[[Mapping[str, Any]], _Item],
    limit: int,
    **query: Any,
) -> Page[_Item]:
    """Return a page of converted items, querying one extra item to see whether more follow.

    DynamoDB ends a response early at 1 MB; the page is then shorter than `limit`, and more follow.
    """
    with dynamodb_failures():
        answer = client.query(**query, Limit=limit + 1)
    items = answer["Items"]
    return Page(
        tuple(convert(plain(item)) for item in items[:limit]),
        more=len(items) > limit or "LastEvaluatedKey" in answer,
    )


def of_partition(table: str, partition: str, *, after: str | None = None) -> dict[str, Any]:
    """Return the Query for a partition, starting after the sort key `after` if it is given."""
    start: dict[str, Any] = {"ExclusiveStartKey": key(partition, after)} if after else {}
    return {
        "TableName": table,
        "KeyConditionExpression": "#name = :name",
        "ExpressionAttributeNames": {"#name": TABLE_PARTITION_KEY},
        "ExpressionAttributeValues": typed({":name": partition}),
        "ConsistentRead": True,
        **start,
    }
