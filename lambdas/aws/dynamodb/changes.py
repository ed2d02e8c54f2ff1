"""The one way to change a record that readers can see: as it was read, or not at all."""

from collections.abc import Iterable, Mapping
from typing import Any

from lambdas.aws.dynamodb.layout import RECORD, key
from lambdas.aws.dynamodb.values import typed
from lambdas.registry.model import Record


def change(
    table: str, record: Record, sets: Mapping[str, Any], removes: Iterable[str] = ()
) -> dict[str, Any]:
    """Return the update that sets and removes attributes of the record at its revision.

    The revision grows with every visible change, so it stands for all of the record.
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
