"""`make up` and its printed commands, as typed in a fresh checkout."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from local.engine import Engine, free_port
from local.fingerprint import INPUTS
from tests.support.over_http import Api
from tools import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A copy of what the commands need, so that they never meet the developer's own engine."""
    copy = tmp_path_factory.mktemp("checkout")
    ignored = shutil.ignore_patterns("__pycache__")
    for name in (*INPUTS, "LICENSE", "local", "requirements", "tools"):
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, copy / name, ignore=ignored)
        elif source.exists():
            shutil.copyfile(source, copy / name)
    (copy / ".venv").symlink_to(Path(sys.prefix))
    yield copy
    Engine(copy / ".local").stop()


@pytest.fixture(scope="module")
def environment(checkout: Path) -> dict[str, str]:
    bin_folder = Path(sys.executable).parent
    return {
        "PATH": f"{bin_folder}{os.pathsep}{os.defpath}",
        "HOME": str(checkout),
        "MODELGUARD_PORT": str(free_port()),
    }


def command(name: str, checkout: Path, environment: dict[str, str]) -> str:
    """Run one of the commands and return what it printed."""
    done = subprocess.run(
        [sys.executable, "-m", f"local.{name}"],
        check=False,
        cwd=checkout,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def printed(checkout: Path, environment: dict[str, str]) -> str:
    """What the first `make up` printed."""
    return command("up", checkout, environment)


@pytest.mark.skipif(shutil.which("curl") is None, reason="needs curl")
def test_the_printed_commands_work_as_typed(
    printed: str, checkout: Path, environment: dict[str, str]
) -> None:
    # GIVEN all commands that `make up` printed, those with curl and those of the client
    commands = re.findall(r"^  (\S(?:.*\\\n)*.*)$", printed, re.MULTILINE)
    assert [line.split()[0] for line in commands] == 3 * ["curl"] + 3 * [".venv/bin/modelguard"]

    # WHEN they are pasted into a shell
    answers = [
        subprocess.run(
            typed, shell=True, check=True, cwd=checkout, env=environment, capture_output=True
        ).stdout.decode()
        for typed in commands
    ]

    # THEN the file comes back identical, and its metadata names it
    for copy in ("my-model.bin", "copy/LICENSE"):
        assert (Path(environment["HOME"]) / copy).read_bytes() == (ROOT / "LICENSE").read_bytes()
    assert '"my-model"' in answers[0]
    assert '"my-model"' in answers[2]


def test_data_survives_down_and_up(
    printed: str, checkout: Path, environment: dict[str, str]
) -> None:
    # GIVEN every byte value, uploaded
    assert printed
    content = bytes(range(256)) * 1_000
    url = command("url", checkout, environment).strip()
    uploaded = Api(url).upload("kept", content)
    assert uploaded.status_code == 200, uploaded.text

    # WHEN the engine goes down and comes up again
    command("down", checkout, environment)
    deployed = (checkout / ".local" / "cdk" / "cdk.out" / "manifest.json").stat().st_mtime_ns
    command("up", checkout, environment)

    # THEN nothing was synthesized or deployed again, and the bytes are there
    again = (checkout / ".local" / "cdk" / "cdk.out" / "manifest.json").stat().st_mtime_ns
    assert again == deployed
    url = command("url", checkout, environment).strip()
    assert Api(url).fetch("kept").content == content


def test_the_url_is_printed_only_while_it_is_up(
    printed: str, checkout: Path, environment: dict[str, str]
) -> None:
    # GIVEN a deployment: its URL and nothing else
    url = command("url", checkout, environment)
    assert url.endswith("/_user_request_\n")
    assert url.strip() in printed

    # WHEN it is stopped
    command("down", checkout, environment)

    # THEN there is none
    with pytest.raises(AssertionError, match="ModelGuard is not up"):
        command("url", checkout, environment)
