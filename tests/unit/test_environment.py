"""What `make environment` leaves: importable packages and the client as a command."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from tools import ROOT
from tools.environment import SOURCES


def run(folder: Path, *command: str | Path) -> str:
    """Run a command in a folder, with nothing of the user's environment, and return its output."""
    return subprocess.run(
        command, check=True, cwd=folder, env={}, capture_output=True, text=True
    ).stdout


def test_every_package_is_imported_from_the_checkout_wherever_one_stands(tmp_path: Path) -> None:
    # GIVEN the packages of the checkout, the tests among them
    packages = {
        init.parent.name: str(init)
        for folder in SOURCES
        for init in (ROOT / folder).glob("*/__init__.py")
    }
    assert {"infra", "lambdas", "local", "modelguard", "modelguard_scanner"} <= packages.keys()
    program = (
        "import json, sys; from importlib.util import find_spec;"
        "print(json.dumps({name: find_spec(name).origin for name in sys.argv[1:]}));"
        "import tests.support"
    )

    # WHEN they are looked for from another folder
    found = json.loads(run(tmp_path, sys.executable, "-c", program, *packages))

    # THEN each is the checkout's
    assert found == packages


def test_the_clients_command_runs_wherever_one_stands(tmp_path: Path) -> None:
    # GIVEN a folder whose files have the names of modules that the client imports
    for name in ("modelguard", "json", "argparse", "click", "pathlib"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('not this one')")

    # WHEN the command is typed there
    printed = run(tmp_path, Path(sys.executable).parent / "modelguard", "--version")

    # THEN it is the client of this checkout
    version = run(
        tmp_path, sys.executable, "-P", "-c", "import modelguard; print(modelguard.__version__)"
    )
    assert printed.split()[-1] == version.strip()
