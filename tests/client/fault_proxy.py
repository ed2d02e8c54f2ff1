"""A forward proxy on loopback that cuts, holds, corrupts and refuses what a test says.

The client reaches it through `http_proxy`, so that registry and storage are both behind it and the
signatures of presigned URLs stay right.
"""

from __future__ import annotations

import http.client
import http.server
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@dataclass(slots=True)
class Exchange:
    """A request that came; `status` is 0 while there is no answer, for ever if it was cut off."""

    method: str
    url: str
    range: str = ""
    sent: int = 0
    status: int = 0
    ended: bool = False

    @property
    def path(self) -> str:
        return urlsplit(self.url).path

    @property
    def signed(self) -> bool:
        """Whether it went to the storage."""
        return "X-Amz-Signature=" in self.url


@dataclass(frozen=True, slots=True)
class Fault:
    """What to do to a request: at most one of these."""

    answer: int = 0
    """Answer with this status instead of asking the server."""
    body: bytes = b"{}"
    headers: dict[str, str] = field(default_factory=dict)
    cut_answer_at: int | None = None
    cut_request: bool = False
    corrupt_answer: bool = False
    corrupt_request: bool = False
    hold: threading.Event | None = None
    """Wait for this before asking the server."""


@dataclass(slots=True)
class FaultProxy:
    """The proxy's log, and `rule`: which fault a request meets."""

    url: str
    log: list[Exchange] = field(default_factory=list)
    rule: Callable[[Exchange], Fault | None] = lambda _: None

    def first(self, count: int, fault: Fault, wanted: Callable[[Exchange], bool]) -> None:
        """Let the first `count` requests that are `wanted` meet a fault."""
        lock, left = threading.Lock(), [count]

        def rule(exchange: Exchange) -> Fault | None:
            with lock:
                if not wanted(exchange) or not left[0]:
                    return None
                left[0] -= 1
                return fault

        self.rule = rule

    def done(self, method: str) -> list[Exchange]:
        """Return the storage's good answers to a method."""
        return [
            each
            for each in self.log
            if each.method == method and each.signed and each.status in {200, 206}
        ]


@contextmanager
def fault_proxy() -> Iterator[FaultProxy]:
    """Run a proxy for the length of a block."""

    class Handler(_Handler):
        pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    Handler.proxy = FaultProxy(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield Handler.proxy
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    proxy: FaultProxy

    def forward(self) -> None:
        exchange = Exchange(self.command, self.path, self.headers.get("Range", ""))
        self.proxy.log.append(exchange)
        try:
            self._pass_on(exchange)
        finally:
            exchange.ended = True

    def _pass_on(self, exchange: Exchange) -> None:
        fault = self.proxy.rule(exchange) or Fault()
        length = int(self.headers.get("Content-Length", "0"))
        if fault.cut_request:
            self.rfile.read(length // 2)
            self._cut()
            return
        try:
            body = self.rfile.read(length)
        except OSError:
            self._cut()
            return
        if len(body) < length:  # whoever sent it is gone; a server would wait for the rest
            self._cut()
            return
        exchange.sent = len(body)
        if fault.hold:
            fault.hold.wait()
        if fault.answer:
            self._answer(fault.answer, fault.headers, fault.body)
            return
        if fault.corrupt_request:
            body = _flipped(body)
        status, headers, content = self._ask(body)
        exchange.status = status
        if fault.corrupt_answer:
            content = _flipped(content)
        try:
            self._answer(status, headers, content, fault.cut_answer_at)
        except OSError:
            self._cut()

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = forward  # noqa: N815

    def _ask(self, body: bytes) -> tuple[int, dict[str, str], bytes]:
        parts = urlsplit(self.path)
        upstream = http.client.HTTPConnection(parts.netloc, timeout=60)
        try:
            target = f"{parts.path}?{parts.query}" if parts.query else parts.path
            headers = {key: value for key, value in self.headers.items() if key != "Connection"}
            upstream.request(self.command, target, body or None, headers)
            answer = upstream.getresponse()
            content = answer.read()
            dropped = {"transfer-encoding", "connection", "content-length"}
            kept = {key: each for key, each in answer.getheaders() if key.lower() not in dropped}
            return answer.status, kept, content
        finally:
            upstream.close()

    def _answer(
        self, status: int, headers: dict[str, str], content: bytes, cut_at: int | None = None
    ) -> None:
        self.send_response_only(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content[:cut_at])
        if cut_at is not None:
            self._cut()

    def _cut(self) -> None:
        self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass


def _flipped(content: bytes) -> bytes:
    middle = len(content) // 2
    return content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :]
