"""Uploads in a request, and downloads."""

from typing import Any

from lambdas.functions.get_artifact.handler import lambda_handler as get_artifact
from lambdas.functions.upload_artifact.handler import lambda_handler as upload_artifact
from tests.support.forms import multipart
from tests.support.gateway import Answer, invoke, rest_event


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
