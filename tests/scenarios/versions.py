"""Scenarios of `Versions`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lambdas.contract.routes import DELETE_ALIAS, DELETE_VERSION, LIST_VERSIONS, PUT_ALIAS, RESCAN
from tests.scenarios.table import scenario
from tests.support import deployed
from tests.support.contents import SMALL

if TYPE_CHECKING:
    from tests.support.deployments import Deployment


@scenario("Versions")
def versions_are_listed(deployment: Deployment) -> None:
    name = deployed.new_name()
    deployed.upload(deployment, name)
    listed = deployed.ask(deployment, LIST_VERSIONS, 200, id=name).json
    assert [version["version"] for version in listed["versions"]] == [1]


@scenario("Versions")
def an_alias_is_set_once_and_removed(deployment: Deployment) -> None:
    name, key = deployed.new_name(), deployed.new_key()
    deployed.upload(deployment, name)
    target = {"id": name, "alias": "prod"}
    for _ in range(2):
        deployed.ask(deployment, PUT_ALIAS, 200, {"version": 1}, headers=key, **target)
    assert deployed.download(deployment, name, version="prod").body == SMALL["config.json"]
    deployed.ask(deployment, DELETE_ALIAS, 204, **target)
    assert deployed.actions(deployment, name) == ["upload", "set_alias", "download", "remove_alias"]


@scenario("Versions")
def a_refused_alias_frees_its_key(deployment: Deployment) -> None:
    name, key = deployed.new_name(), deployed.new_key()
    deployed.upload(deployment, name)
    target = {"id": name, "alias": "prod"}
    deployed.ask(deployment, PUT_ALIAS, 404, {"version": 2}, headers=key, **target)
    deployed.ask(deployment, PUT_ALIAS, 200, {"version": 1}, headers=key, **target)


@scenario("Versions")
def a_version_is_deleted_with_its_objects(deployment: Deployment) -> None:
    name = deployed.new_name()
    deployed.upload(deployment, name)
    deployed.upload(deployment, name, ("a.json", b"{}"), ("b.json", b"[]"))
    deployed.ask(deployment, DELETE_VERSION, 204, id=name, query={"version": "2"})
    assert len(deployment.keys(name)) == len(deployed.rows(deployment, name, "version/")) == 1
    assert deployed.actions(deployment, name) == ["upload", "upload", "delete_version"]


@scenario("Versions")
def a_version_is_inspected_again(deployment: Deployment) -> None:
    name = deployed.new_name()
    deployed.upload(deployment, name)
    deployed.ask(deployment, RESCAN, 202, id=name)
    assert deployed.actions(deployment, name) == ["upload", "rescan"]
