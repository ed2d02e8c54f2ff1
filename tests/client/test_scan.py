"""`modelguard scan`: the guard's verdict on local files, with nothing sent."""

import json
import os
import pickle
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from modelguard.cli._app import app


class Exploit:
    """Names a dangerous function in its pickle; nothing here ever loads it."""

    def __reduce__(self) -> tuple[Any, ...]:
        return (os.system, ("true",))


def scan(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["scan", *map(str, arguments)])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "weights.pkl").write_bytes(pickle.dumps({"weights": [1.0]}))
    (tmp_path / "readme.md").write_text("# Model")
    return tmp_path


def test_clean_files_are_clean_and_end_with_status_0(folder: Path) -> None:
    result = scan(folder)
    assert result.exit_code == 0
    assert result.stdout.splitlines() == ["clean  readme.md  text", "clean  weights.pkl  pickle"]


def test_a_malicious_file_is_named_with_its_reason_and_ends_with_status_4(folder: Path) -> None:
    (folder / "model.pkl").write_bytes(pickle.dumps(Exploit()))
    result = scan(folder)
    assert result.exit_code == 4
    assert "malicious  model.pkl" in result.stdout
    assert "system" in result.stdout


def test_json_has_the_whole_report(folder: Path) -> None:
    reports = json.loads(scan("--json", folder).stdout)
    assert reports["weights.pkl"]["verdict"] == "clean"
    assert reports["weights.pkl"]["facts"]["format"] == "pickle"


def test_a_missing_file_is_one_line_and_no_trace(tmp_path: Path) -> None:
    result = scan(tmp_path / "none")
    assert result.exit_code == 1
    assert result.stderr.count("\n") == 1
