"""How a progress bar looks, which depends on how wide the terminal is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    ProgressColumn,
    TaskProgressColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)
from rich.table import Column
from rich.text import Text

if TYPE_CHECKING:
    from collections.abc import Callable

    from rich.console import RenderableType
    from rich.progress import Task

_ESTIMATE_AFTER_S: Final = 3.0
"""Earlier measurements mean nothing: connections are opened, and present files are skipped."""
_NARROW: Final = 50
_WIDE: Final = 75


class _Later(ProgressColumn):
    """Shows another column once there is something to estimate from."""

    def __init__(self, column: ProgressColumn) -> None:
        super().__init__(Column(no_wrap=True))
        self._column = column

    def render(self, task: Task) -> RenderableType:
        """Return the column, or nothing during the first seconds."""
        if task.total is None or (task.elapsed or 0) < _ESTIMATE_AFTER_S:
            return Text("")
        return self._column.render(task)


class _Bytes(ProgressColumn):
    """Shows the bytes done or, for a stage without bytes, the elapsed time."""

    def __init__(self, column: ProgressColumn) -> None:
        super().__init__(Column(no_wrap=True))
        self._column = column
        self._elapsed = TimeElapsedColumn()

    def render(self, task: Task) -> RenderableType:
        """Return the bytes or the time."""
        return (self._elapsed if task.total is None else self._column).render(task)


def start_bars() -> Progress:
    """Draw bars on stderr until they are stopped."""
    bars = make_bars(Console(stderr=True))
    bars.start()
    return bars


def make_bars(console: Console, clock: Callable[[], float] | None = None) -> Progress:
    """Return bars that each fit on one line of a console."""
    name = Column(no_wrap=True, overflow="ellipsis", ratio=2)
    columns: list[ProgressColumn] = [
        TextColumn("{task.description}", markup=False, table_column=name)
    ]
    if console.width < _NARROW:
        columns.append(_Bytes(TaskProgressColumn()))
    else:
        columns.append(BarColumn(None, table_column=Column(ratio=3)))
        columns.append(_Bytes(DownloadColumn()))
        columns.append(_Later(TransferSpeedColumn()))
    if console.width >= _WIDE:
        columns.append(_Later(TimeRemainingColumn()))
    return Progress(*columns, console=console, transient=True, expand=True, get_time=clock)
