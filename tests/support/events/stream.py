"""The stream that drives inspections, operated by hand."""

from typing import Any

from lambdas.contract.table import DUE_ATTRIBUTE, TABLE_PARTITION_KEY, TABLE_SORT_KEY
from lambdas.functions.inspector.handler import lambda_handler
from tests.support import aws


def stream_events() -> list[dict[str, Any]]:
    """Return the events of all versions that wait to be inspected."""
    return [
        {
            "eventName": "INSERT",
            "dynamodb": {
                "Keys": {key: item[key] for key in (TABLE_PARTITION_KEY, TABLE_SORT_KEY)},
                "NewImage": item,
                "SequenceNumber": str(number),
            },
        }
        for number, item in enumerate(aws.items())
        if DUE_ATTRIBUTE in item
    ]


def inspect_due() -> int:
    """Inspect all versions that wait for it; return how many there were."""
    events = stream_events()
    lambda_handler({"Records": events}, None)
    return len(events)
