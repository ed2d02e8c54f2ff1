"""What applies to every test."""

from pathlib import PurePosixPath
from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling

from lambdas.registry import scores

SHARING = {"e2e", "infra", "s3"}
"""Folders whose tests share an engine, synthesized templates or a server."""
OWN_ENGINE = {"test_access", "test_enforced_permissions", "test_front_door", "test_upgrade"}
"""Modules in them that share nothing with the others."""


class Shared(LoadScopeScheduling):
    """Runs modules that share something in one process, and every other module on its own.

    xdist's own groups are lost under pytest 9.2, which computes the node ids that hold them.
    """

    def _split_scope(self, nodeid: str) -> str:
        path = PurePosixPath(nodeid.partition("::")[0])
        shares = path.parent.name in SHARING and path.stem not in OWN_ENGINE
        return path.parent.name if shares else str(path)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Shared:
    """Use it wherever the suite runs in several processes."""
    return Shared(config, log)


@pytest.fixture(autouse=True)
def _stopped_watch(monkeypatch: pytest.MonkeyPatch) -> None:
    """Scores that take no time, so that equal answers are equal."""
    monkeypatch.setattr(scores, "perf_counter_ns", lambda: 0)
