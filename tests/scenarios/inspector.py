"""Scenarios of `Inspector`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.scenarios.table import scenario
from tests.support import deployed
from tests.support.contents import SMALL

if TYPE_CHECKING:
    from tests.support.deployments import Deployment


@scenario("Inspector")
def a_pushed_version_is_inspected(deployment: Deployment) -> None:
    name = deployed.new_name()
    deployed.push(deployment, name, SMALL)
    deployed.inspect(deployment, name)
    assert deployed.rows(deployment, name, "version/")
    assert deployed.download(deployment, name, metadata_only="true").json["verdict"] == "clean"
