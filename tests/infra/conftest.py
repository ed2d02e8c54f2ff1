"""The app's two targets, each synthesized once per session and without bundling."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from infra.app import build
from infra.bundle import ROOT
from infra.config import Config
from tests.infra.template import Template

FLAGS = json.loads((ROOT / "cdk.json").read_text())["context"]
DEPLOYED = Config().functions
"""What is deployed by default: all but what only API tokens need."""
NO_BUNDLING: dict[str, list[str]] = {"aws:cdk:bundling-stacks": []}

Synthesize = Callable[..., Template]


@pytest.fixture(scope="session")
def synthesize(tmp_path_factory: pytest.TempPathFactory) -> Synthesize:
    """Synthesizes the app with context values; raises when the checks find something."""

    def run(**context: Any) -> Template:
        outdir = tmp_path_factory.mktemp("cdk") / "out"
        app = build({**FLAGS, **NO_BUNDLING, **context}, str(outdir))
        (stack,) = app.synth().stacks
        return Template(json.loads(Path(stack.template_full_path).read_text()))

    return run


@pytest.fixture(scope="session")
def aws(synthesize: Synthesize) -> Template:
    return synthesize()


@pytest.fixture(scope="session")
def local(synthesize: Synthesize) -> Template:
    return synthesize(target="local")


@pytest.fixture(scope="session")
def tokens(synthesize: Synthesize) -> Template:
    return synthesize(auth="token")
