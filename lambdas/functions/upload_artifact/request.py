"""Conversion of an HTTP request, with a form or the raw bytes of one file, to an upload."""

import uuid
from typing import Any, Final

from aws_lambda_powertools.utilities.data_classes.common import BaseProxyEvent

from lambdas.registry import names
from lambdas.registry.errors import InvalidRequestError
from lambdas.registry.uploads.small import IncomingFile, Upload
from lambdas.web.body import read_body
from lambdas.web.file_headers import DEFAULT_CONTENT_TYPE, content_type_of
from lambdas.web.forms import MULTIPART, Form, boundary_of, read_form

_BINARY: Final = {"type": "string", "format": "binary"}
_TEXT: Final = {"type": "string"}
REQUEST_BODY: Final[dict[str, Any]] = {
    "required": True,
    "content": {
        MULTIPART: {
            "schema": {
                "type": "object",
                "properties": {
                    "file": {"type": "array", "items": _BINARY, "minItems": 1},
                    "model_name": _TEXT,
                    "license": _TEXT,
                    "message": _TEXT,
                },
                "required": ["file"],
            }
        },
        DEFAULT_CONTENT_TYPE: {"schema": _BINARY},
    },
}


def read_upload(
    event: BaseProxyEvent, artifact_type: str, *, model_name: str | None, filename: str | None
) -> Upload:
    """Return the upload in a request; `model_name` and `filename` come from its headers.

    A multipart content type without a boundary cannot be a form, so the body is the file itself.

    Raises:
        RegistryError: INVALID_ARTIFACT_TYPE, MISSING_BODY, PAYLOAD_TOO_LARGE, INVALID_REQUEST,
            DIGEST_MISMATCH, MALFORMED_MULTIPART.
    """
    names.artifact_type(artifact_type)
    body = read_body(event)
    content_type = event.headers.get("Content-Type") or ""
    boundary = boundary_of(content_type)
    if boundary is None:
        raw = IncomingFile(
            path=names.client_filename(filename),
            content=body,
            content_type=content_type_of(content_type),
        )
        return Upload(artifact_type, model_name or _new_name(), (raw,))
    form = read_form(body, boundary)
    return Upload(
        artifact_type,
        form.fields.get("model_name") or model_name or _new_name(),
        _files(form),
        license=form.fields.get("license") or None,
        message=form.fields.get("message", ""),
    )


def _new_name() -> str:
    return str(uuid.uuid4())


def _files(form: Form) -> tuple[IncomingFile, ...]:
    if not form.files:
        raise InvalidRequestError("The form has no part named 'file'", field="file")
    return tuple(
        IncomingFile(
            path=names.client_filename(file.filename),
            content=file.content,
            content_type=content_type_of(file.content_type),
        )
        for file in form.files
    )
