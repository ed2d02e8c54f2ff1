"""The whole template of both targets is the stored one."""

import tempfile
from pathlib import Path

import pytest

from infra.config import LOCAL_DEFAULTS
from tests.infra.conftest import Synthesize
from tests.infra.template import Template
from tools import ROOT, stale
from tools.templates import TARGETS, rendered


@pytest.mark.parametrize("target", TARGETS)
def test_the_template_is_the_stored_one(target: str, request: pytest.FixtureRequest) -> None:
    template = request.getfixturevalue(target)
    stored = TARGETS[target].read_text()
    assert rendered(template.body).splitlines() == stored.splitlines(), stale(TARGETS[target])


def test_the_template_names_no_path_of_this_machine(aws: Template, local: Template) -> None:
    places = (str(ROOT), str(Path.home()), tempfile.gettempdir())
    text = rendered(aws.body) + rendered(local.body)
    assert not [place for place in places if f"{place}/" in text]


def test_the_local_target_differs_by_configuration_alone(
    synthesize: Synthesize, local: Template
) -> None:
    # GIVEN an AWS stage that is configured like the local engine
    same = synthesize(**LOCAL_DEFAULTS, allow_public_access="true")
    pair = rendered(same.body), rendered(local.body)
    assert pair[0].splitlines() == pair[1].splitlines()
