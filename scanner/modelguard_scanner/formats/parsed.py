"""What a JSON document costs in memory, before it is parsed."""

import re
from typing import Final

VALUE_BYTES: Final = 72
"""Memory that one value takes, rounded up: an item of a list with its string."""
BEYOND_16_BITS: Final = re.compile(rb"[\xf0-\xf7]")
"""The start of a character for which Python makes all of a string four times as wide."""


def parsed_bytes(data: bytes) -> int:
    """Return at least the memory that a JSON document takes as text and as values, in bytes."""
    values = data.count(b",") + data.count(b":") + data.count(b"[") + data.count(b"{") + 1
    width = 1 if data.isascii() else 4 if BEYOND_16_BITS.search(data) else 2
    return 2 * width * len(data) + VALUE_BYTES * values
