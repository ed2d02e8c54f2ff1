"""Where a file's bytes come from: the registry itself, or the storage it redirects to."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from modelguard._api import path_of
from modelguard._body import content_length
from modelguard._errors import TransportError
from modelguard._http import Request
from modelguard._limits import BLOCK_BYTES
from modelguard._retry import TRANSFER_RETRY, Retry, TryAgainError, check_storage
from modelguard._url import is_url

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from modelguard._api import Api
    from modelguard._http import Response
    from modelguard._types import File, Version

_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_STALE: Final = frozenset({HTTPStatus.BAD_REQUEST, HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN})
"""S3's responses to an expired URL; 400 if the signing credentials expired first."""


class NoRangesError(TransportError):
    """The storage, or a proxy, answers a range request with the whole file."""


@dataclass(frozen=True, slots=True)
class Asking:
    """How to request bytes: whether to accept uncleared ones, how long to wait for a verdict."""

    allow_unverified: bool
    wait_s: float
    note: Callable[[str], None]


@dataclass(slots=True)
class Source:
    """One file of a version; one instance serves all threads that fetch ranges of it."""

    api: Api
    version: Version
    file: File
    asking: Asking
    retry: Retry = TRANSFER_RETRY
    _url: str = field(default="", init=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False)

    def open(self) -> Response | None:
        """Ask the registry; return its response with the bytes, or None if the storage has them.

        Raises:
            ApiError: The file does not exist or must not be downloaded.
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
        self._url = self._checked(response.headers.get("location", ""))
        return None

    def _checked(self, url: str) -> str:
        """Return a URL of the storage; from an encrypted registry it must be encrypted too."""
        if not is_url(url, encrypted=self.api.encrypted):
            raise TransportError(
                f"The registry redirected {self.file.path} to an invalid URL",
                hint="tell the registry's operator",
                retryable=False,
            )
        return url

    def whole(self) -> Response:
        """Request the whole file from a storage that turned out not to support ranges.

        Raises:
            TransportError: The storage refused or cannot be reached.
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
        """Read a range from the storage into a sink, resuming after the last byte received.

        Raises:
            TransportError: The storage refused or stayed unreachable; NoRangesError if it returned
                the whole file instead.
            LocalFileError: The sink could not write.
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
                    raise NoRangesError("The storage does not support ranges", retryable=False)
                if (
                    response.status != HTTPStatus.PARTIAL_CONTENT
                    or not response.headers.get("content-range", "").startswith(expected)
                    or content_length(response) not in {None, length - done}
                ):
                    raise self._refusal(response)
                for block in blocks_of(response, length - done, self.file.path):
                    sink(block, start + done)
                    done += len(block)
            finally:
                response.close()

        self.retry.run(attempt)

    def _renew(self, stale: str) -> None:
        """Get a new URL, once for all threads that found the old one expired."""
        with self._lock:
            if self._url == stale and (inline := self.open()):
                inline.close()

    def _refusal(self, response: Response) -> TransportError:
        return TransportError(
            f"The storage refused {self.file.path}: {response.status}",
            hint="pull again; if it persists, a proxy may be dropping range requests",
            retryable=False,
        )


def blocks_of(response: Response, length: int, what: str) -> Iterator[memoryview]:
    """Yield the next `length` bytes of a body in blocks that share one buffer.

    Raises:
        TransportError: The body ends early.
    """
    buffer = memoryview(bytearray(min(BLOCK_BYTES, length)))
    while length:
        count = response.readinto(buffer[: min(len(buffer), length)])
        if not count:
            raise TransportError(f"{what}: the connection was closed early")
        yield buffer[:count]
        length -= count
