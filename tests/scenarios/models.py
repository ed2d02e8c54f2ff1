"""Scenarios of `Models`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lambdas.contract.routes import DELETE_MODEL, GET_MODEL, LIST_MODELS, PATCH_MODEL
from tests.scenarios.table import scenario
from tests.support import deployed

if TYPE_CHECKING:
    from tests.support.deployments import Deployment


@scenario("Models")
def models_are_listed(deployment: Deployment) -> None:
    name = deployed.new_name()
    deployed.upload(deployment, name)
    listed = deployed.ask(deployment, LIST_MODELS, 200, query={"prefix": name}).json
    assert [model["name"] for model in listed["models"]] == [name]


@scenario("Models")
def a_record_is_edited_once(deployment: Deployment) -> None:
    name, key = deployed.new_name(), deployed.new_key()
    deployed.upload(deployment, name)
    change = {"description": "mine"}
    for _ in range(2):
        deployed.ask(deployment, PATCH_MODEL, 200, change, headers=key, id=name)
    assert deployed.ask(deployment, GET_MODEL, 200, id=name).json["description"] == "mine"
    assert deployed.actions(deployment, name) == ["upload", "edit"]


@scenario("Models")
def a_refused_edit_frees_its_key(deployment: Deployment) -> None:
    name, key = deployed.new_name(), deployed.new_key()
    deployed.upload(deployment, name)
    change = {"description": "mine"}
    wrong = {**key, "If-Match": '"99"'}
    deployed.ask(deployment, PATCH_MODEL, 412, change, headers=wrong, id=name)
    deployed.ask(deployment, PATCH_MODEL, 200, change, headers=key, id=name)


@scenario("Models")
def a_model_is_deleted_with_all_that_it_had(deployment: Deployment) -> None:
    name = deployed.new_name()
    deployed.upload(deployment, name)
    deployed.upload(deployment, name)
    deployed.ask(deployment, DELETE_MODEL, 204, id=name)
    assert (deployment.keys(name), deployed.rows(deployment, name, "version/")) == ([], [])
    assert deployed.actions(deployment, name) == ["upload", "upload", "delete_model"]
