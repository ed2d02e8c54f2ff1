"""Runs the CDK against a local engine, with its log in a file and its milestones on screen."""

import re
import subprocess
import threading
import time
from pathlib import Path
from typing import Final

from local.engine import Engine, client_environment
from tools import ROOT, cdk
from tools.console import CommandError, detail

LOG_TAIL_LINES: Final = 25
WATCH_S: Final = 0.5
MILESTONE: Final = re.compile(
    r"^Bundling|Synthesis time|: success: Published|: (creating|deploying)"
)


def run(engine: Engine, output: Path, *arguments: str, cwd: Path = ROOT) -> None:
    """Run a CDK command against an engine; its output goes to a log, its milestones to the screen.

    Raises:
        CommandError: The command failed; the message ends with the tail of the log.
    """
    log = output / f"{arguments[0]}.log"
    clean = {key: value for key, value in cdk.environment().items() if not key.startswith("AWS_")}
    with (
        log.open("w") as sink,
        subprocess.Popen(
            cdk.command(*arguments, "--no-color", "--ci"),
            cwd=cwd,
            env=clean | client_environment(engine.url),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            close_fds=False,  # inherits the lock of `make up`, to hold it even if that is killed
        ) as process,
    ):
        threading.Thread(target=_stop_with_engine, args=(engine, process), daemon=True).start()
        for line in process.stdout or ():
            sink.write(line)
            if MILESTONE.search(line):
                detail(line.strip())
    if not engine.pid:
        raise CommandError(f"the engine stopped during `cdk {arguments[0]}`; see {engine.log}")
    if process.returncode:
        tail = log.read_text(errors="replace").splitlines()[-LOG_TAIL_LINES:]
        raise CommandError("\n".join([f"`cdk {arguments[0]}` failed; {log} ends with:", *tail]))


def _stop_with_engine(engine: Engine, process: subprocess.Popen[str]) -> None:
    """Kill the CDK when the engine stops, because it would wait for responses forever."""
    while process.poll() is None:
        if not engine.pid:
            process.kill()
        time.sleep(WATCH_S)
