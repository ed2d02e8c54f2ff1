"""Caps on what one scan may cost, and the account that is kept of it."""

import time
from dataclasses import dataclass
from typing import Final

from modelguard_scanner.catalogue.general import OVER_CAP
from modelguard_scanner.catalogue.rule import Rule

STEPS_PER_LOOK: Final = 4_096
"""Steps between two looks at the clock."""


class ScanError(Exception):
    """Ends the reading of one member; it becomes a finding and never leaves `scan`."""

    def __init__(self, rule: Rule, message: str = "", offset: int | None = None) -> None:
        super().__init__(message or rule.summary)
        self.rule = rule
        self.message = message
        self.offset = offset


class TooLarge(ScanError):  # noqa: N818  # reads as what happened
    """One member is over a cap of its own: it stays unread, its neighbours do not."""

    def __init__(self, what: str, cap: float) -> None:
        super().__init__(OVER_CAP, f"stopped at the cap of {cap:,} {what}")


class OverCap(TooLarge):
    """The budget of the whole scan is spent: all that is left stays unread."""


@dataclass(frozen=True, slots=True)
class Limits:
    """The most one scan may read, unpack, walk and hold. Sizes in bytes, time in seconds."""

    max_bytes_read: int = 512 * 1024 * 1024
    max_unpacked_bytes: int = 256 * 1024 * 1024
    max_search_bytes: int = 256 * 1024 * 1024
    """Most of one member that is searched from start to end (HDF5, text)."""
    max_header_bytes: int = 32 * 1024 * 1024
    """Longest header that is parsed in memory (safetensors, JSON, zip directory)."""
    max_parsed_bytes: int = 160 * 1024 * 1024
    """Most memory that the values of one parsed document may take."""
    max_steps: int = 10_000_000
    """Opcodes, fields, values, matches: whatever loops count."""
    max_values: int = 2_000_000
    """Most values a pickle may hold at once, on its stack and in its memo: the memory cap."""
    max_members: int = 20_000
    max_depth: int = 3
    """How many containers may lie inside each other."""
    max_ratio: int = 200
    """Unpacked to packed, for members over `ratio_floor_bytes`."""
    ratio_floor_bytes: int = 16 * 1024 * 1024
    max_findings: int = 200
    max_seconds: float = 15.0


class Budget:
    """Counts what one scan has spent; every method that counts raises OverCap."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.deadline = time.monotonic() + limits.max_seconds
        self.steps = 0
        self.members = 0
        self.unpacked_bytes = 0
        self._next_look = 0

    def spend(self, steps: int = 1) -> None:
        """Account for steps of a loop; cheap enough to be called in each of them."""
        self.steps += steps
        if self.steps >= self._next_look:
            self._look()

    def _look(self) -> None:
        if self.steps > self.limits.max_steps:
            raise OverCap("steps", self.limits.max_steps)
        self.check_time()
        self._next_look = min(self.steps + STEPS_PER_LOOK, self.limits.max_steps + 1)

    def check_time(self) -> None:
        """Raise OverCap after the deadline."""
        if time.monotonic() > self.deadline:
            raise OverCap("seconds", self.limits.max_seconds)

    def check_memory(self, needed: int) -> None:
        """Refuse to parse a document whose values may take `needed` bytes.

        Raises:
            TooLarge: that is more than one document may take.
        """
        if needed > self.limits.max_parsed_bytes:
            raise TooLarge("bytes of parsed values", self.limits.max_parsed_bytes)

    def count_opcodes(self, count: int, values: int) -> None:
        """Account for `count` opcodes that leave `values` values held."""
        if values > self.limits.max_values:
            raise OverCap("values held by a pickle", self.limits.max_values)
        self.spend(count)

    def count_member(self) -> None:
        """Account for one more member of a container."""
        self.members += 1
        if self.members > self.limits.max_members:
            raise OverCap("members", self.limits.max_members)
        self.check_time()

    def count_unpacked(self, size: int) -> None:
        """Account for `size` more unpacked bytes."""
        self.unpacked_bytes += size
        if self.unpacked_bytes > self.limits.max_unpacked_bytes:
            raise OverCap("unpacked bytes", self.limits.max_unpacked_bytes)
        self.check_time()
