"""A version that shares its objects with another one, as an upload session makes them."""

import uuid
from dataclasses import replace

from lambdas.aws import resources
from lambdas.aws.dynamodb.table import DynamoTable
from lambdas.registry.operation import Operation
from lambdas.registry.ports import Commit, Intent
from tests.support import use_cases


def share(name: str = "bert-base", number: int = 1, kind: str = "model") -> int:
    """Commit a new version with the files of version `number`; return its number."""
    table = resources.on_table(DynamoTable)
    intent = Intent(str(uuid.uuid4()), (), 4_000_000_000)
    record = table.open_intent(name, intent)
    version = table.version(name, kind, number)
    assert version is not None
    again = replace(version, number=record.counts[kind] + 1)
    event = use_cases.call().event(Operation.upload(name, again), use_cases.NOON)
    table.commit(Commit(name, again, intent, None, event))
    return again.number
