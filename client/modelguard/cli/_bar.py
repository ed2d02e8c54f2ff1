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

    A stage without bytes, such as a commit, shows its name and how long it has taken. rich is
    imported when the first bar is drawn, so pipes and short commands do not pay for it.
    """

    def __init__(self, *, quiet: bool) -> None:
        self._draws = not quiet and sys.stderr.isatty()
        self._quiet = quiet
        self._lock = threading.Lock()
        self._bars: RichProgress | None = None
        self._stage: TaskID | None = None
        self._last_note = ""

    def begin(self, what: str, total_bytes: int) -> None:
        """Draw a bar for a stage, in place of the one before it."""
        if not self._draws:
            return
        from modelguard.cli._columns import start_bars  # noqa: PLC0415 - 70 ms, for a terminal

        with self._lock:
            bars = self._bars = self._bars or start_bars()
            if self._stage is not None:
                bars.update(self._stage, visible=False)
            self._stage = bars.add_task(_output.printable(what), total=total_bytes or None)

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
