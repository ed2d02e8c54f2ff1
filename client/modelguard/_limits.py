"""The limits of the registry's contract that the client depends on; sizes in bytes.

A test compares them with the server's own table.
"""

from __future__ import annotations

from typing import Final

MIB: Final = 1024 * 1024
INLINE_LIMIT_BYTES: Final = 4_500_000
"""Maximum size of a request body sent to the registry itself, and of a file it returns inline."""
SINGLE_PUT_LIMIT_BYTES: Final = 64 * MIB
MIN_PART_BYTES: Final = 16 * MIB
MAX_PARTS: Final = 10_000
MAX_FILES: Final = 1_000
MAX_PATH_BYTES: Final = 255
MAX_TOKEN_DAYS: Final = 366
TOKEN_DAYS: Final = 90
"""Default lifetime of a token."""

BLOCK_BYTES: Final = MIB
"""How much is read, hashed and sent at a time, which bounds the memory of a transfer."""


def part_size_of(size: int) -> int | None:
    """Return the part size for a file of `size` bytes, or None if it is sent in one PUT."""
    if size <= SINGLE_PUT_LIMIT_BYTES:
        return None
    mebibytes = -(-size // (MAX_PARTS * MIB))
    return max(MIN_PART_BYTES, mebibytes * MIB)
