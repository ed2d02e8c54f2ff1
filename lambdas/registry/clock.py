"""Moments as the registry writes them."""

from datetime import UTC, datetime


def timestamp(moment: datetime) -> str:
    """Return RFC 3339 in UTC, to the millisecond."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
