"""Scenarios of `Authorizer`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lambdas.contract.routes import CREATE_TOKEN
from tests.scenarios.table import scenario
from tests.support import deployed

if TYPE_CHECKING:
    from tests.support.deployments import Deployment


@scenario("Authorizer")
def a_token_is_accepted(deployment: Deployment) -> None:
    made = deployed.ask(deployment, CREATE_TOKEN, 201, {"grants": ["read:other"]}).json
    event = {
        "type": "TOKEN",
        "authorizationToken": f"Bearer {made['token']}",
        "methodArn": "arn:aws:execute-api:us-east-1:111122223333:abc/prod/GET/models",
    }
    answer = deployment.run("Authorizer", event)
    assert answer["context"] == {"grants": "read:other"}
