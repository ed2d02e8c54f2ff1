"""Pages of a Query."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from lambdas.aws.dynamodb.layout import key
from lambdas.aws.dynamodb.values import plain, typed
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
    """Query one item more than a page may hold, and so know whether more follow.

    DynamoDB ends its answer early at 1 MB: the page is shorter then, and more follow.
    """
    with dynamodb_failures():
        answer = client.query(**query, Limit=limit + 1)
    items = answer["Items"]
    return Page(
        tuple(convert(plain(item)) for item in items[:limit]),
        more=len(items) > limit or "LastEvaluatedKey" in answer,
    )


def of_partition(table: str, partition: str, *, behind: str | None = None) -> dict[str, Any]:
    """Return the query of a whole partition, or of what is behind a sort key."""
    start: dict[str, Any] = {"ExclusiveStartKey": key(partition, behind)} if behind else {}
    return {
        "TableName": table,
        "KeyConditionExpression": "#name = :name",
        "ExpressionAttributeNames": {"#name": TABLE_PARTITION_KEY},
        "ExpressionAttributeValues": typed({":name": partition}),
        "ConsistentRead": True,
        **start,
    }
