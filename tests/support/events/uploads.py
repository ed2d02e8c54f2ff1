"""Upload sessions, and a client that sends to their signed URLs."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from lambdas.functions.uploads.handler import lambda_handler
from tests.support import aws
from tests.support.contents import Contents, declared, wanted
from tests.support.gateway import Answer, invoke, rest_event


def begin(contents: Contents, name: str = "big", *, kind: str = "model", **members: Any) -> Answer:
    return begin_with(declared(contents, name, **members), kind=kind)


def begin_with(
    body: Any = None, *, kind: str = "model", headers: dict[str, str] | None = None
) -> Answer:
    """Begin a session with any body, or none."""
    return _ask("POST", "", body, kind=kind, headers=headers)


def resume(upload_id: str, *, kind: str = "model") -> Answer:
    return _ask("GET", f"/{upload_id}", kind=kind)


def complete(upload_id: str, *, kind: str = "model") -> Answer:
    return _ask("POST", f"/{upload_id}/complete", {}, kind=kind)


def abort(upload_id: str, *, kind: str = "model") -> Answer:
    return _ask("DELETE", f"/{upload_id}", kind=kind)


def send(files: Iterable[Mapping[str, Any]], contents: Contents, *, most: int | None = None) -> int:
    """Send what an answer needs, in at most `most` requests; return how many bytes were sent."""
    requested = wanted(files, contents)[:most]
    for request, content in requested:
        assert aws.put(request["url"], request["headers"], content) == 200
    return sum(len(content) for _, content in requested)


def push(contents: Contents, name: str = "big", *, kind: str = "model", **members: Any) -> Answer:
    """Begin, send all, complete."""
    begun = begin(contents, name, kind=kind, **members)
    assert begun.status == 201, begun.body
    send(begun.json["files"], contents)
    return complete(begun.json["upload_id"], kind=kind)


def _ask(
    method: str,
    path: str,
    body: Any = None,
    *,
    kind: str,
    headers: dict[str, str] | None = None,
) -> Answer:
    content = None if body is None else json.dumps(body).encode()
    event = rest_event(method, f"/artifact/{kind}/uploads{path}", body=content, headers=headers)
    return invoke(lambda_handler, event)
