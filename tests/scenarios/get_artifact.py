"""Scenarios of `GetArtifact`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lambdas.contract.limits import INLINE_LIMIT_BYTES
from lambdas.contract.routes import DELETE_VERSION, GET_ARTIFACT
from tests.scenarios.table import race, scenario
from tests.support import deployed
from tests.support.contents import SMALL, safetensors

if TYPE_CHECKING:
    from tests.support.deployments import Deployment, InMemory


@scenario("GetArtifact")
def the_newest_version_is_downloaded_and_that_is_kept(deployment: Deployment) -> None:
    name = deployed.new_name()
    deployed.upload(deployment, name)
    assert deployed.download(deployment, name).body == SMALL["config.json"]
    assert deployed.actions(deployment, name) == ["upload", "download"]


@scenario("GetArtifact")
def a_numbered_version_is_downloaded(deployment: Deployment) -> None:
    name = deployed.new_name()
    deployed.upload(deployment, name)
    assert deployed.download(deployment, name, version="1").body == SMALL["config.json"]


@scenario("GetArtifact")
def a_large_file_is_downloaded_from_the_bucket(deployment: Deployment) -> None:
    name, contents = deployed.new_name(), {"weights.safetensors": safetensors(INLINE_LIMIT_BYTES)}
    deployed.push(deployment, name, contents)
    deployed.inspect(deployment, name)
    location = deployed.download(deployment, name, 302).headers["Location"]
    answer = deployment.use("GetArtifact", "GET", location, {})
    assert (answer.status, answer.body) == (200, contents["weights.safetensors"])


@scenario("GetArtifact")
def a_download_that_a_token_does_not_grant_is_kept(deployment: Deployment) -> None:
    name = deployed.new_name()
    deployed.ask(deployment, GET_ARTIFACT, 403, id=name, grants="read:other")
    assert deployed.actions(deployment, name) == ["download"]


@race("GetArtifact")
def a_download_that_meets_a_deletion_is_told_so(deployment: InMemory) -> None:
    """S3 answers 403 instead of 404 unless the function may list the bucket."""
    name = deployed.new_name()
    deployed.upload(deployment, name)
    deployed.upload(deployment, name)
    gone = {"version": "1"}

    def delete() -> None:
        deployed.ask(deployment, DELETE_VERSION, 204, id=name, query=gone)

    with deployment.meanwhile("s3", "GetObject", delete):
        deployed.download(deployment, name, 404, **gone)
