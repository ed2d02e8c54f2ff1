"""`make lint-template`: cfn-lint and checkov on the template for AWS.

checkov has its own environment in .local/, reinstalled whenever requirements/audit.txt changes; its
accepted findings are listed in .checkov.yaml. Neither tool needs credentials.
"""

import subprocess
import sys
from pathlib import Path
from typing import Final

from tools import ROOT, cdk
from tools.console import CommandError, friendly_errors
from tools.lock import AUDIT_LOCK
from tools.tool_environment import ToolEnvironment

TOOLS: Final = ToolEnvironment("audit", AUDIT_LOCK)


def template() -> Path:
    """Synthesize the stack for AWS with default settings; return the template's path."""
    output = TOOLS.home / "cdk.out"
    _run(*cdk.command("synth", "--quiet", "--output", str(output)), env=cdk.environment())
    (found,) = output.glob("ModelGuard-*.template.json")
    return found


def main() -> None:
    """Run both tools; exit at the first one with findings."""
    with friendly_errors():
        TOOLS.install()
        checked = str(template())
        _run(str(Path(sys.executable).parent / "cfn-lint"), checked)
        _run(
            str(TOOLS.bin / "checkov"),
            "--file",
            checked,
            "--config-file",
            str(ROOT / ".checkov.yaml"),
        )
        print("cfn-lint and checkov have no findings besides the acknowledged ones")


def _run(*command: str, env: dict[str, str] | None = None) -> None:
    if subprocess.run(command, check=False, cwd=ROOT, env=env).returncode:
        raise CommandError(f"{Path(command[0]).name} failed or has findings")


if __name__ == "__main__":
    main()
