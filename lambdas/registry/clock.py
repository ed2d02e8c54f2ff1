"""Points in time, and how the registry formats them."""

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]


def timestamp(moment: datetime) -> str:
    """Format a moment as RFC 3339 in UTC, to the millisecond."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
