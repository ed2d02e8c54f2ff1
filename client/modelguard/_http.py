"""The transport: HTTP/1.1 with persistent connections, on the standard library.

`docs/decisions/client-transport.md` explains why no HTTP library is used: start-up time, and
reading directly into a buffer.
"""

from __future__ import annotations

import contextlib
import http.client
import re
import ssl
import threading
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING, Final, Protocol

from modelguard._errors import TransportError
from modelguard._paced import READ_TIMEOUT_S, OverheadError, PacedResponse
from modelguard._proxy import proxy_of
from modelguard._trust import VARIABLES, tls_context
from modelguard._url import PORTS, split_url

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from urllib.parse import SplitResult

    from modelguard._proxy import Proxy

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
        self._idle: dict[tuple[str, str], list[_Line]] = {}
        self._lock = threading.Lock()
        self._tls: ssl.SSLContext | None = None

    def send(self, request: Request) -> Response:
        """Send over an idle connection, or over a new one if the idle one is dead."""
        parts = _split(request.url)
        kept = self._borrow(parts)
        if kept:
            try:
                return self._exchange(kept, request)
            except TransportError:
                pass  # the server has closed it meanwhile
        return self._exchange(self._connect(parts), request)

    def close(self) -> None:
        """Close the idle connections."""
        with self._lock:
            idle, self._idle = self._idle, {}
        for lines in idle.values():
            for line in lines:
                line.connection.close()

    def give_back(self, line: _Line) -> None:
        """Keep a connection, whose response was read to its end, for the next request."""
        with self._lock:
            self._idle.setdefault((line.target.scheme, line.target.netloc), []).append(line)

    def _borrow(self, parts: SplitResult) -> _Line | None:
        with self._lock:
            idle = self._idle.get((parts.scheme, parts.netloc))
            return idle.pop() if idle else None

    def _exchange(self, line: _Line, request: Request) -> Response:
        connection, parts = line.connection, _split(request.url)
        target = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
        headers = dict(request.headers)
        if line.proxy and parts.scheme == "http":
            target = request.url  # a proxy needs the whole URL
            headers |= line.proxy.headers
        with _transport_errors(line):
            connection.sock.settimeout(READ_TIMEOUT_S)
            try:
                connection.request(request.method, target, request.body, headers)
            except (BrokenPipeError, ConnectionResetError):
                # A server that refuses a long body responds first and then closes.
                with contextlib.suppress(OSError, http.client.HTTPException):
                    return _Answer(self, line, connection.getresponse())
                raise
            return _Answer(self, line, connection.getresponse())

    def _connect(self, parts: SplitResult) -> _Line:
        host, port = _address(parts)
        proxy = proxy_of(parts.scheme, host, port)
        at = (proxy.host, proxy.port) if proxy else (host, port)
        if parts.scheme == "http":
            connection = http.client.HTTPConnection(*at, timeout=CONNECT_TIMEOUT_S)
        else:
            self._tls = self._tls or tls_context()
            connection = http.client.HTTPSConnection(
                *at, timeout=CONNECT_TIMEOUT_S, context=self._tls
            )
            if proxy:
                connection.set_tunnel(host, port, proxy.headers)
        connection.response_class = PacedResponse
        line = _Line(connection, parts, proxy)
        with _transport_errors(line):
            connection.connect()
        return line


@dataclass(frozen=True, slots=True)
class _Line:
    """A connection to `target`, which may lead through a proxy."""

    connection: http.client.HTTPConnection
    target: SplitResult
    proxy: Proxy | None

    @property
    def address(self) -> str:
        """The host and port of the target."""
        host, port = _address(self.target)
        return f"{host}:{port}"

    @property
    def peer(self) -> str:
        """What the client connects to, in words."""
        proxy = self.proxy
        return f"the proxy {proxy.host}:{proxy.port}" if proxy else self.address


class _Answer:
    """A response of http.client, with the connection it came over."""

    def __init__(
        self, transport: HttpTransport, line: _Line, raw: http.client.HTTPResponse
    ) -> None:
        self.status = raw.status
        self.headers: Mapping[str, str] = {key.lower(): value for key, value in raw.getheaders()}
        self._transport = transport
        self._line = line
        self._raw = raw
        if not _LENGTH.fullmatch(self.headers.get("content-length", "0")):
            self._drop()
            raise TransportError(f"{line.peer} sent an invalid Content-Length", retryable=False)
        if line.proxy and self.status == HTTPStatus.PROXY_AUTHENTICATION_REQUIRED:
            self._drop()
            raise _proxy_refusal(line, f"{self.status} {raw.reason}")

    def readinto(self, buffer: memoryview) -> int:
        with _transport_errors(self._line):
            return self._raw.readinto(buffer)

    def close(self) -> None:
        whole = self._raw.isclosed() and not self._raw.length
        if whole and not self._raw.will_close and self._line.connection.sock:
            self._transport.give_back(self._line)
        else:
            self._drop()

    def _drop(self) -> None:
        self._raw.close()  # it holds the socket if the server announced to close it
        self._line.connection.close()


@contextlib.contextmanager
def _transport_errors(line: _Line) -> Iterator[None]:
    """Turn socket, TLS and HTTP errors into TransportError, leaving out query strings."""
    try:
        yield
    except ssl.SSLCertVerificationError as error:
        line.connection.close()
        raise TransportError(
            f"The certificate of {line.target.hostname} is not trusted: {error.verify_message}",
            hint=f"set {VARIABLES[0]} to a file with the right CA certificates",
            retryable=False,
        ) from error
    # ValueError is for a header or a host name that cannot be sent.
    except (OSError, ValueError, http.client.HTTPException) as error:
        line.connection.close()
        _, tunnel, status = str(error).partition("Tunnel connection failed: ")
        if tunnel:
            raise _proxy_refusal(line, status) from error
        raise TransportError(
            f"No response from {line.peer}: {_reason(error)}",
            hint="check the URL and the network, then run the same command again",
            retryable=not isinstance(error, OverheadError | ValueError),
        ) from error


def _proxy_refusal(line: _Line, status: str) -> TransportError:
    """Return the error for a proxy that does not pass a request on."""
    unknown = status.startswith(str(HTTPStatus.PROXY_AUTHENTICATION_REQUIRED.value))
    scheme = line.target.scheme
    return TransportError(
        f"{line.peer} refused to connect to {line.address}: {status}",
        hint=f"set {scheme}_proxy to http://USER:PASSWORD@HOST:PORT" if unknown else "",
        retryable=status.startswith("5"),
    )


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
        return "the server does not speak TLS (try http://)" if wrong else f"TLS failed: {text}"
    if isinstance(error, TimeoutError):
        return "timed out"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return str(error) or type(error).__name__


def _address(parts: SplitResult) -> tuple[str, int]:
    return parts.hostname or "", parts.port or PORTS[parts.scheme]
