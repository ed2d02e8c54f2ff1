"""The deployed roles on an engine that evaluates their policies: they are enough, and needed.

`tests/security/test_permissions_used.py` proves every permission of every function needed, by what
AWS documents for its operations; here an engine with its own knowledge of them agrees, for one of
the functions that have each.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from botocore.credentials import Credentials

from lambdas.contract.functions import FUNCTIONS
from lambdas.contract.routes import LIST_TOKENS
from lambdas.contract.table import DUE_ATTRIBUTE
from local.engine import free_port
from tests.scenarios import SCENARIOS, fails, home
from tests.support import deployed
from tests.support.contents import SMALL
from tests.support.deployments import EVERYTHING, Ask, Deployment
from tests.support.enforcing import Enforced, EnforcingEngine
from tests.support.permissions import Grant, grants_of
from tests.support.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

UNSEEN = {
    ("UploadArtifact", "dynamodb:GetItem"): "takes two uploads that meet at the right moment",
    ("UploadArtifact", "s3:GetObject"): "takes an answer that gets lost",
    ("Tokens", "dynamodb:PutItem"): "granted twice, by dynamodb:LeadingKeys the engine ignores",
    **{
        (spec.name, "s3:ListBucket"): "the engine tells every caller that an object is not there"
        for spec in FUNCTIONS
    },
}
"""What the engine cannot show, and why."""
PLAYS = [
    pytest.param(scenario, id=f"{function}-{scenario.__name__}")
    for function, scenarios in SCENARIOS.items()
    for scenario in scenarios
]
ONE_OF_EACH = {
    grant: (spec.name, grant)
    for spec in reversed(FUNCTIONS)
    for grant in grants_of(spec)
    if (spec.name, grant.action) not in UNSEEN
}
"""Each permission once, of the first function that has it: all of them would take a minute."""


@pytest.fixture(scope="module")
def enforced(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Enforced]:
    """A deployment of its own, with a token that may do everything."""
    engine = EnforcingEngine(tmp_path_factory.mktemp("enforcing"))
    engine.start(free_port(), with_parent=True)
    deployment = Enforced(engine)
    deployment.deploy()
    assert deployment.token(EVERYTHING)
    yield deployment
    engine.stop()


@pytest.mark.parametrize("scenario", PLAYS)
def test_the_roles_allow_every_scenario_of_their_functions(
    enforced: Enforced, scenario: Callable[[Deployment], None]
) -> None:
    scenario(enforced)


def test_the_stream_drives_the_inspector_under_its_role(enforced: Enforced) -> None:
    name = deployed.new_name()
    deployed.push(enforced, name, SMALL)
    wait_until(
        lambda: not any({DUE_ATTRIBUTE, "inspecting"} & one.keys() for one in enforced.items(name))
    )
    assert deployed.download(enforced, name).body == SMALL["config.json"]


def test_only_signing_callers_that_may_call_the_api_create_tokens(enforced: Enforced) -> None:
    forger = Credentials(enforced.caller.access_key, "another secret")
    stranger = enforced.new_user("stranger", "arn:aws:execute-api:*:*:another/*")
    listing = Ask(LIST_TOKENS)
    answers = [enforced.ask_signed(listing, who) for who in (forger, stranger, enforced.caller)]
    assert [answer.status for answer in answers] == [403, 403, 200]


@pytest.mark.parametrize(("function", "grant"), ONE_OF_EACH.values(), ids=str)
def test_a_function_fails_without_any_one_of_its_permissions(
    enforced: Enforced, function: str, grant: Grant
) -> None:
    with enforced.without(function, grant):
        failing = next((one for one in SCENARIOS[function] if fails(one, enforced)), None)
    assert failing, f"no scenario in {home(function)} needs {grant}"
