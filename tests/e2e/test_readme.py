"""The README's commands work as typed, with files that exist."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tools import ROOT

if TYPE_CHECKING:
    from pathlib import Path

SECTION = "\n## Upload and download\n"
HONEST_CURL = 'curl() { command curl --fail --silent --show-error "$@"; }\n'
"""Without `--fail`, curl's exit status tells nothing of a refusal."""


@pytest.fixture
def checkout(tmp_path: Path, api_url: str) -> Path:
    """A folder where `make url` prints the deployment's URL, and .venv has the client."""
    for name in ("LICENSE", "README.md"):
        shutil.copyfile(ROOT / name, tmp_path / name)
    (tmp_path / "Makefile").write_text(f"url:\n\t@echo '{api_url}'\n")
    client = tmp_path / ".venv" / "bin" / "modelguard"
    client.parent.mkdir(parents=True)
    client.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m modelguard "$@"\n')
    client.chmod(0o755)
    return tmp_path


@pytest.mark.skipif(shutil.which("curl") is None, reason="needs curl")
def test_the_readmes_commands_work_as_typed(checkout: Path) -> None:
    # GIVEN the commands, with what they start from and with a home of their own
    section = (ROOT / "README.md").read_text().partition(SECTION)[2].partition("\n## ")[0]
    typed = "\n".join(re.findall(r"```sh\n(.*?)```", section, re.DOTALL))
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(checkout),
        "PYTHONPATH": os.pathsep.join((str(ROOT / "client"), str(ROOT / "scanner"))),
    }

    # WHEN they are pasted into a shell
    done = subprocess.run(
        ["sh", "-eu", "-c", HONEST_CURL + typed],
        check=False,
        cwd=checkout,
        env=environment,
        capture_output=True,
        text=True,
    )

    # THEN each works, and what was uploaded came back
    assert done.returncode == 0, done.stderr
    license_text = (ROOT / "LICENSE").read_bytes()
    assert (checkout / "my-model.bin").read_bytes() == license_text
    assert (checkout / "readme.md").read_bytes() == (ROOT / "README.md").read_bytes()
    assert (checkout / "copy" / "LICENSE").read_bytes() == license_text
