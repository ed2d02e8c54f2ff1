"""The whole template of both targets, stored next to this file.

`MODELGUARD_UPDATE_SNAPSHOTS=1` rewrites the stored ones; the diff of a commit then shows what a
deployment will change. Hashes of assets are left out: any change of a handler would show there.
"""

import json
import os
import re
import tempfile
from pathlib import Path

import pytest

from infra.bundle import ROOT
from infra.config import LOCAL_DEFAULTS
from tests.infra.conftest import Synthesize
from tests.infra.template import Template

SNAPSHOTS = Path(__file__).parent / "snapshots"
ASSET_HASH = re.compile(r"\b[0-9a-f]{64}\b")


def rendered(template: Template) -> str:
    text = json.dumps(template.body, indent=2, sort_keys=True) + "\n"
    return ASSET_HASH.sub("<asset hash>", text)


@pytest.mark.parametrize("target", ["aws", "local"])
def test_the_template_is_the_stored_one(target: str, request: pytest.FixtureRequest) -> None:
    template = request.getfixturevalue(target)
    stored = SNAPSHOTS / f"{target}.json"

    if os.environ.get("MODELGUARD_UPDATE_SNAPSHOTS"):
        stored.parent.mkdir(exist_ok=True)
        stored.write_text(rendered(template))

    assert rendered(template).splitlines() == stored.read_text().splitlines(), (
        "the template changed; if that is meant, run `make snapshot` and review the diff"
    )


def test_the_template_names_no_path_of_this_machine(aws: Template, local: Template) -> None:
    places = (str(ROOT), str(Path.home()), tempfile.gettempdir())
    text = rendered(aws) + rendered(local)
    assert not [place for place in places if f"{place}/" in text]


def test_the_local_target_differs_by_configuration_alone(
    synthesize: Synthesize, local: Template
) -> None:
    # GIVEN an AWS stage that is configured like the local engine
    same = synthesize(**LOCAL_DEFAULTS, allow_public_access="true")
    pair = rendered(same), rendered(local)
    assert pair[0].splitlines() == pair[1].splitlines()
