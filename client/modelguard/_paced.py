"""Responses of http.client that are bounded in time and in overhead.

http.client bounds each read from the socket by a timeout, and nothing else: a server that sends a
byte a minute, or headers and chunk sizes without end, would keep the client busy forever.
"""

from __future__ import annotations

import http.client
import io
import time
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    import socket

    from _typeshed import WriteableBuffer

READ_TIMEOUT_S: Final = 60.0
"""The longest pause within a response, and the longest wait for its head."""
MIN_BYTES_PER_S: Final = 1024
"""The slowest average rate of a response after its first minute."""
MAX_OVERHEAD_BYTES: Final = 8 * 1024 * 1024
_MAX_OVERHEAD_FACTOR: Final = 16
"""More than chunks of a single byte take."""


class OverheadError(OSError):
    """A response carries far more than its body."""


class PacedResponse(http.client.HTTPResponse):
    """An HTTPResponse that reads from its socket through PacedReader."""

    def __init__(self, sock: socket.socket, *args: Any, **options: Any) -> None:
        super().__init__(sock, *args, **options)
        self.reader = PacedReader(self.fp.detach(), sock)
        self.fp = io.BufferedReader(self.reader, 64 * 1024)

    def readinto(self, buffer: Any) -> int:
        """Read into a buffer and return the number of bytes; 0 at the end."""
        count = super().readinto(buffer)
        self.reader.delivered += count
        return count


class PacedReader(io.RawIOBase):
    """The bytes of one response from a socket; too slow raises TimeoutError."""

    def __init__(self, raw: io.RawIOBase, sock: socket.socket) -> None:
        self.delivered = 0
        self._received = 0
        self._raw = raw
        self._sock = sock
        self._began_s = time.monotonic()

    def readable(self) -> bool:
        """Return True."""
        return True

    def readinto(self, buffer: WriteableBuffer) -> int | None:
        """Read what the socket has into a buffer."""
        if self._received > MAX_OVERHEAD_BYTES + _MAX_OVERHEAD_FACTOR * self.delivered:
            raise OverheadError("the response never reaches its body")
        spent_s = time.monotonic() - self._began_s
        left_s = READ_TIMEOUT_S + self._received / MIN_BYTES_PER_S - spent_s
        if left_s <= 0:
            raise TimeoutError("the response is too slow")
        self._sock.settimeout(min(READ_TIMEOUT_S, left_s))
        count = self._raw.readinto(buffer)
        self._received += count or 0
        return count

    def close(self) -> None:
        """Close the socket's file, which the connection may share."""
        self._raw.close()
        super().close()
