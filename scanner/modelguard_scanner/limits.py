"""Caps on what one scan may cost, and the account that is kept of it."""

import time
from dataclasses import dataclass

from modelguard_scanner.report import Severity


class ScanError(Exception):
    """Ends the reading of one member; it becomes a finding and never leaves `scan`."""

    def __init__(
        self,
        rule: str,
        message: str,
        offset: int | None = None,
        severity: Severity = Severity.INCONCLUSIVE,
    ) -> None:
        super().__init__(message)
        self.rule = rule
        self.message = message
        self.offset = offset
        self.severity = severity


class OverCap(ScanError):  # noqa: N818  # reads as what happened: a cap was passed
    """A cap was passed: the rest stays unread and the verdict is at least inconclusive."""

    def __init__(self, what: str, cap: float) -> None:
        super().__init__("over-cap", f"stopped at the cap of {cap:,} {what}")


@dataclass(frozen=True, slots=True)
class Limits:
    """The most one scan may read, unpack, walk and hold. Sizes in bytes, time in seconds."""

    max_bytes_read: int = 512 * 1024 * 1024
    max_unpacked_bytes: int = 256 * 1024 * 1024
    max_search_bytes: int = 256 * 1024 * 1024
    """Most of one member that is searched or parsed as a whole (HDF5, JSON, text)."""
    max_header_bytes: int = 32 * 1024 * 1024
    """Longest header that is parsed in memory (safetensors, JSON, zip directory)."""
    max_opcodes: int = 10_000_000
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
        self.opcodes = 0
        self.members = 0
        self.unpacked_bytes = 0

    def check_time(self) -> None:
        """Raise OverCap after the deadline."""
        if time.monotonic() > self.deadline:
            raise OverCap("seconds", self.limits.max_seconds)

    def count_opcodes(self, count: int, values: int) -> None:
        """Account for `count` opcodes that leave `values` values held."""
        self.opcodes += count
        if self.opcodes > self.limits.max_opcodes:
            raise OverCap("opcodes", self.limits.max_opcodes)
        if values > self.limits.max_values:
            raise OverCap("values held by a pickle", self.limits.max_values)
        self.check_time()

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
