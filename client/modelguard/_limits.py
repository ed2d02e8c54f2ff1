"""The contract's limits that decide how the client sends and asks; sizes in bytes.

A test compares them with the server's own table.
"""

from __future__ import annotations

from typing import Final

MIB: Final = 1024 * 1024
INLINE_LIMIT_BYTES: Final = 4_500_000
"""Most bytes of a request to the registry itself, and of a file it answers inline."""
SINGLE_PUT_LIMIT_BYTES: Final = 64 * MIB
MIN_PART_BYTES: Final = 16 * MIB
MAX_PARTS: Final = 10_000
MAX_FILES: Final = 1_000
MAX_PATH_BYTES: Final = 255
MAX_TOKEN_DAYS: Final = 366
TOKEN_DAYS: Final = 90
"""How long a token lives unless its maker says otherwise."""

BLOCK_BYTES: Final = MIB
"""What is read, hashed and sent at a time: it bounds the memory of a transfer."""


def part_size_of(size: int) -> int | None:
    """Return the size of a file's parts, or None when it is sent in one piece."""
    if size <= SINGLE_PUT_LIMIT_BYTES:
        return None
    mebibytes = -(-size // (MAX_PARTS * MIB))
    return max(MIN_PART_BYTES, mebibytes * MIB)
