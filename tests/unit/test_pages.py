"""A page of a Query."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import pytest

from lambdas.aws.dynamodb.attribute_values import typed
from lambdas.aws.dynamodb.pages import query_page

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class Table:
    """Answers a query with some items, cut short or not."""

    def __init__(self, items: int, *, cut_short: bool) -> None:
        self.answer: dict[str, Any] = {"Items": [typed({"n": n}) for n in range(items)]}
        if cut_short:
            self.answer["LastEvaluatedKey"] = typed({"n": items - 1})

    def query(self, *, Limit: int) -> dict[str, Any]:  # noqa: N803 - boto3's name
        assert len(self.answer["Items"]) <= Limit
        return self.answer


@pytest.mark.parametrize(
    ("found", "cut_short", "items", "more"),
    [
        (0, False, 0, False),
        (1, True, 1, True),
        (2, False, 2, False),
        (2, True, 2, True),
        (3, True, 2, True),
        (3, False, 2, True),
    ],
)
def test_a_page_knows_whether_more_follow(
    *, found: int, cut_short: bool, items: int, more: bool
) -> None:
    # GIVEN a table that answers with this many items, perhaps because 1 MB was full
    table = cast("DynamoDBClient", Table(found, cut_short=cut_short))

    # WHEN a page of two is asked for
    page = query_page(table, lambda item: int(item["n"]), 2)

    assert (page.items, page.more) == (tuple(range(items)), more)
