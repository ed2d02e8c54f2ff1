"""Other tools to compare with, each installed on demand into its own folder of .local/bench."""

from __future__ import annotations

import os
import subprocess
import sys
import venv
from typing import TYPE_CHECKING, Final

from uv import find_uv_bin

from tools import ROOT

if TYPE_CHECKING:
    from pathlib import Path

HOME: Final = ROOT / ".local" / "bench"


def environment_of(tool: str, *requirements: str) -> Path | None:
    """Return the Python of a tool's environment, or None if it cannot be installed."""
    home = HOME / tool
    python = home / "bin" / "python"
    done = home / "installed"
    if done.exists():
        return python
    print(f"installing {', '.join(requirements)}", file=sys.stderr, flush=True)
    venv.create(home, clear=True)
    command = [find_uv_bin(), "pip", "install", "--quiet", "--python", str(python), *requirements]
    settings = {"UV_SYSTEM_CERTS": "1", **os.environ}
    failed = subprocess.run(command, check=False, env=settings).returncode  # noqa: S603
    if failed:
        print(f"{tool}: skipped, because it cannot be installed", file=sys.stderr, flush=True)
        return None
    done.touch()
    return python
