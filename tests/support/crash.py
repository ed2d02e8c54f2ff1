"""Kill a process at a chosen AWS call, as a power cut would: for tests of what a crash leaves.

A snippet of Python runs in a process of its own, against the engine or any other endpoint that
its environment names. `aws_calls` tells which calls it makes; `kill_at` runs it again and kills it
(SIGKILL: no `finally`, no `atexit`) right before one of them is sent or right after it took effect.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING, Literal

from tools import ROOT

if TYPE_CHECKING:
    from collections.abc import Mapping

TIMEOUT_S = 60

# botocore registers its built-in handlers in every session, so a handler among them sees the calls
# of every client. "before-call" comes once per API call before it is sent, "after-call" once when
# its answer is read; retries inside a call fire neither.
PRELUDE = """
import itertools, os, signal, sys
import botocore.handlers

def _install(event, kill_index, report):
    count = itertools.count()
    def on_call(model, **_):
        index = next(count)
        if report:
            os.write(report, (model.service_model.service_name + ":" + model.name + "\\n").encode())
        if index == kill_index:
            os.kill(os.getpid(), signal.SIGKILL)
    botocore.handlers.BUILTIN_HANDLERS.append((event, on_call))

_install(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
"""


def aws_calls(snippet: str, environment: Mapping[str, str]) -> list[str]:
    """Run a snippet to its end and return its AWS calls in order, such as `s3:PutObject`."""
    read_end, write_end = os.pipe()
    try:
        done = _run(snippet, environment, "before-call", -1, write_end)
    finally:
        os.close(write_end)
    with os.fdopen(read_end) as report:
        calls = report.read().split()
    assert done.returncode == 0, done.stderr
    return calls


def kill_at(
    snippet: str,
    environment: Mapping[str, str],
    *,
    call: int,
    when: Literal["before", "after"],
) -> None:
    """Run a snippet and kill it at its AWS call number `call`, counted from 0.

    Fails when the snippet ended before that call: a test must not rely on a crash that never
    happened.
    """
    done = _run(snippet, environment, f"{when}-call", call, 0)
    assert done.returncode == -signal.SIGKILL, f"ended with {done.returncode}: {done.stderr}"


def _run(
    snippet: str, environment: Mapping[str, str], event: str, kill_index: int, report: int
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", PRELUDE + snippet, event, str(kill_index), str(report)],
        check=False,
        cwd=ROOT,
        env={"PATH": os.defpath, **environment},
        pass_fds=[report] if report else [],
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
    )
