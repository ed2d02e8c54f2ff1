"""Serves the registry's handlers over HTTP from one process: `python -m benchmarks.gateway`.

It replaces API Gateway and the table's stream when another S3 server is used, because the local
engine does not support ranges of an object version. It prints its URL; the environment determines
S3, table and bucket.
"""

from __future__ import annotations

import base64
import http
import http.server
import importlib
import json
import os
import subprocess
import sys
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, unquote, urlsplit

from benchmarks.s3_server import BUCKET
from lambdas.contract.functions import FUNCTIONS
from lambdas.contract.table import TABLE_PARTITION_KEY, TABLE_SORT_KEY
from local.engine import HOST, client_environment
from tools import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.s3_server import S3Server
    from local.engine import Engine

_ONE_AT_A_TIME = threading.Lock()
"""A Lambda process handles one event at a time, and its handlers rely on that."""


@contextmanager
def gateway(engine: Engine, table: str, s3: S3Server) -> Iterator[str]:
    """Run a gateway on an engine's table and another S3 server; yield its URL."""
    environment = {
        **{key: os.environ[key] for key in ("PATH", "HOME") if key in os.environ},
        **client_environment(engine.url),
        "AWS_ENDPOINT_URL_S3": s3.url,
        "AWS_ACCESS_KEY_ID": s3.key_id,
        "AWS_SECRET_ACCESS_KEY": s3.secret,
        "S3_BUCKET": BUCKET,
        "DYNAMODB_TABLE": table,
        "POWERTOOLS_LOG_LEVEL": "ERROR",
        "POWERTOOLS_METRICS_DISABLED": "true",
    }
    with subprocess.Popen(
        [sys.executable, "-m", "benchmarks.gateway"],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout  # noqa: S101 - it is a pipe
        try:
            yield process.stdout.readline().strip()
        finally:
            process.kill()


class Handler(http.server.BaseHTTPRequestHandler):
    """Translates requests to events and results to responses, like a REST API's proxy."""

    protocol_version = "HTTP/1.1"

    def handle_request(self) -> None:
        """Handle a request with any method."""
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        parts = urlsplit(self.path)
        module = _module_of(self.command, unquote(parts.path))
        if module is None:
            self._answer({"statusCode": 404, "body": json.dumps({"error_code": "NOT_FOUND"})})
            return
        event = _event(self.command, unquote(parts.path), parts.query, dict(self.headers), body)
        with _ONE_AT_A_TIME:
            handler = importlib.import_module(f"{module}.handler").lambda_handler
            answer = handler(event, None)
        self._answer(answer)
        if parts.path.endswith("/complete") and answer["statusCode"] == http.HTTPStatus.OK:
            _inspect(json.loads(answer["body"]))

    def _answer(self, answer: dict[str, Any]) -> None:
        text = answer.get("body") or ""
        body = base64.b64decode(text) if answer.get("isBase64Encoded") else text.encode()
        self.send_response(answer["statusCode"])
        single = answer.get("headers") or {}
        many = answer.get("multiValueHeaders") or {}
        for name, values in {**{key: [value] for key, value in single.items()}, **many}.items():
            for value in values:
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's name
        """Log nothing."""

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = handle_request  # noqa: N815


def _inspect(version: dict[str, Any]) -> None:
    """Do what the table's stream does, because the engine's own inspector uses other storage."""
    from lambdas.aws.dynamodb.layout import version_item  # noqa: PLC0415 - only in the server
    from lambdas.functions.inspector.handler import lambda_handler  # noqa: PLC0415

    item = version_item(version["artifact_type"], version["version"])
    keys = {TABLE_PARTITION_KEY: {"S": version["model_name"]}, TABLE_SORT_KEY: {"S": item}}
    lambda_handler({"Records": [{"dynamodb": {"Keys": keys}}]}, None)


def _module_of(method: str, path: str) -> str | None:
    segments = path.split("/")
    for function in FUNCTIONS:
        for route in function.routes:
            pattern = route.path.split("/")
            fits = len(pattern) == len(segments) and all(
                expected.startswith("{") or expected == segment
                for expected, segment in zip(pattern, segments, strict=True)
            )
            if fits and route.method == method:
                return function.module
    return None


def _event(
    method: str, path: str, query: str, headers: dict[str, str], body: bytes
) -> dict[str, Any]:
    parameters = dict(parse_qsl(query, keep_blank_values=True))
    return {
        "httpMethod": method,
        "path": path,
        "headers": headers,
        "multiValueHeaders": {name: [value] for name, value in headers.items()},
        "queryStringParameters": parameters or None,
        "multiValueQueryStringParameters": {key: [value] for key, value in parameters.items()},
        "body": base64.b64encode(body).decode() if body else None,
        "isBase64Encoded": bool(body),
        "requestContext": {"requestId": os.urandom(8).hex(), "identity": {"sourceIp": HOST}},
    }


if __name__ == "__main__":
    server = http.server.ThreadingHTTPServer((HOST, 0), Handler)
    print(f"http://{HOST}:{server.server_port}", flush=True)
    server.serve_forever()
