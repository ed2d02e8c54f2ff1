"""Scenarios of `Tokens`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lambdas.contract.routes import CREATE_TOKEN, LIST_TOKENS, REVOKE_TOKEN
from lambdas.contract.table import TOKENS_PREFIX
from tests.scenarios.table import scenario
from tests.support import deployed

if TYPE_CHECKING:
    from tests.support.deployments import Deployment


@scenario("Tokens")
def a_token_is_made_listed_and_revoked(deployment: Deployment) -> None:
    made = deployed.ask(deployment, CREATE_TOKEN, 201, {"grants": ["read:other"]}).json
    listed = deployed.ask(deployment, LIST_TOKENS, 200, query={"limit": "100"}).json["tokens"]
    assert made["token_id"] in [token["token_id"] for token in listed]
    deployed.ask(deployment, REVOKE_TOKEN, 204, token_id=made["token_id"])
    assert deployed.rows(deployment, TOKENS_PREFIX, made["token_id"]) == []
    assert deployed.actions(deployment, "")[-2:] == ["create_token", "revoke_token"]
