"""A proxy on 127.0.0.1 that fails some AWS calls, loses some responses, and delays others.

It sits between the functions and the engine. Some failing calls never reach the engine, as when S3
and DynamoDB throttle; others take effect, and only their response is lost.
"""

import http.client
import random
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final

_SERVICES: Final = ("/s3/", "/dynamodb/")
_HOP_BY_HOP: Final = {"connection", "transfer-encoding", "content-length", "keep-alive"}
_TOO_FAST: Final = (
    b'{"__type":"com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException",'
    b'"message":"injected"}'
)
_BROKEN: Final = (
    b'{"__type":"com.amazonaws.dynamodb.v20120810#InternalServerError","message":"injected"}'
)
_BROKEN_XML: Final = b"<Error><Code>InternalError</Code><Message>injected</Message></Error>"
_SLOW_DOWN: Final = b"<Error><Code>SlowDown</Code><Message>injected</Message></Error>"


class FaultyProxy(ThreadingHTTPServer):
    """Forwards to the engine's port; the rates of injected faults can be set while it runs."""

    daemon_threads = True

    def __init__(self, engine_port: int, *, seed: int = 7) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.engine_port = engine_port
        self.error_share = 0.0
        self.loss_share = 0.0
        self.delay_share = 0.0
        self.delay_s = 0.2
        self.injected = {"errors": 0, "lost responses": 0, "delays": 0}
        self.random = random.Random(seed)  # noqa: S311 - repeatable, not secret
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        """The endpoint that takes the place of AWS."""
        return f"http://127.0.0.1:{self.server_address[1]}"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Ignore closed connections, whose Lambda process has been replaced."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: FaultyProxy

    def _forward(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        signed_for = self.headers.get("Authorization", "")
        if any(service in signed_for for service in _SERVICES):
            dynamodb = "/dynamodb/" in signed_for
            if self.server.random.random() < self.server.error_share:
                self.server.injected["errors"] += 1
                self._refuse(dynamodb=dynamodb)
                return
            if self.server.random.random() < self.server.loss_share:
                self.server.injected["lost responses"] += 1
                self._ask_engine(body)
                self._fail(dynamodb=dynamodb)
                return
            if self.server.random.random() < self.server.delay_share:
                self.server.injected["delays"] += 1
                time.sleep(self.server.delay_s)
        self._answer(*self._ask_engine(body))

    def _ask_engine(self, body: bytes) -> tuple[int, list[tuple[str, str]], bytes]:
        engine = http.client.HTTPConnection("127.0.0.1", self.server.engine_port, timeout=60)
        try:
            engine.request(self.command, self.path, body, dict(self.headers.items()))
            answer = engine.getresponse()
            return answer.status, answer.getheaders(), answer.read()
        except OSError as error:
            raise RuntimeError("the engine does not respond") from error
        finally:
            engine.close()

    def _refuse(self, *, dynamodb: bool) -> None:
        if dynamodb:
            kind = ("Content-Type", "application/x-amz-json-1.0")
            self._answer(http.HTTPStatus.BAD_REQUEST, [kind], _TOO_FAST)
        else:
            kind = ("Content-Type", "application/xml")
            self._answer(http.HTTPStatus.SERVICE_UNAVAILABLE, [kind], _SLOW_DOWN)

    def _fail(self, *, dynamodb: bool) -> None:
        kind = "application/x-amz-json-1.0" if dynamodb else "application/xml"
        body = _BROKEN if dynamodb else _BROKEN_XML
        self._answer(http.HTTPStatus.INTERNAL_SERVER_ERROR, [("Content-Type", kind)], body)

    def _answer(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
        self.send_response_only(status)
        for name, value in headers:
            if name.lower() not in _HOP_BY_HOP:
                self.send_header(name, value)
        length = dict(headers).get("Content-Length") if self.command == "HEAD" else None
        self.send_header("Content-Length", length or str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Log nothing, because requests contain signatures."""

    do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = _forward  # noqa: N815 - http.server's names
