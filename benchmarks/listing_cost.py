"""Calls and read capacity that a page of GET /models takes with 101, 10,000 and 100,000 models.

    python -m benchmarks.listing_cost

Runs the real handler against moto in this process. The capacity is computed by DynamoDB's rule from
what each query read (eventually consistent: half a unit per started 4 KB), because local engines
report a constant.
"""

import json
import math
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from typing import Any

from moto import mock_aws
from moto.dynamodb.models import dynamodb_backends

from lambdas.aws import clients
from lambdas.aws.dynamodb.layout import LISTED, RECORD
from lambdas.contract.limits import MAX_PAGE
from lambdas.contract.table import LISTING_KEY, TABLE_PARTITION_KEY, TABLE_SORT_KEY
from lambdas.functions.models.handler import lambda_handler
from tests.support import aws
from tests.support.gateway import rest_event

_BLOCK_BYTES = 4_096
_ACCOUNT = "123456789012"


class Queries:
    """Records what the handler's queries read."""

    def __init__(self) -> None:
        self.units: list[float] = []
        self.scanned: list[int] = []

    def note(self, parsed: Any, **_: Any) -> None:
        """Record one response of DynamoDB, which bills whatever it scanned."""
        if len(parsed["Items"]) != parsed["ScannedCount"]:
            raise AssertionError("the query filtered, so its response does not show what it read")
        size = sum(_size(item) for item in parsed["Items"])
        self.units.append(0.5 * max(1, math.ceil(size / _BLOCK_BYTES)))
        self.scanned.append(parsed["ScannedCount"])


def _size(item: dict[str, Any]) -> int:
    """Return an item's size as DynamoDB counts it: names and values in UTF-8."""
    return sum(len(name) + len(next(iter(value.values()))) for name, value in item.items())


@contextmanager
def _registry(models: int) -> Iterator[Queries]:
    clients.dynamodb.cache_clear()
    with mock_aws():
        aws.create_table()
        table = dynamodb_backends[_ACCOUNT][aws.REGION].get_table(aws.TABLE)
        for number in range(models):
            # Directly into the engine, because a hundred thousand uploads would take too long.
            table.put_item(_record(f"model-{number:06}"))
        queries = Queries()
        client = clients.dynamodb(aws.REGION)
        client.meta.events.register("after-call.dynamodb.Query", queries.note)
        yield queries


def _record(name: str) -> dict[str, Any]:
    return {
        TABLE_PARTITION_KEY: {"S": name},
        TABLE_SORT_KEY: {"S": RECORD},
        LISTING_KEY: {"S": LISTED},
        "created_at": {"S": "2030-01-01T12:00:00.000Z"},
        "license": {"S": "apache-2.0"},
    }


def _page(query: str) -> dict[str, Any]:
    answer = lambda_handler(rest_event("GET", "/models", query=query), None)
    if answer["statusCode"] != HTTPStatus.OK:
        raise AssertionError(answer["body"])
    page: dict[str, Any] = json.loads(answer["body"])
    return page


def measure(models: int, max_pages: int) -> tuple[int, list[float], set[int]]:
    """Return the pages read, the capacity units of each full page, and the items scanned."""
    with _registry(models) as queries:
        token, pages = "", 0
        while pages < max_pages:
            page = _page(f"limit={MAX_PAGE}{token}")
            pages += 1
            if "next" not in page:
                break
            token = f"&next={page['next']}"
    if len(queries.units) != pages:
        raise AssertionError("a page is one query")
    full = [unit for unit, n in zip(queries.units, queries.scanned, strict=True) if n > MAX_PAGE]
    return pages, full or queries.units, set(queries.scanned)


def main() -> int:
    """Print the table; return 1 if the cost of a page grows with the registry by more than 10%."""
    os.environ.setdefault("AWS_ACCESS_KEY_ID", "local")
    os.environ.setdefault("AWS_SECRET_ACCESS_KEY", "local")
    print("| models | pages read | queries per page | items per query | RCU per page (min, max) |")
    print("|---|---|---|---|---|")
    seen: list[float] = []
    for models, max_pages in ((101, 1), (10_000, 100), (100_000, 1)):
        started_s = time.perf_counter()
        pages, units, scanned = measure(models, max_pages)
        seen += units
        spread = f"{min(units)}, {max(units)}"
        print(f"| {models:,} | {pages} | 1 | {sorted(scanned)} | {spread} |")
        print(f"{models} models: {time.perf_counter() - started_s:.1f} s", file=sys.stderr)
    return int(max(seen) > 1.1 * min(seen))


if __name__ == "__main__":
    raise SystemExit(main())
