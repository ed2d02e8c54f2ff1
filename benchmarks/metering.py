"""What an operation uses of AWS: calls and capacity units, measured at the clients.

DynamoDB's units are computed from the items before and after each call, as DynamoDB bills them: 4
KB per consistent read unit, 1 KB per write unit, twice as many in a transaction, and one for each
changed entry of an index.
"""

import math
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

from lambdas.aws import clients
from lambdas.contract.table import (
    LISTING_ATTRIBUTES,
    LISTING_KEY,
    SWEEP_KEY,
    SWEEP_SORT_KEY,
    TABLE_PARTITION_KEY,
    TABLE_SORT_KEY,
)

_READ_UNIT_BYTES: Final = 4_096
_WRITE_UNIT_BYTES: Final = 1_024
_INDEXES: Final = (
    (LISTING_KEY, (LISTING_KEY, *LISTING_ATTRIBUTES)),
    (SWEEP_KEY, (SWEEP_KEY, SWEEP_SORT_KEY)),
)
_Item = dict[str, Any]


@dataclass(slots=True)
class Usage:
    """Calls by service and name, DynamoDB units, and the seconds spent waiting for AWS."""

    calls: Counter[str] = field(default_factory=Counter)
    read_units: float = 0
    write_units: float = 0
    waited_s: float = 0


class Meter:
    """Measures the calls of the clients that the handlers use."""

    def __init__(self, region: str) -> None:
        self.usage = Usage()
        self._dynamodb = clients.dynamodb(region)
        self._quiet = False
        self._before: dict[str, _Item] = {}
        self._started_s = 0.0
        for client in (clients.s3(region), self._dynamodb):
            client.meta.events.register("provide-client-params.*.*", self._begin)
            client.meta.events.register("after-call.*.*", self._end)

    @contextmanager
    def measured(self) -> Iterator[Usage]:
        """Measure the calls made inside; signing a URL is not a call."""
        self.usage = usage = Usage()
        try:
            yield usage
        finally:
            self.usage = Usage()  # collects calls made outside, which are not reported

    def _begin(self, params: Any, model: Any, **_: Any) -> None:
        if self._quiet:
            return
        self._started_s = time.process_time()
        self._writes = _writes(model.name, params)
        self._before = {str(key): self._item(table, key) for table, key in self._writes}
        self._consistent = bool(params.get("ConsistentRead"))

    def _end(self, model: Any, parsed: Any, **_: Any) -> None:
        if self._quiet:
            return
        usage, name = self.usage, model.name
        usage.calls[f"{model.service_model.service_name}:{name}"] += 1
        for items, whole in _reads(name, parsed):
            units = math.ceil(max(1, sum(map(_size, items))) / _READ_UNIT_BYTES)
            usage.read_units += units if whole or self._consistent else units / 2
        factor = 2 if name == "TransactWriteItems" else 1
        for table, key in self._writes:
            before, after = self._before[str(key)], self._item(table, key)
            written = max(_size(before), _size(after), 1)
            usage.write_units += factor * math.ceil(written / _WRITE_UNIT_BYTES)
            usage.write_units += sum(_index_writes(index, before, after) for index in _INDEXES)
        usage.waited_s += time.process_time() - self._started_s

    def _item(self, table: str, key: _Item) -> _Item:
        self._quiet = True
        try:
            found: _Item = self._dynamodb.get_item(TableName=table, Key=key).get("Item", {})
        finally:
            self._quiet = False
        return found


def _writes(name: str, params: Any) -> list[tuple[str, _Item]]:
    """Return the table and the key of each item that a call writes."""
    if name in {"UpdateItem", "DeleteItem"}:
        return [(params["TableName"], params["Key"])]
    if name == "PutItem":
        return [(params["TableName"], _key(params["Item"]))]
    if name == "TransactWriteItems":
        actions = [next(iter(entry.values())) for entry in params["TransactItems"]]
        return [(write["TableName"], write.get("Key") or _key(write["Item"])) for write in actions]
    if name == "BatchWriteItem":
        return [
            (table, request["DeleteRequest"]["Key"])
            for table, requests in params["RequestItems"].items()
            for request in requests
        ]
    return []


def _reads(name: str, parsed: Any) -> list[tuple[list[_Item], bool]]:
    """Return the groups of items rounded up together, and whether each counts as consistent."""
    if name == "GetItem":
        return [([parsed.get("Item", {})], True)]
    if name == "Query":
        return [(parsed["Items"], False)]
    if name == "BatchGetItem":
        return [([item], True) for items in parsed["Responses"].values() for item in items]
    return []


def _key(item: _Item) -> _Item:
    names = (TABLE_PARTITION_KEY, TABLE_SORT_KEY)
    return {name: item[name] for name in names}


def _index_writes(index: tuple[str, tuple[str, ...]], before: _Item, after: _Item) -> int:
    key, projected = index
    old = [before.get(name) for name in projected] if key in before else None
    new = [after.get(name) for name in projected] if key in after else None
    if old == new:
        return 0
    return 2 if old and new and key == SWEEP_KEY else 1  # changing a key takes two writes


def _size(item: Any) -> int:
    """Return an item's size in bytes, approximately as DynamoDB counts it."""
    if isinstance(item, dict):
        return sum(len(str(name).encode()) + _size(value) for name, value in item.items())
    if isinstance(item, list):
        return sum(map(_size, item)) + 3
    return len(item) if isinstance(item, bytes) else len(str(item).encode())
