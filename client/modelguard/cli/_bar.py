"""The progress bar: on stderr, and only if that is a terminal."""

from __future__ import annotations

import sys
import threading
from typing import TYPE_CHECKING

from modelguard.cli import _output

if TYPE_CHECKING:
    from rich.progress import Progress as RichProgress
    from rich.progress import TaskID


class Bar:
    """Shows one bar per stage with rate and time left; without a terminal, only notes.

    rich is imported when the first bar is drawn, so pipes and short commands do not pay for it.
    """

    def __init__(self, *, quiet: bool) -> None:
        self._draws = not quiet and sys.stderr.isatty()
        self._quiet = quiet
        self._lock = threading.Lock()
        self._bars: RichProgress | None = None
        self._stage: TaskID | None = None
        self._last_note = ""

    def begin(self, what: str, total_bytes: int) -> None:
        """Draw a bar for a stage, unless the stage is empty."""
        if not self._draws or not total_bytes:
            return
        with self._lock:
            bars = self._bars = self._bars or _rich_bars()
            if self._stage is not None:
                bars.update(self._stage, visible=False)
            self._stage = bars.add_task(_output.printable(what), total=total_bytes)

    def advance(self, n_bytes: int) -> None:
        """Advance the bar."""
        if self._bars and self._stage is not None:
            self._bars.advance(self._stage, n_bytes)

    def note(self, text: str) -> None:
        """Print a message, but not twice in a row."""
        with self._lock:
            if self._quiet or text == self._last_note:
                return
            self._last_note = text
            if self._bars:
                self._bars.console.print(_output.printable(text), markup=False, highlight=False)
            else:
                _output.notice(text)

    def end(self) -> None:
        """Remove the bars."""
        if self._bars:
            self._bars.stop()
            self._bars = None


def _rich_bars() -> RichProgress:
    from rich.console import Console  # noqa: PLC0415 - 70 ms, only for a terminal
    from rich.progress import (  # noqa: PLC0415
        BarColumn,
        DownloadColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
        TransferSpeedColumn,
    )

    bars = Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
    )
    bars.start()
    return bars
