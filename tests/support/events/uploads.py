"""A client of upload sessions: it declares, sends to the signed URLs, and completes."""

import hashlib
import json
from typing import Any

import pytest
import requests

from lambdas.functions.uploads.handler import lambda_handler
from lambdas.registry.uploads import session
from lambdas.registry.uploads import session as declaration
from lambdas.registry.uploads.offers import Offer
from lambdas.registry.uploads.session import DeclaredFile
from tests.support.events import rest_event
from tests.support.registry import Answer, invoke

MIB = 1024**2
Contents = dict[str, bytes]


def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let files over 1 MiB go up in parts of 1 MiB, so that tests need not move 64."""
    monkeypatch.setattr(session, "SINGLE_PUT_LIMIT_BYTES", MIB)
    monkeypatch.setattr(declaration, "SINGLE_PUT_LIMIT_BYTES", MIB)
    monkeypatch.setattr(session, "MIN_PART_BYTES", MIB)
    monkeypatch.setattr("moto.s3.models.S3_UPLOAD_PART_MIN_SIZE", MIB)


def parts_of(content: bytes) -> list[bytes]:
    size = session.part_size(len(content))
    return [content[at : at + size] for at in range(0, len(content), size)] if size else []


def declare(path: str, content: bytes) -> DeclaredFile:
    parts = tuple(hashlib.sha256(part).hexdigest() for part in parts_of(content))
    return DeclaredFile(path, len(content), hashlib.sha256(content).hexdigest(), parts)


def declared(contents: Contents, name: str = "big", **members: Any) -> dict[str, Any]:
    """Return the body that begins an upload of these contents by path."""
    files = []
    for path, content in contents.items():
        file = declare(path, content)
        entry: dict[str, Any] = {"path": path, "size": file.size, "sha256": file.sha256}
        if file.part_sha256:
            entry["part_sha256"] = list(file.part_sha256)
        files.append(entry)
    return {"model_name": name, "files": files, **members}


def call(
    method: str,
    path: str,
    body: Any = None,
    *,
    kind: str = "model",
    headers: dict[str, str] | None = None,
) -> Answer:
    content = None if body is None else json.dumps(body).encode()
    event = rest_event(method, f"/artifact/{kind}/uploads{path}", body=content, headers=headers)
    return invoke(lambda_handler, event)


def begin(contents: Contents, name: str = "big", *, kind: str = "model", **members: Any) -> Answer:
    return call("POST", "", declared(contents, name, **members), kind=kind)


def resume(upload_id: str, *, kind: str = "model") -> Answer:
    return call("GET", f"/{upload_id}", kind=kind)


def complete(upload_id: str, *, kind: str = "model") -> Answer:
    return call("POST", f"/{upload_id}/complete", {}, kind=kind)


def abort(upload_id: str, *, kind: str = "model") -> Answer:
    return call("DELETE", f"/{upload_id}", kind=kind)


def put(url: str, headers: dict[str, str], content: bytes) -> int:
    """Send bytes to a signed URL; the engine here keeps a digest only when it is told its kind."""
    sent = {**headers, "x-amz-sdk-checksum-algorithm": "SHA256"}
    return requests.put(url, data=content, headers=sent, timeout=5).status_code


def send(files: list[dict[str, Any]], contents: Contents, *, most: int = 10**6) -> int:
    """Send what an answer needs, at most so many requests; return how many bytes were sent."""
    wanted = [
        (part, parts_of(contents[file["path"]])[part["part_number"] - 1])
        for file in files
        for part in file.get("parts", [])
    ] + [(file, contents[file["path"]]) for file in files if "url" in file]
    for request, content in wanted[:most]:
        assert put(request["url"], request["headers"], content) == 200
    return sum(len(content) for _, content in wanted[:most])


def send_offer(offer: Offer, contents: Contents) -> None:
    """Send all that a use case's offer needs."""
    for file in offer.files:
        if file.put:
            assert put(file.put.url, dict(file.put.headers), contents[file.path]) == 200
        parts = parts_of(contents[file.path])
        for number, request in file.parts:
            assert put(request.url, dict(request.headers), parts[number - 1]) == 200


def push(contents: Contents, name: str = "big", *, kind: str = "model", **members: Any) -> Answer:
    """Begin, send all, complete."""
    begun = begin(contents, name, kind=kind, **members)
    assert begun.status == 201, begun.body
    send(begun.json["files"], contents)
    return complete(begun.json["upload_id"], kind=kind)
