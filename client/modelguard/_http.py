"""The transport: HTTP/1.1 with persistent connections, on the standard library.

`docs/decisions/client-transport.md` explains why no HTTP library is used: start-up time, and
reading directly into a buffer.
"""

from __future__ import annotations

import contextlib
import http.client
import os
import re
import ssl
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Protocol
from urllib.parse import SplitResult, urlsplit

from modelguard._errors import TransportError
from modelguard._paced import READ_TIMEOUT_S, OverheadError, PacedResponse
from modelguard._url import PORTS, split_url

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

CONNECT_TIMEOUT_S: Final = 10.0
_LENGTH: Final = re.compile(r"[0-9]{1,18}")


@dataclass(frozen=True, slots=True, repr=False)
class Request:
    """One request; an iterable body is iterated again on each attempt and needs its length."""

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | Iterable[bytes | memoryview] | None = None

    def __repr__(self) -> str:
        """Leave out the headers and the query, either of which may hold a secret."""
        return f"<Request {self.method} {self.url.partition('?')[0]}>"


class Response(Protocol):
    """A response whose body is unread; header names are in lower case."""

    status: int
    headers: Mapping[str, str]

    def readinto(self, buffer: memoryview) -> int:
        """Read into a buffer and return the number of bytes; 0 at the end, even a premature one."""

    def close(self) -> None:
        """Return the connection to the pool, or close it if the body was not read to its end."""


class Transport(Protocol):
    """What sends requests: the seam for tests and for other HTTP libraries."""

    def send(self, request: Request) -> Response:
        """Send a request and return the response, whatever its status; follow no redirect.

        Raises:
            TransportError: There was no response.
        """

    def close(self) -> None:
        """Close all connections."""


class HttpTransport:
    """The default transport; thread-safe."""

    def __init__(self) -> None:
        self._idle: dict[tuple[str, str], list[http.client.HTTPConnection]] = {}
        self._lock = threading.Lock()
        self._tls: ssl.SSLContext | None = None

    def send(self, request: Request) -> Response:
        """Send over an idle connection, or over a new one if the idle one is dead."""
        parts = _split(request.url)
        kept = self._borrow(parts)
        if kept:
            try:
                return self._exchange(kept, parts, request)
            except TransportError:
                pass  # the server has closed it meanwhile
        with _transport_errors(parts):
            fresh = self._connect(parts)
        return self._exchange(fresh, parts, request)

    def close(self) -> None:
        """Close the idle connections."""
        with self._lock:
            idle, self._idle = self._idle, {}
        for connections in idle.values():
            for connection in connections:
                connection.close()

    def give_back(self, parts: SplitResult, connection: http.client.HTTPConnection) -> None:
        """Keep a connection, whose response was read to its end, for the next request."""
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
            target = request.url  # a proxy needs the whole URL
        with _transport_errors(parts, connection):
            connection.sock.settimeout(READ_TIMEOUT_S)
            try:
                connection.request(request.method, target, request.body, dict(request.headers))
            except (BrokenPipeError, ConnectionResetError):
                # A server that refuses a long body responds first and then closes.
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
        connection.response_class = PacedResponse
        connection.connect()
        return connection


class _Answer:
    """A response of http.client, with the connection it came over."""

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
        length = self.headers.get("content-length", "0")
        if not _LENGTH.fullmatch(length):
            raw.close()
            connection.close()
            raise TransportError(
                f"{parts.hostname} responded with an invalid Content-Length", retryable=False
            )

    def readinto(self, buffer: memoryview) -> int:
        with _transport_errors(self._parts, self._connection):
            return self._raw.readinto(buffer)

    def close(self) -> None:
        whole = self._raw.isclosed() and not self._raw.length
        if whole and not self._raw.will_close and self._connection.sock:
            self._transport.give_back(self._parts, self._connection)
        else:
            self._raw.close()  # it holds the socket if the server announced to close it
            self._connection.close()


@contextlib.contextmanager
def _transport_errors(
    parts: SplitResult, connection: http.client.HTTPConnection | None = None
) -> Iterator[None]:
    """Turn socket, TLS and HTTP errors into TransportError, leaving out query strings."""
    try:
        yield
    except ssl.SSLCertVerificationError as error:
        raise TransportError(
            f"The certificate of {parts.hostname} is not trusted: {error.verify_message}",
            hint="set SSL_CERT_FILE to a file with the right CA certificates",
            retryable=False,
        ) from error
    # ValueError is for a header or a host name that cannot be sent.
    except (OSError, ValueError, http.client.HTTPException) as error:
        if connection:
            connection.close()
        reason = _reason(error)
        raise TransportError(
            f"No response from {parts.hostname}:{_address(parts)[1]}: {reason}",
            hint="check the URL and the network, then run the same command again",
            retryable=not isinstance(error, OverheadError | ValueError),
        ) from error


def _split(url: str) -> SplitResult:
    """Split a URL, which may come from the registry; raise TransportError if it is not valid."""
    try:
        return split_url(url)
    except ValueError as error:
        shown = url.partition("?")[0][:200]
        raise TransportError(f"{shown!r} is not a valid URL", retryable=False) from error


def _reason(error: Exception) -> str:
    """Return what went wrong as a phrase, without the codes of the TLS library."""
    if isinstance(error, ssl.SSLError):
        text = (error.reason or "").replace("_", " ").lower()
        wrong = text == "wrong version number"
        return "the server does not speak TLS; is it http://?" if wrong else f"TLS failed: {text}"
    if isinstance(error, TimeoutError):
        return "timed out"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return str(error) or type(error).__name__


def _address(parts: SplitResult) -> tuple[str, int]:
    return parts.hostname or "", parts.port or PORTS[parts.scheme]


def _proxy_of(scheme: str, host: str) -> SplitResult | None:
    """Return the proxy that the environment names for a host, if any."""
    if not any(name.lower() == f"{scheme}_proxy" for name in os.environ):
        return None
    from urllib.request import getproxies, proxy_bypass  # noqa: PLC0415

    proxy = getproxies().get(scheme)
    if not proxy or proxy_bypass(host):
        return None
    return urlsplit(proxy if "://" in proxy else f"http://{proxy}")
