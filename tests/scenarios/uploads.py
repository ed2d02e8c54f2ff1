"""Scenarios of `Uploads`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lambdas.contract.routes import ABORT_UPLOAD, BEGIN_UPLOAD
from tests.scenarios.table import scenario
from tests.support import deployed
from tests.support.contents import SMALL, declared, in_parts

if TYPE_CHECKING:
    from tests.support.deployments import Deployment


@scenario("Uploads")
def a_session_is_begun_once_resumed_and_completed(deployment: Deployment) -> None:
    name, key = deployed.new_name(), deployed.new_key()
    contents = {"a.json": b"{}", "b.json": b"[]"}
    body = declared(contents, name)
    begun = deployed.ask(deployment, BEGIN_UPLOAD, 201, body, headers=key).json
    again = deployed.ask(deployment, BEGIN_UPLOAD, 201, body, headers=key).json
    assert begun["upload_id"] == again["upload_id"]
    deployed.send(deployment, begun, contents, most=1)
    deployed.complete(deployment, begun, 409)
    resumed = deployed.resume(deployment, begun)
    assert [file["state"] for file in resumed["files"]] == ["have", "need"]
    deployed.send(deployment, resumed, contents)
    answers = [deployed.complete(deployment, begun).json for _ in range(2)]
    assert [answer["version"] for answer in answers] == [1, 1]
    assert deployed.actions(deployment, name) == ["upload"]


@scenario("Uploads")
def what_a_version_holds_is_not_sent_again(deployment: Deployment) -> None:
    name = deployed.new_name()
    deployed.push(deployment, name, SMALL)
    begun = deployed.begin(deployment, name, SMALL)
    assert [file["state"] for file in begun["files"]] == ["have"]


@scenario("Uploads")
def an_aborted_session_leaves_nothing(deployment: Deployment) -> None:
    name, contents = deployed.new_name(), in_parts()
    begun = deployed.begin(deployment, name, contents)
    deployed.send_whole(deployment, begun, contents)
    assert deployment.multiparts(name) != []
    deployed.ask(deployment, ABORT_UPLOAD, 204, upload_id=begun["upload_id"])
    assert (deployment.keys(name), deployment.multiparts(name)) == ([], [])


@scenario("Uploads")
def a_file_in_parts_is_resumed_and_completed(deployment: Deployment) -> None:
    name, contents = deployed.new_name(), in_parts()
    begun = deployed.begin(deployment, name, contents)
    deployed.send(deployment, begun, contents, most=1)
    deployed.send(deployment, deployed.resume(deployment, begun), contents)
    deployed.complete(deployment, begun)
    assert deployment.multiparts(name) == []


@scenario("Uploads")
def a_refused_session_frees_its_key(deployment: Deployment) -> None:
    name, key = deployed.new_name(), deployed.new_key()
    body = declared(SMALL, name)
    refused = {**body, "license": "x" * 201}
    deployed.ask(deployment, BEGIN_UPLOAD, 400, refused, headers=key)
    deployed.ask(deployment, BEGIN_UPLOAD, 201, body, headers=key)
