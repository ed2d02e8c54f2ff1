"""Scenarios of `Audit`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lambdas.contract.routes import AUDIT, MODEL_AUDIT
from tests.scenarios.table import scenario
from tests.support import deployed

if TYPE_CHECKING:
    from tests.support.deployments import Deployment


@scenario("Audit")
def the_audit_trail_is_read(deployment: Deployment) -> None:
    name = deployed.new_name()
    deployed.upload(deployment, name)
    kept = deployed.ask(deployment, MODEL_AUDIT, 200, id=name).json["events"]
    assert [event["action"] for event in kept] == ["upload"]
    deployed.ask(deployment, AUDIT, 200)


@scenario("Audit")
def a_look_at_the_trail_that_a_token_does_not_grant_is_kept(deployment: Deployment) -> None:
    name = deployed.new_name()
    deployed.ask(deployment, MODEL_AUDIT, 403, id=name, grants="read:other")
    assert deployed.actions(deployment, name) == ["call"]
