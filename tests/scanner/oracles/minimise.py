"""Makes a file that shows a difference smaller, as long as it shows the same kind."""

import time
from collections.abc import Callable, Iterator


def minimise(data: bytes, difference: Callable[[bytes], str | None], seconds: float) -> bytes:
    """Remove ranges, then turn bytes into zeros; return the smallest file found in `seconds`."""
    kind = _kind(difference(data))
    ends = time.monotonic() + seconds
    if kind is None:
        return data
    better = True
    while better and time.monotonic() < ends:
        better = False
        for smaller in _candidates(data):
            if time.monotonic() > ends:
                break
            if _kind(difference(smaller)) == kind:
                data, better = smaller, True
                break
    return data


def _candidates(data: bytes) -> Iterator[bytes]:
    size = len(data) // 2
    while size:
        for start in range(0, len(data) - size + 1, max(1, size // 2)):
            yield data[:start] + data[start + size :]
        size //= 2
    for at, byte in enumerate(data):
        if byte:
            yield data[:at] + b"\0" + data[at + 1 :]


def _kind(found: str | None) -> str | None:
    return None if found is None else found.partition(":")[0]
