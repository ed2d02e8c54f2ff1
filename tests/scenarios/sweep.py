"""Scenarios of `Sweep`."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from lambdas.aws.dynamodb.deletions import DynamoDeletions
from lambdas.aws.dynamodb.session_items import partition
from lambdas.aws.dynamodb.table import DynamoTable
from lambdas.contract.table import SWEEP_SORT_KEY, TABLE_PARTITION_KEY, TABLE_SORT_KEY
from lambdas.registry.operation import Action, Operation
from lambdas.registry.ports import Intent
from tests.scenarios.table import scenario
from tests.support import deployed
from tests.support.contents import SMALL, in_parts
from tests.support.use_cases import call

if TYPE_CHECKING:
    from tests.support.deployments import Deployment

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


def _dead_upload(deployment: Deployment, name: str) -> None:
    """Leave what a small upload leaves behind when it dies between its bytes and its record."""
    keys = tuple(f"model/{name}/{uuid.uuid4()}.bin" for _ in range(2))
    intent = Intent(str(uuid.uuid4()), keys, int(LONG_AGO.timestamp()))
    DynamoTable(deployment.dynamodb, deployment.table).open_intent(name, intent)
    for key in keys:
        deployment.s3.put_object(Bucket=deployment.bucket, Key=key, Body=b"lost")


@scenario("Sweep")
def a_dead_upload_is_swept(deployment: Deployment) -> None:
    name = deployed.new_name()
    _dead_upload(deployment, name)
    deployed.sweep(deployment)
    assert (deployment.keys(name), deployment.items(name)) == ([], [])


@scenario("Sweep")
def a_dead_upload_of_a_known_name_is_swept(deployment: Deployment) -> None:
    name = deployed.new_name()
    deployed.upload(deployment, name)
    _dead_upload(deployment, name)
    deployed.age(deployment, name)
    deployed.sweep(deployment)
    assert len(deployment.keys(name)) == 1
    assert deployed.download(deployment, name).body == SMALL["config.json"]


@scenario("Sweep")
def an_expired_session_is_swept(deployment: Deployment) -> None:
    name, contents = deployed.new_name(), in_parts()
    begun = deployed.begin(deployment, name, contents)
    deployed.send_whole(deployment, begun, contents)
    deployed.age(deployment, partition(begun["upload_id"]))
    deployed.sweep(deployment)
    assert (deployment.keys(name), deployment.multiparts(name)) == ([], [])
    assert deployment.items(partition(begun["upload_id"])) == []


@scenario("Sweep")
def a_completed_session_is_forgotten(deployment: Deployment) -> None:
    name = deployed.new_name()
    begun = deployed.begin(deployment, name, SMALL)
    deployed.send(deployment, begun, SMALL)
    deployed.complete(deployment, begun)
    deployed.age(deployment, partition(begun["upload_id"]))
    deployed.sweep(deployment)
    assert len(deployment.keys(name)) == 1
    assert deployment.items(partition(begun["upload_id"])) == []


@scenario("Sweep")
def a_deleted_model_is_purged(deployment: Deployment) -> None:
    name = deployed.new_name()
    deployed.upload(deployment, name)
    record = DynamoTable(deployment.dynamodb, deployment.table).record(name)
    assert record
    # As a function leaves it that dies right after its answer.
    event = call().event(Operation(Action.DELETE_MODEL, name), LONG_AGO)
    DynamoDeletions(deployment.dynamodb, deployment.table).hide(record, LONG_AGO, event, None)
    deployed.sweep(deployment)
    assert (deployment.keys(name), deployed.rows(deployment, name, "version/")) == ([], [])


@scenario("Sweep")
def a_missing_inspection_is_asked_for_again(deployment: Deployment) -> None:
    name = deployed.new_name()
    deployed.push(deployment, name, SMALL)
    deployed.age(deployment, name)
    deployed.sweep(deployment)
    (version,) = deployed.rows(deployment, name, "version/")
    assert version.get(SWEEP_SORT_KEY) != {"N": "1"}


@scenario("Sweep")
def new_rules_are_asked_for_everywhere(deployment: Deployment) -> None:
    deployed.upload(deployment, deployed.new_name())
    progress = {
        TABLE_PARTITION_KEY: {"S": "guard#rules"},
        TABLE_SORT_KEY: {"S": "progress"},
    }
    deployment.dynamodb.delete_item(TableName=deployment.table, Key=progress)
    deployed.sweep(deployment)
    assert deployed.rows(deployment, "guard#rules", "progress")
