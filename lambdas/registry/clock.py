"""Moments, and how the registry writes them."""

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]


def timestamp(moment: datetime) -> str:
    """Return RFC 3339 in UTC, to the millisecond."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
