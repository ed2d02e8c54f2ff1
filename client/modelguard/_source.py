"""Where the bytes of one file come from: the registry itself, or the storage it sends us to."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from modelguard._api import path_of
from modelguard._errors import TransportError
from modelguard._http import Request
from modelguard._limits import BLOCK_BYTES
from modelguard._retry import TRANSFER_RETRY, Retry, TryAgainError, check_storage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from modelguard._api import Api
    from modelguard._http import Response
    from modelguard._types import File, Version

_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_STALE: Final = frozenset({HTTPStatus.BAD_REQUEST, HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN})
"""What S3 says of a URL that has expired; 400 when the credentials that signed it ended before."""


class NoRangesError(TransportError):
    """The storage, or a proxy before it, answers a range with the whole file."""


@dataclass(frozen=True, slots=True)
class Asking:
    """How to ask for bytes: whether uncleared ones are wanted, how long to wait for a verdict."""

    allow_unverified: bool
    wait_s: float
    note: Callable[[str], None]


@dataclass(slots=True)
class Source:
    """One file of a version; one instance serves all threads that fetch its ranges."""

    api: Api
    version: Version
    file: File
    asking: Asking
    retry: Retry = TRANSFER_RETRY
    _url: str = field(default="", init=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False)

    def open(self) -> Response | None:
        """Ask the registry; return its answer with the bytes, or None when the storage has them.

        Raises:
            ApiError: The file does not exist or may not be had.
        """
        query = {"version": str(self.version.number), "file": self.file.path}
        if self.asking.allow_unverified:
            query["allow_unverified"] = "true"
        path = path_of("artifacts", self.version.type, self.version.name)
        request = Request("GET", self.api.address(path, query))
        response = self.api.send_when_cleared(request, self.asking.wait_s, self.asking.note)
        if response.status not in _REDIRECTS:
            return response
        response.close()
        self._url = response.headers.get("location", "")
        return None

    def whole(self) -> Response:
        """Ask the storage for all bytes in one answer, after `fetch` found out that it must be so.

        Raises:
            TransportError: It refuses or cannot be reached.
        """
        url = self._url
        response = self.api.transport.send(Request("GET", url))
        check_storage(response, self.file.path)
        if response.status == HTTPStatus.OK:
            return response
        response.close()
        if response.status in _STALE:
            self._renew(url)
            raise TryAgainError(self._refusal(response))
        raise self._refusal(response)

    def fetch(self, start: int, length: int, sink: Callable[[memoryview, int], None]) -> None:
        """Read a range from the storage into a sink, going on behind what came before a fault.

        Raises:
            TransportError: It stays unreachable, or refuses; NoRangesError of them when it gives
                the whole file instead.
            LocalFileError: from the sink.
        """
        done = 0
        renewals = 0

        def attempt() -> None:
            nonlocal done, renewals
            url = self._url
            last = start + length - 1
            headers = {"Range": f"bytes={start + done}-{last}", "Accept-Encoding": "identity"}
            response = self.api.transport.send(Request("GET", url, headers))
            check_storage(response, self.file.path)
            try:
                if response.status in _STALE and renewals < self.retry.attempts:
                    renewals += 1
                    self._renew(url)
                    raise TryAgainError(self._refusal(response))
                expected = f"bytes {start + done}-{last}/"
                if response.status == HTTPStatus.OK:
                    raise NoRangesError("No ranges from the storage", retryable=False)
                if not response.headers.get("content-range", "").startswith(expected):
                    raise self._refusal(response)
                for block in blocks_of(response, length - done, self.file.path):
                    sink(block, start + done)
                    done += len(block)
            finally:
                response.close()

        self.retry.run(attempt)

    def _renew(self, stale: str) -> None:
        """Get a fresh URL, once for all threads that found the old one expired."""
        with self._lock:
            if self._url == stale and (inline := self.open()):
                inline.close()

    def _refusal(self, response: Response) -> TransportError:
        return TransportError(
            f"The storage refused {self.file.path}: {response.status}",
            hint="pull again; if it stays, a proxy in between may not pass ranges on",
            retryable=False,
        )


def blocks_of(response: Response, length: int, what: str) -> Iterator[memoryview]:
    """Yield the next `length` bytes of a body; each block is gone when the next is taken.

    Raises:
        TransportError: The body ends before.
    """
    buffer = memoryview(bytearray(min(BLOCK_BYTES, length)))
    while length:
        count = response.readinto(buffer[: min(len(buffer), length)])
        if not count:
            raise TransportError(f"{what}: the connection broke off")
        yield buffer[:count]
        length -= count
