"""Point-in-time recovery and the command that brings one name back, on the deployed stack."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from tests.support.waiting import wait_until
from tools import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

    import requests
    from mypy_boto3_dynamodb import DynamoDBClient

    from local.stack import Stack
    from tests.support.over_http import Api

RESTORED = "restored-by-test"


def store(api: Api, name: str, content: bytes) -> int:
    answer = api.upload(name, content)
    assert answer.status_code == 200, answer.text
    return int(answer.json()["version"])


@pytest.fixture
def snapshot(api: Api, deployed: Stack, dynamodb: DynamoDBClient) -> Iterator[str]:
    """The table as it was when three names had two versions each."""
    for name in ("by-hand", "damaged", "by-api"):
        store(api, name, b"first " + name.encode())
        store(api, name, b"second " + name.encode())
    dynamodb.restore_table_to_point_in_time(
        SourceTableName=deployed.table,
        TargetTableName=RESTORED,
        RestoreDateTime=datetime.now(UTC),
    )
    wait_until(
        lambda: dynamodb.describe_table(TableName=RESTORED)["Table"]["TableStatus"] == "ACTIVE"
    )
    yield RESTORED
    dynamodb.delete_table(TableName=RESTORED)


def test_a_name_is_restored_and_lost_files_are_named(
    api: Api,
    snapshot: str,
    deployed: Stack,
    dynamodb: DynamoDBClient,
    aws_environment: dict[str, str],
) -> None:
    def restore(name: str, *options: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "operations.restore", snapshot, deployed.table]
        return subprocess.run(
            [*command, deployed.bucket, name, *options],
            check=False,
            cwd=ROOT,
            env=aws_environment,
            capture_output=True,
            text=True,
        )

    def content(name: str, version: int) -> requests.Response:
        return api.fetch(name, params={"version": version})

    # GIVEN a record whose items were deleted from the table by hand
    for item in ("record", "version/model/0000000001", "version/model/0000000002"):
        dynamodb.delete_item(
            TableName=deployed.table, Key={"name": {"S": "by-hand"}, "item": {"S": item}}
        )
    assert content("by-hand", 1).status_code == 404
    # WHEN it is restored
    done = restore("by-hand")
    # THEN all of it is there
    assert (done.returncode, done.stdout) == (0, "by-hand: 3 items restored\n"), done.stderr
    assert content("by-hand", 1).content == b"first by-hand"
    assert content("by-hand", 2).content == b"second by-hand"

    # GIVEN a record that was damaged, after another upload
    store(api, "damaged", b"third damaged")
    dynamodb.update_item(
        TableName=deployed.table,
        Key={"name": {"S": "damaged"}, "item": {"S": "record"}},
        UpdateExpression="REMOVE head_model, created_at",
    )
    # WHEN it is restored THEN only on demand, and no number is used twice
    refused = restore("damaged")
    assert refused.returncode == 1
    assert "--replace" in refused.stderr
    assert restore("damaged", "--replace").returncode == 0
    assert content("damaged", 2).content == b"second damaged"
    assert store(api, "damaged", b"fourth damaged") == 4
    assert content("damaged", 3).content == b"third damaged"

    # GIVEN a model that was deleted through the API, bytes and all
    deleted = api.ask("DELETE", "/models/by-api")
    assert deleted.status_code == 204
    # WHEN it is restored THEN each lost file is named, and the registry still works
    done = restore("by-api", "--replace")
    assert done.returncode == 1
    assert done.stdout.count("bytes lost: version/model/") == 2
    assert store(api, "by-api", b"again") == 3
    assert content("by-api", 3).content == b"again"
