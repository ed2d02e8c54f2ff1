"""Idempotency-Key: repeated requests with the same key run one write and get the same answer."""

import hashlib
import json
import re
from collections.abc import Callable
from typing import Annotated, Any, Final, TypeVar

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Header
from aws_lambda_powertools.utilities.data_classes.common import BaseProxyEvent

from lambdas.contract.limits import MAX_IDEMPOTENCY_KEY_CHARS
from lambdas.registry import errors
from lambdas.registry.errors import InvalidRequestError
from lambdas.registry.idempotency import AnswerStore, WriteOnce
from lambdas.registry.ports import AnswerMaker
from lambdas.web.body import decoded_body
from lambdas.web.caller import principal_of

_Result = TypeVar("_Result")

HEADER: Final = "Idempotency-Key"
ERRORS: Final = (errors.InProgressError, errors.IdempotencyKeyReusedError)
IdempotencyKey = Annotated[
    str | None,
    Header(
        alias=HEADER,
        description="Repeating the request with the same key within a day returns the first answer",
    ),
]
_KEY = re.compile(rf"^[\x21-\x7e]{{1,{MAX_IDEMPOTENCY_KEY_CHARS}}}\Z")
_BOUNDARY = re.compile(r';\s*boundary="?([^\s";]+)', re.IGNORECASE)
_FINGERPRINT_HEADERS: Final = ("If-Match", "X-Filename", "X-Model-Name")
"""Headers that change what a write does."""


def write_once(
    event: BaseProxyEvent,
    answers: AnswerStore,
    key: str | None,
    write: Callable[[AnswerMaker[_Result] | None], _Result],
    answer: Callable[[_Result], Response[Any]],
) -> Response[Any]:
    """Return the response to a write or, if its Idempotency-Key has been used, the first response.

    `key` is the value of the header; a request without one costs nothing extra. `write` passes its
    argument to the use case, which commits the stored answer together with the effect; `answer`
    turns the result into the response.

    Raises:
        RegistryError: INVALID_REQUEST for a malformed key, IDEMPOTENCY_KEY_REUSED, IN_PROGRESS.
    """
    if key is None:
        return answer(write(None))
    if not _KEY.match(key):
        raise InvalidRequestError(
            f"An {HEADER} must have 1 to {MAX_IDEMPOTENCY_KEY_CHARS} printable ASCII characters",
            field=HEADER,
        )
    stored = WriteOnce(answers).run(
        _stored_key(event, key),
        _fingerprint(event),
        write,
        lambda result: _pack(answer(result)),
    )
    return _unpack(stored)


def _pack(response: Response[Any]) -> bytes:
    return json.dumps([response.status_code, response.headers, response.body]).encode()


def _unpack(stored: bytes) -> Response[Any]:
    status, headers, body = json.loads(stored)
    return Response(status, headers=headers, body=body)


def _stored_key(event: BaseProxyEvent, client_key: str) -> str:
    """Return the key of the stored answer; no model name contains '#', so they never collide."""
    parts = [principal_of(event), event.http_method, event.path, client_key]
    return f"once#{hashlib.sha256(json.dumps(parts).encode()).hexdigest()}"


def _fingerprint(event: BaseProxyEvent) -> str:
    """Return a digest of everything that determines what the request does.

    The boundary of a form is excluded, because clients choose a new one for each attempt.
    """
    content_type = event.headers.get("Content-Type") or ""
    body = decoded_body(event)
    if boundary := _BOUNDARY.search(content_type):
        body = body.replace(b"--" + boundary[1].encode(errors="replace"), b"--")
    parts = [
        content_type.partition(";")[0].strip().lower(),
        *(event.headers.get(name) for name in _FINGERPRINT_HEADERS),
        sorted((event.get("queryStringParameters") or {}).items()),
        hashlib.sha256(body).hexdigest(),
    ]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()
