"""Bounded search for byte patterns through a whole member."""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from modelguard_scanner.scanning import Scan
    from modelguard_scanner.source import Source

CHUNK: Final = 1024 * 1024
OVERLAP: Final = 256
"""Longest pattern that is found across the border of two chunks."""


def search(scan: "Scan", source: "Source", pattern: re.Pattern[bytes]) -> Iterator[int]:
    """Yield the offset of each match, in order."""
    offset, last = 0, -1
    while offset < source.size:
        scan.budget.check_time()
        data = source.read_at(offset, CHUNK + OVERLAP)
        for match in pattern.finditer(data):
            scan.budget.spend()
            if offset + match.start() > last:
                last = offset + match.start()
                yield last
        offset += CHUNK
