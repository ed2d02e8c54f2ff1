"""Shorthands of the front door, as events: upload, fetch, metadata."""

import base64
import json
from dataclasses import dataclass
from typing import Any

from lambdas.contract.limits import LAMBDA_EVENT_LIMIT_BYTES, LAMBDA_RESPONSE_LIMIT_BYTES
from lambdas.functions.get_artifact.handler import lambda_handler as get_artifact
from lambdas.functions.upload_artifact.handler import lambda_handler as upload_artifact
from lambdas.web.app import LambdaHandler
from tests.support.events import multipart, rest_event


@dataclass(frozen=True)
class Answer:
    """A Lambda's answer, as its HTTP client sees it."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def error_code(self) -> str:
        return str(self.json["error_code"])


class EventTooLargeError(Exception):
    """Lambda would refuse the event, and API Gateway answer 413."""


class ResponseTooLargeError(Exception):
    """Lambda would drop the response, and API Gateway answer 502."""


def invoke(handler: LambdaHandler, event: dict[str, Any]) -> Answer:
    """Call a handler as Lambda does: with its limits, which no local engine enforces."""
    if len(json.dumps(event)) > LAMBDA_EVENT_LIMIT_BYTES:
        raise EventTooLargeError
    answer = handler(event, None)
    if len(json.dumps(answer)) > LAMBDA_RESPONSE_LIMIT_BYTES:
        raise ResponseTooLargeError
    raw = answer["body"]
    body = base64.b64decode(raw) if answer["isBase64Encoded"] else raw.encode()
    return Answer(answer["statusCode"], answer["headers"], body)


def upload(
    content: bytes = b"weights",
    *,
    name: str = "bert-base",
    kind: str = "model",
    filename: str = "model.bin",
    headers: dict[str, str] | None = None,
) -> Answer:
    """Upload raw bytes."""
    named = {"Content-Type": "application/octet-stream", "X-Model-Name": name}
    event = rest_event(
        "POST",
        f"/artifact/{kind}",
        body=content,
        headers={**named, "X-Filename": filename, **(headers or {})},
    )
    return invoke(upload_artifact, event)


def upload_form(
    *files: tuple[str, bytes],
    kind: str = "model",
    headers: dict[str, str] | None = None,
    **fields: str,
) -> Answer:
    """Upload a form."""
    body, form_headers = multipart(*files, fields=fields)
    event = rest_event(
        "POST", f"/artifact/{kind}", body=body, headers={**form_headers, **(headers or {})}
    )
    return invoke(upload_artifact, event)


def fetch(
    name: str = "bert-base",
    query: str = "",
    *,
    kind: str = "model",
    method: str = "GET",
    headers: dict[str, str] | None = None,
) -> Answer:
    """Get an artifact."""
    event = rest_event(method, f"/artifacts/{kind}/{name}", query=query, headers=headers)
    return invoke(get_artifact, event)


def metadata(name: str = "bert-base", *, kind: str = "model", version: str = "latest") -> Any:
    """Get an artifact's metadata."""
    return fetch(name, f"metadata_only=true&version={version}", kind=kind).json
