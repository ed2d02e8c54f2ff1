"""`make audit`: cfn-lint and checkov on the template that AWS would get.

checkov has an environment of its own below .local/, installed from requirements/audit.txt when that
changes; what is kept of its findings stands in .checkov.yaml. Neither needs credentials.
"""

import subprocess
import sys
from pathlib import Path
from typing import Final

from local import ROOT, cdk
from local.console import CommandError, friendly_errors
from local.lock import AUDIT_LOCK
from local.tool_environment import ToolEnvironment

TOOLS: Final = ToolEnvironment("audit", AUDIT_LOCK)


def template() -> Path:
    """Synthesize for AWS with the defaults and return the template's path."""
    output = TOOLS.home / "cdk.out"
    _run(*cdk.command("synth", "--quiet", "--output", str(output)), env=cdk.environment())
    (found,) = output.glob("ModelGuard-*.template.json")
    return found


def main() -> None:
    """Run both; the first that finds something ends it with its findings."""
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
        print("cfn-lint and checkov found nothing that is not acknowledged")


def _run(*command: str, env: dict[str, str] | None = None) -> None:
    if subprocess.run(command, check=False, cwd=ROOT, env=env).returncode:
        raise CommandError(f"{Path(command[0]).name} found something, or failed")


if __name__ == "__main__":
    main()
