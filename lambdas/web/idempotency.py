"""Idempotency-Key: the same key and request of the same caller are one write and one answer."""

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
    Header(alias=HEADER, description="The same key and request are one write and one answer"),
]
_KEY = re.compile(rf"^[\x21-\x7e]{{1,{MAX_IDEMPOTENCY_KEY_CHARS}}}\Z")
_BOUNDARY = re.compile(r';\s*boundary="?([^\s";]+)', re.IGNORECASE)
_ASKING_HEADERS: Final = ("If-Match", "X-Filename", "X-Model-Name")
"""Headers that change what a write does."""


def write_once(
    event: BaseProxyEvent,
    answers: AnswerStore,
    key: str | None,
    write: Callable[[AnswerMaker[_Result] | None], _Result],
    answer: Callable[[_Result], Response[Any]],
) -> Response[Any]:
    """Return the answer to a write; with an Idempotency-Key it is the first one's.

    `key` is the header's value; without one nothing costs more. `write` hands what it is given to
    the use case, which commits the answer with the effect.

    Raises:
        RegistryError: INVALID_REQUEST for a malformed key, IDEMPOTENCY_KEY_REUSED, IN_PROGRESS.
    """
    if key is None:
        return answer(write(None))
    if not _KEY.match(key):
        raise InvalidRequestError(
            f"An {HEADER} has 1 to {MAX_IDEMPOTENCY_KEY_CHARS} printable ASCII characters",
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
    """Return the key of the answer; no model's name has a '#', so the two never meet."""
    parts = [principal_of(event), event.http_method, event.path, client_key]
    return f"once#{hashlib.sha256(json.dumps(parts).encode()).hexdigest()}"


def _fingerprint(event: BaseProxyEvent) -> str:
    """Return a digest of all that the request asks.

    A form's boundary is drawn anew by each attempt, so it does not count.
    """
    content_type = event.headers.get("Content-Type") or ""
    body = decoded_body(event)
    if boundary := _BOUNDARY.search(content_type):
        body = body.replace(b"--" + boundary[1].encode(errors="replace"), b"--")
    asked = [
        content_type.partition(";")[0].strip().lower(),
        *(event.headers.get(name) for name in _ASKING_HEADERS),
        sorted((event.get("queryStringParameters") or {}).items()),
        hashlib.sha256(body).hexdigest(),
    ]
    return hashlib.sha256(json.dumps(asked).encode()).hexdigest()
