"""Every permission of a role is used, and no other is needed.

The real handlers run over an AWS in memory that lets each call only what the contract grants to
the function that makes it. All scenarios work that way, and for every single permission
there is one that fails without it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from moto import mock_aws

from lambdas.aws import clients
from lambdas.contract.environment import ENV_AUTH
from lambdas.contract.functions import FUNCTIONS
from tests.scenarios import RACES, SCENARIOS, fails, home
from tests.support.contents import small_parts
from tests.support.deployments import InMemory
from tests.support.permissions import Grant, grants_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SCENES = {name: [*scenarios, *RACES[name]] for name, scenarios in SCENARIOS.items()}
PLAYS = [
    pytest.param(function, scenario, id=f"{function}-{scenario.__name__}")
    for function, scenarios in SCENES.items()
    for scenario in scenarios
]
PERMISSIONS = [
    pytest.param(spec.name, grant, id=f"{spec.name}-{grant}")
    for spec in FUNCTIONS
    for grant in grants_of(spec)
]


@pytest.fixture(scope="module")
def shared() -> Iterator[InMemory]:
    """Clients that are made once, under the roles of the contract, of a registry with tokens."""
    clients.s3.cache_clear()
    clients.dynamodb.cache_clear()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(ENV_AUTH, "token")
        small_parts(patch)
        with mock_aws():
            made = InMemory()
        with made.roles.enforced():
            yield made


@pytest.fixture
def deployment(shared: InMemory) -> Iterator[InMemory]:
    """An empty registry whose functions may do what the contract says."""
    shared.roles.reset()
    with mock_aws():
        shared.create()
        yield shared


@pytest.mark.parametrize(("function", "scenario"), PLAYS)
def test_no_function_needs_more_than_the_contract_grants(
    deployment: InMemory, function: str, scenario: Callable[[InMemory], None]
) -> None:
    try:
        scenario(deployment)
    finally:
        # THEN it works, and no call was refused
        refused = deployment.roles.refused
        assert not refused, f"the contract does not grant what {function} needs"


@pytest.mark.parametrize(("function", "grant"), PERMISSIONS)
def test_a_function_fails_without_any_one_of_its_permissions(
    deployment: InMemory, function: str, grant: Grant
) -> None:
    deployment.roles.missing = (function, grant)
    failing = next((one for one in SCENES[function] if fails(one, deployment)), None)
    assert failing, f"no scenario in {home(function)} needs {grant}"
    refused = [*deployment.roles.refused, *deployment.roles.veiled]
    assert any(grant.covers(need) for _, need in refused)
