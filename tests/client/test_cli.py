"""The command line: what it prints, and how it ends when something goes wrong."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from modelguard.cli._app import app
from tests.client.fakes import Answer, Script, answer

MODEL = {
    "name": "bert",
    "scores": {"license": 1, "size_score": {"raspberry_pi": 0.25, "desktop_pc": 1.0}},
    "versions": {"model": {"version": 2, "size": 1_500, "verdict": "clean"}},
    "aliases": {"model": {"prod": 1}},
}
VERSION = {
    "model_name": "bert",
    "artifact_type": "model",
    "version": 2,
    "verdict": "clean",
    "files": [{"path": "weights.bin", "size": 1_500, "sha256": "ab" * 32}],
}


@pytest.fixture(autouse=True)
def alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("MODELGUARD_TOKEN", "MODELGUARD_AUTH"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("MODELGUARD_URL", "http://registry")
    monkeypatch.setenv("MODELGUARD_CONFIG", str(tmp_path / "config.json"))


def run(monkeypatch: pytest.MonkeyPatch, arguments: str, *answers: Answer) -> Result:
    script = Script(*answers)
    monkeypatch.setattr("modelguard._client.HttpTransport", lambda: script)
    return CliRunner().invoke(app, arguments.split(), input="")


def python(*arguments: str, stdout: int) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments], check=False, timeout=30, text=True,
        stdout=stdout, stderr=subprocess.PIPE,
    )  # fmt: skip


def test_show_shows_scores_of_each_kind_of_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    # GIVEN a model as the registry describes it WHEN it is shown
    result = run(monkeypatch, "show bert", answer(MODEL), answer(VERSION))

    # THEN nested scores are shown like the others
    assert result.exit_code == 0
    assert (
        "  scores: license 1.00, size_score/raspberry_pi 0.25, size_score/desktop_pc 1.00\n"
        in result.stdout
    )
    assert f"  weights.bin  1.5 kB  {'ab' * 32}\n" in result.stdout
    # AND JSON has them as they are
    result = run(monkeypatch, "show bert --json", answer(MODEL), answer(VERSION))
    assert json.loads(result.stdout)["model"]["scores"] == MODEL["scores"]


@pytest.mark.parametrize("arguments", ["alias bert --remove", "push", "pull a:", "frobnicate"])
def test_wrong_usage_ends_with_status_2(monkeypatch: pytest.MonkeyPatch, arguments: str) -> None:
    assert run(monkeypatch, arguments).exit_code == 2


def test_no_token_on_standard_input_is_not_the_saved_one(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    # GIVEN a saved token, and a script whose secret is empty
    saved = '{"url": "http://registry", "auth": "token", "token": "old"}'
    (tmp_path / "config.json").write_text(saved)

    # WHEN it logs in THEN it is told
    result = run(monkeypatch, "login --token-stdin http://registry")
    assert (result.exit_code, result.stderr) == (
        2, "error: There is no token on standard input; pipe one in\n",
    )  # fmt: skip


def test_ctrl_c_does_not_wait_for_threads() -> None:
    # GIVEN a command with a thread that will not end for a minute
    program = """
import os, signal, time
from concurrent.futures import ThreadPoolExecutor
from modelguard.cli._run import registry
with registry(None, as_json=False), ThreadPoolExecutor(1) as pool:
    pool.submit(time.sleep, 60)
    os.kill(os.getpid(), signal.SIGINT)
    time.sleep(60)
"""
    # WHEN it is interrupted THEN it ends with one line and its status
    ended = python("-c", program, stdout=subprocess.DEVNULL)
    assert (ended.returncode, ended.stderr) == (
        130, "interrupted; run the same command to resume\n",
    )  # fmt: skip


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
def test_output_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    # GIVEN stdout on a full disk WHEN something is printed THEN there is no trace
    (tmp_path / "f").write_text("x")
    with Path("/dev/full").open("w") as full:
        arguments = ("push", str(tmp_path / "f"), "--name", "m", "--dry-run")
        ended = python("-m", "modelguard", *arguments, stdout=full.fileno())
    assert ended.returncode == 1
    assert "No space left" in ended.stderr.splitlines()[-1]
    assert "Traceback" not in ended.stderr


def test_no_command_description_is_cut() -> None:
    # WHEN the overview is shown at the usual width
    overview = CliRunner().invoke(app, ["--help"], terminal_width=80).stdout
    tokens = CliRunner().invoke(app, ["token", "--help"], terminal_width=80).stdout

    # THEN each description ends with a sentence
    assert "..." not in overview.partition("Commands:")[2]
    assert "..." not in tokens.partition("Commands:")[2]


@pytest.mark.parametrize(
    ("arguments", "code", "status", "expected"),
    [
        ("pull bert:3 -t code", "VERSION_NOT_FOUND", 404, "modelguard versions bert -t code"),
        ("show bert", "MODEL_NOT_FOUND", 404, "modelguard ls"),
        ("versions bert", "ARTIFACT_NOT_FOUND", 404, "modelguard show bert"),
        ("pull bert", "ARTIFACT_MALICIOUS", 403, "modelguard show bert"),
        ("pull bert:2", "ARTIFACT_NOT_CLEARED", 403, "modelguard show bert:2"),
    ],
)
def test_a_hint_is_a_command_that_can_be_pasted(
    monkeypatch: pytest.MonkeyPatch, arguments: str, code: str, status: int, expected: str
) -> None:
    # GIVEN a registry that refuses with advice for users of plain HTTP
    body = {"error": "It is refused; pass allow_unverified=true", "error_code": code}
    result = run(monkeypatch, arguments, answer(body, status))

    # THEN the line has the real name, and only the client's own advice
    assert expected in result.stderr
    assert "NAME" not in result.stderr
    assert "allow_unverified=true" not in result.stderr


def test_json_on_a_terminal_controls_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    # GIVEN a model whose texts would reorder, colour or clear a terminal
    text = "\u202eevil\x9b2J\x1b[2J\x7f\u2028\u200b é"
    model = answer(MODEL | {"license": text, "description": text, "versions": {}})

    # WHEN it is shown as JSON THEN all of the output is printable ASCII, and means the same
    result = run(monkeypatch, "show bert --json", model)
    assert all(char == "\n" or " " <= char <= "~" for char in result.stdout)
    assert json.loads(result.stdout)["model"]["license"] == text
