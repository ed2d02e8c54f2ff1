"""The client's documentation runs as written."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from modelguard.cli._app import app
from modelguard.cli._exit import MEANING
from tools import ROOT

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

PAGE = (ROOT / "docs" / "client.md").read_text()


def test_the_sdks_example_runs(
    api_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # GIVEN a model directory
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MODELGUARD_CONFIG", str(tmp_path / "config.json"))
    (tmp_path / "bert").mkdir()
    (tmp_path / "bert" / "weights.bin").write_bytes(bytes(range(256)))
    (tmp_path / "bert" / "config.json").write_text("{}")

    # WHEN the page's example runs THEN its assertions hold
    (example,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    exec(example, {"url": api_url})


def test_the_page_has_every_command_and_every_exit_status() -> None:
    for name in app.commands:
        assert f"`{name}" in PAGE, name
    for status, meaning in MEANING.items():
        assert f"| {status} | {meaning} |" in PAGE
