"""The gateway's side of a handler: the event it sends, and what it makes of the answer."""

import base64
import json
import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl

from lambdas.contract.functions import FUNCTIONS
from lambdas.contract.limits import LAMBDA_EVENT_LIMIT_BYTES, LAMBDA_RESPONSE_LIMIT_BYTES
from lambdas.web.app import LambdaHandler
from tools.openapi import TARGET

ADA = "arn:aws:iam::111122223333:user/ada"
NO_ROUTE = "NOT_FOUND"
"""The error code of a request that matches no route, which no document can name."""
_ROUTES = [
    (route.method, re.compile(re.sub(r"\{\w+\}", "[^/]+", route.path)), route.path)
    for spec in FUNCTIONS
    for route in spec.routes
]


def rest_event(
    method: str,
    path: str,
    *,
    body: bytes | None = None,
    headers: Mapping[str, str] | None = None,
    query: str = "",
) -> dict[str, Any]:
    """Return the event that a regional REST API sends for a request.

    Its `resource` is the path's pattern, or empty where the API has no such route.
    """
    parameters = dict(parse_qsl(query, keep_blank_values=True))
    return {
        "resource": _resource(method, path),
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
    """Call a handler as Lambda does: with its limits, which no local engine enforces.

    An error that the OpenAPI document does not name for the route and status fails the test.
    """
    if len(json.dumps(event)) > LAMBDA_EVENT_LIMIT_BYTES:
        raise EventTooLargeError
    raw = handler(event, None)
    if len(json.dumps(raw)) > LAMBDA_RESPONSE_LIMIT_BYTES:
        raise ResponseTooLargeError
    body = raw["body"]
    content = base64.b64decode(body) if raw["isBase64Encoded"] else body.encode()
    answer = Answer(raw["statusCode"], raw["headers"], content)
    _assert_documented(event, answer)
    return answer


def _resource(method: str, path: str) -> str:
    path = path.rstrip("/")  # as the gateway does
    found = [known for verb, rule, known in _ROUTES if verb == method and rule.fullmatch(path)]
    return found[0] if found else ""


def _assert_documented(event: Mapping[str, Any], answer: Answer) -> None:
    if answer.status < HTTPStatus.BAD_REQUEST:
        return
    method, resource = event["httpMethod"], event["resource"]
    if not resource:
        assert answer.error_code == NO_ROUTE, answer
        return
    codes = _documented_codes().get((method, resource, answer.status), set())
    # An answer to HEAD has no body, so only its status can be compared.
    assert answer.error_code in codes if answer.body else codes, (
        f"{method} {resource} answers {answer.status} {answer.body!r}, which openapi.json does not "
        "name for it: add the error to the endpoint's `errors` and run `make snapshot`"
    )


@cache
def _documented_codes() -> dict[tuple[str, str, int], set[str]]:
    """Return the error codes that the document names, by method, path and status."""
    document = json.loads(TARGET.read_text(encoding="utf-8"))
    return {
        (method.upper(), path, int(status)): set(
            response["description"].partition(":")[0].split(", ")
        )
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
        for status, response in operation["responses"].items()
    }
