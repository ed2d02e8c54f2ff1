"""The transport: HTTP/1.1 with kept connections, over the standard library.

`docs/decisions/client-transport.md` says why it is no library: start-up time, and reading straight
into a buffer.
"""

from __future__ import annotations

import contextlib
import http.client
import os
import ssl
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Protocol
from urllib.parse import SplitResult, urlsplit

from modelguard._errors import ConfigError, TransportError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

CONNECT_TIMEOUT_S: Final = 10.0
READ_TIMEOUT_S: Final = 60.0
_PORTS: Final = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True, repr=False)
class Request:
    """One request; an iterable body is iterated anew at every try and needs a Content-Length."""

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | Iterable[bytes | memoryview] | None = None

    def __repr__(self) -> str:
        """Return no headers and no query: either may hold a secret."""
        return f"<Request {self.method} {self.url.partition('?')[0]}>"


class Response(Protocol):
    """An answer whose body is still to be read; header names are in lower case."""

    status: int
    headers: Mapping[str, str]

    def read(self) -> bytes:
        """Return the rest of the body; what was cut off raises TransportError."""

    def readinto(self, buffer: memoryview) -> int:
        """Read into a buffer and return how many bytes; 0 at the end, early or not."""

    def close(self) -> None:
        """Give the connection back, or drop it when the body was not read to its end."""


class Transport(Protocol):
    """What the client sends requests through: the seam for tests and for other HTTP libraries."""

    def send(self, request: Request) -> Response:
        """Send and return the answer's head, whatever its status; follow no redirect.

        Raises:
            TransportError: No answer came.
        """

    def close(self) -> None:
        """Drop all connections."""


class HttpTransport:
    """The transport that the client uses unless it is given another; safe for threads."""

    def __init__(self) -> None:
        self._idle: dict[tuple[str, str], list[http.client.HTTPConnection]] = {}
        self._lock = threading.Lock()
        self._tls: ssl.SSLContext | None = None

    def send(self, request: Request) -> Response:
        """Send over a kept connection, or over a new one when the kept one turned out dead."""
        parts = urlsplit(request.url)
        if parts.scheme not in _PORTS or not parts.hostname:
            raise ConfigError(f"{request.url.partition('?')[0]!r} is not an http or https URL")
        kept = self._borrow(parts)
        if kept:
            try:
                return self._exchange(kept, parts, request)
            except TransportError:
                pass  # the server closed it meanwhile
        with _transport_errors(parts):
            fresh = self._connect(parts)
        return self._exchange(fresh, parts, request)

    def close(self) -> None:
        """Drop the connections that wait for their next request."""
        with self._lock:
            idle, self._idle = self._idle, {}
        for connections in idle.values():
            for connection in connections:
                connection.close()

    def give_back(self, parts: SplitResult, connection: http.client.HTTPConnection) -> None:
        """Keep a connection whose answer was read to its end."""
        with self._lock:
            self._idle.setdefault((parts.scheme, parts.netloc), []).append(connection)

    def _borrow(self, parts: SplitResult) -> http.client.HTTPConnection | None:
        with self._lock:
            idle = self._idle.get((parts.scheme, parts.netloc))
            return idle.pop() if idle else None

    def _exchange(
        self, connection: http.client.HTTPConnection, parts: SplitResult, request: Request
    ) -> Response:
        target = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
        if parts.scheme == "http" and (connection.host, connection.port) != _address(parts):
            target = request.url  # a proxy wants to know where to
        with _transport_errors(parts, connection):
            try:
                connection.request(request.method, target, request.body, dict(request.headers))
            except (BrokenPipeError, ConnectionResetError):
                # A server that refuses a long body answers first and closes then.
                with contextlib.suppress(OSError, http.client.HTTPException):
                    return _Answer(self, parts, connection, connection.getresponse())
                raise
            return _Answer(self, parts, connection, connection.getresponse())

    def _connect(self, parts: SplitResult) -> http.client.HTTPConnection:
        host, port = _address(parts)
        proxy = _proxy_of(parts.scheme, host)
        at = _address(proxy) if proxy else (host, port)
        if parts.scheme == "http":
            connection = http.client.HTTPConnection(*at, timeout=CONNECT_TIMEOUT_S)
        else:
            self._tls = self._tls or ssl.create_default_context()
            connection = http.client.HTTPSConnection(
                *at, timeout=CONNECT_TIMEOUT_S, context=self._tls
            )
            if proxy:
                connection.set_tunnel(host, port)
        connection.connect()
        connection.sock.settimeout(READ_TIMEOUT_S)
        return connection


class _Answer:
    """An answer of http.client, with the connection it came over."""

    def __init__(
        self,
        transport: HttpTransport,
        parts: SplitResult,
        connection: http.client.HTTPConnection,
        raw: http.client.HTTPResponse,
    ) -> None:
        self.status = raw.status
        self.headers: Mapping[str, str] = {key.lower(): value for key, value in raw.getheaders()}
        self._transport = transport
        self._parts = parts
        self._connection = connection
        self._raw = raw

    def read(self) -> bytes:
        with _transport_errors(self._parts, self._connection):
            return self._raw.read()

    def readinto(self, buffer: memoryview) -> int:
        with _transport_errors(self._parts, self._connection):
            return self._raw.readinto(buffer)

    def close(self) -> None:
        whole = self._raw.isclosed() and not self._raw.length
        if whole and not self._raw.will_close and self._connection.sock:
            self._transport.give_back(self._parts, self._connection)
        else:
            self._connection.close()


@contextlib.contextmanager
def _transport_errors(
    parts: SplitResult, connection: http.client.HTTPConnection | None = None
) -> Iterator[None]:
    """Turn what sockets, TLS and HTTP raise into TransportError, without query strings."""
    try:
        yield
    except ssl.SSLCertVerificationError as error:
        raise TransportError(
            f"{parts.hostname} has no certificate that this machine trusts: {error.verify_message}",
            hint="SSL_CERT_FILE names a file with further certificates",
            retryable=False,
        ) from error
    except (OSError, UnicodeError, http.client.HTTPException) as error:  # of a host's name
        if connection:
            connection.close()
        reason = str(error) or type(error).__name__
        raise TransportError(
            f"No answer from {parts.hostname}:{_address(parts)[1]}: {reason}",
            hint="check the URL and the network, then run the same command again",
        ) from error


def _address(parts: SplitResult) -> tuple[str, int]:
    return parts.hostname or "", parts.port or _PORTS[parts.scheme]


def _proxy_of(scheme: str, host: str) -> SplitResult | None:
    """Return the proxy that the environment names for a host, as curl would choose it."""
    if not any(name.lower() == f"{scheme}_proxy" for name in os.environ):
        return None
    from urllib.request import getproxies, proxy_bypass  # noqa: PLC0415

    proxy = getproxies().get(scheme)
    if not proxy or proxy_bypass(host):
        return None
    return urlsplit(proxy if "://" in proxy else f"http://{proxy}")
