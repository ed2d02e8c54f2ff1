"""The gateway's side of a handler: the event it sends, and what it makes of the answer."""

import base64
import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from lambdas.contract.limits import LAMBDA_EVENT_LIMIT_BYTES, LAMBDA_RESPONSE_LIMIT_BYTES
from lambdas.web.app import LambdaHandler

ADA = "arn:aws:iam::111122223333:user/ada"


def rest_event(
    method: str,
    path: str,
    *,
    body: bytes | None = None,
    headers: Mapping[str, str] | None = None,
    query: str = "",
) -> dict[str, Any]:
    """Return the event that a regional REST API sends for a request."""
    parameters = dict(parse_qsl(query, keep_blank_values=True))
    return {
        "httpMethod": method,
        "path": path,
        "headers": dict(headers or {}),
        "multiValueHeaders": {name: [value] for name, value in (headers or {}).items()},
        "queryStringParameters": parameters or None,
        "multiValueQueryStringParameters": {k: [v] for k, v in parameters.items()} or None,
        "body": None if body is None else base64.b64encode(body).decode(),
        "isBase64Encoded": body is not None,
        "requestContext": {"requestId": str(uuid.uuid4()), "identity": {"sourceIp": "192.0.2.1"}},
    }


def signed(event: dict[str, Any], arn: str = ADA) -> dict[str, Any]:
    """Return the event of a request with an AWS signature."""
    event["requestContext"]["identity"]["userArn"] = arn
    return event


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
    raw = handler(event, None)
    if len(json.dumps(raw)) > LAMBDA_RESPONSE_LIMIT_BYTES:
        raise ResponseTooLargeError
    body = raw["body"]
    content = base64.b64decode(body) if raw["isBase64Encoded"] else body.encode()
    return Answer(raw["statusCode"], raw["headers"], content)
