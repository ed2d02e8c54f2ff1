"""Wait for another process, no longer than needed and not indefinitely."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

POLL_S = 0.02


def wait_until(condition: Callable[[], bool], *, timeout_s: float = 20) -> None:
    """Return as soon as a condition holds; fail when it does not in time."""
    deadline_s = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline_s, f"{condition} did not hold within {timeout_s} s"
        time.sleep(POLL_S)
