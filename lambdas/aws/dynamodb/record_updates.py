"""Conditional updates: the one way to change what readers can see of a record."""

from collections.abc import Iterable, Mapping
from typing import Any

from lambdas.aws.dynamodb.attribute_values import typed
from lambdas.aws.dynamodb.layout import RECORD, key
from lambdas.registry.model import Record


def conditional_update(
    table: str, record: Record, sets: Mapping[str, Any], removes: Iterable[str] = ()
) -> dict[str, Any]:
    """Return the Update that sets and removes attributes if the record is still at its revision.

    The revision grows with every visible change, so comparing it covers the whole record.
    """
    sets = {**sets, "revision": record.revision + 1}
    names = {f"#s{n}": name for n, name in enumerate(sets)}
    removed = {f"#r{n}": name for n, name in enumerate(removes)}
    values = {f":s{n}": value for n, value in enumerate(sets.values())}
    expression = "SET " + ", ".join(f"#s{n} = :s{n}" for n in range(len(sets)))
    if removed:
        expression += " REMOVE " + ", ".join(removed)
    return {
        "Update": {
            "TableName": table,
            "Key": key(record.model.name, RECORD),
            "UpdateExpression": expression,
            "ConditionExpression": "#revision = :revision",
            "ExpressionAttributeNames": {**names, **removed, "#revision": "revision"},
            "ExpressionAttributeValues": typed({**values, ":revision": record.revision}),
        }
    }
