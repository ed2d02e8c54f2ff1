"""Builders of API Gateway events."""

import base64
import uuid
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl


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


def multipart(
    *files: tuple[str, bytes], fields: Mapping[str, str] | None = None, boundary: str = "b0undary"
) -> tuple[bytes, dict[str, str]]:
    """Return the body and headers of a form with these files and text fields."""
    parts = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in (fields or {}).items()
    ]
    parts += [
        f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n'
        f"Content-Type: application/octet-stream\r\n\r\n".encode()
        + content
        + b"\r\n"
        for name, content in files
    ]
    body = b"".join(parts) + f"--{boundary}--\r\n".encode()
    return body, {"Content-Type": f"multipart/form-data; boundary={boundary}"}
