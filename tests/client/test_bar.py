"""The progress bar: one line on every terminal, nothing that is a guess, and a sign of life."""

from __future__ import annotations

import io
import os
import pty
import subprocess
import sys

import pytest
from rich.console import Console

from modelguard.cli._columns import make_bars
from tools import ROOT

WIDTHS = [20, 40, 49, 50, 60, 74, 75, 80, 120, 200]


class Clock:
    """A clock that a test sets."""

    now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


def drawn(width: int, total: int | None, elapsed_s: float) -> list[str]:
    """The lines of a stage that began some seconds ago and is half done."""
    out, clock = io.StringIO(), Clock()
    console = Console(file=out, width=width, force_terminal=True, color_system=None)
    bars = make_bars(console, clock)
    task = bars.add_task("pushing a-model-with-quite-a-long-name-for-a-terminal", total=total)
    for _ in range(10):
        clock.now_s += elapsed_s / 10
        bars.advance(task, (total or 0) / 20)
    console.print(bars.get_renderable())
    return out.getvalue().splitlines()


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("total", [None, 10, 629_145_600, 5 * 10**12])
@pytest.mark.parametrize("elapsed_s", [0.1, 100.0])
def test_a_bar_is_one_line(width: int, total: int | None, elapsed_s: float) -> None:
    # GIVEN a stage of any size WHEN it is drawn THEN it fits
    lines = drawn(width, total, elapsed_s)
    assert len(lines) == 1
    assert len(lines[0]) <= width
    assert lines[0].startswith("pu")


def test_nothing_is_estimated_from_the_first_seconds() -> None:
    # GIVEN a transfer that has just begun THEN no rate and no time left are shown
    (line,) = drawn(120, 629_145_600, 1.0)
    assert "/s" not in line
    assert ":" not in line
    # AND later both are
    (line,) = drawn(120, 629_145_600, 60.0)
    assert "/s" in line
    assert ":" in line


def test_a_terminal_sees_the_commit_and_a_pipe_sees_nothing() -> None:
    # GIVEN a command that sends something and then commits it, without bytes to count
    program = """
from modelguard.cli._bar import Bar
bar = Bar(quiet=False)
bar.begin("pushing m", 10)
bar.advance(10)
bar.begin("committing m", 0)
bar.end()
"""
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT / "client"),
        "TERM": "xterm",
        "COLUMNS": "80",
    }
    command = [sys.executable, "-c", program]

    # WHEN stderr is a terminal THEN the commit is shown
    ours, theirs = pty.openpty()
    subprocess.run(command, check=True, stderr=theirs, env=environment, timeout=60)
    assert b"committing m" in os.read(ours, 100_000)
    os.close(theirs)
    os.close(ours)
    # AND when it is a pipe, nothing is
    ended = subprocess.run(command, check=True, capture_output=True, env=environment, timeout=60)
    assert (ended.stdout, ended.stderr) == (b"", b"")
