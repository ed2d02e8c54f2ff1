"""Scenarios of `Docs`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lambdas.contract.routes import DOCS, HEALTH, OPENAPI
from tests.scenarios.table import scenario
from tests.support import deployed

if TYPE_CHECKING:
    from tests.support.deployments import Deployment


@scenario("Docs")
def the_api_is_alive_and_described(deployment: Deployment) -> None:
    for route in (HEALTH, OPENAPI, DOCS):
        deployed.ask(deployment, route, 200)
