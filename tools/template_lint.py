"""`make lint-template`: cfn-lint and checkov on the template for AWS.

checkov has its own environment in .local/, reinstalled whenever requirements/audit.txt changes; its
accepted findings are listed in .checkov.yaml. Neither tool needs credentials.
"""

import hashlib
import os
import subprocess
import sys
from pathlib import Path
from typing import Final

from uv import find_uv_bin

from tools import ROOT, cdk
from tools.console import CommandError, friendly_errors, step
from tools.lock import AUDIT_LOCK

HOME: Final = ROOT / ".local" / "audit"
CHECKOV: Final = HOME / "venv" / "bin" / "checkov"


def template() -> Path:
    """Synthesize the stack for AWS with default settings; return the template's path."""
    output = HOME / "cdk.out"
    _run(*cdk.command("synth", "--quiet", "--output", str(output)), env=cdk.environment())
    (found,) = output.glob("ModelGuard-*.template.json")
    return found


def install() -> None:
    """Install checkov unless the same lock has been installed."""
    lock = ROOT / AUDIT_LOCK
    lock_hash = hashlib.sha256(lock.read_bytes()).hexdigest()
    stamp = HOME / "installed"
    if stamp.exists() and stamp.read_text() == lock_hash:
        return
    uv = find_uv_bin()
    env = {"UV_SYSTEM_CERTS": "1", **os.environ, "VIRTUAL_ENV": str(HOME / "venv")}
    with step("installing checkov"):
        _run(uv, "venv", "--quiet", "--clear", "--python", sys.executable, str(HOME / "venv"))
        _run(uv, "pip", "install", "--quiet", "--require-hashes", "-r", str(lock), env=env)
    stamp.write_text(lock_hash)


def main() -> None:
    """Run both tools; exit at the first one with findings."""
    with friendly_errors():
        HOME.mkdir(parents=True, exist_ok=True)
        install()
        checked = str(template())
        _run(str(Path(sys.executable).parent / "cfn-lint"), checked)
        _run(str(CHECKOV), "--file", checked, "--config-file", str(ROOT / ".checkov.yaml"))
        print("cfn-lint and checkov found nothing but acknowledged findings")


def _run(*command: str, env: dict[str, str] | None = None) -> None:
    if subprocess.run(command, check=False, cwd=ROOT, env=env).returncode:
        raise CommandError(f"{Path(command[0]).name} failed or has findings")


if __name__ == "__main__":
    main()
