"""Scenarios of `UploadArtifact`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.scenarios.table import race, scenario
from tests.support import deployed

if TYPE_CHECKING:
    from tests.support.deployments import Deployment, InMemory


@scenario("UploadArtifact")
def an_upload_of_several_files_is_one_version_and_repeating_it_none(deployment: Deployment) -> None:
    name, key = deployed.new_name(), deployed.new_key()
    files = ("a.json", b"{}"), ("b.json", b"[]")
    first = deployed.upload(deployment, name, *files, headers=key)
    again = deployed.upload(deployment, name, *files, headers=key)
    assert first.json == again.json
    assert len(deployment.keys(name)) == 2
    assert deployed.actions(deployment, name) == ["upload"]


@scenario("UploadArtifact")
def a_refused_upload_frees_its_key(deployment: Deployment) -> None:
    name, key = deployed.new_name(), deployed.new_key()
    deployed.upload(deployment, name, headers=key, status=400, license="x" * 201)
    deployed.upload(deployment, name, headers=key, license="mit")


@race("UploadArtifact")
def uploads_that_meet_take_turns(deployment: InMemory) -> None:
    name = deployed.new_name()
    with deployment.meanwhile(
        "dynamodb", "TransactWriteItems", lambda: deployed.upload(deployment, name)
    ):
        deployed.upload(deployment, name)
    assert len(deployed.rows(deployment, name, "version/")) == 2


@race("UploadArtifact")
def an_upload_whose_answer_was_lost_is_kept(deployment: InMemory) -> None:
    name = deployed.new_name()
    with deployment.lost_answer():
        deployed.upload(deployment, name)
    assert len(deployment.keys(name)) == len(deployed.rows(deployment, name, "version/")) == 1
