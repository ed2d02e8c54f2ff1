"""The app's two targets, each synthesized once per session and without bundling."""

from collections.abc import Callable
from typing import Any

import pytest

from infra.config import Config
from tests.infra.template import Template
from tools import templates

DEPLOYED = Config().functions
"""What is deployed by default: all but what only API tokens need."""

Synthesize = Callable[..., Template]


@pytest.fixture(scope="session")
def synthesize(tmp_path_factory: pytest.TempPathFactory) -> Synthesize:
    """Synthesizes the app with context values; raises when the checks find something."""

    def run(**context: Any) -> Template:
        return Template(templates.synthesize(tmp_path_factory.mktemp("cdk"), **context))

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
