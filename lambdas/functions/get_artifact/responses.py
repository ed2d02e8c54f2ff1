"""Responses with a file: inline, as a redirect, headers only, or not modified."""

from http import HTTPStatus
from typing import Any, Final

from aws_lambda_powertools.event_handler import Response

from lambdas.contract.limits import GET_URL_SECONDS, INLINE_LIMIT_BYTES
from lambdas.registry.download import FoundVersion, Reader
from lambdas.registry.gate import ClearedFile
from lambdas.registry.version import File, Version
from lambdas.web import metrics
from lambdas.web.app import binary_response
from lambdas.web.file_headers import content_disposition, etag, matches, repr_digest
from lambdas.web.schemas import VersionBody

_TEXT: Final = {"schema": {"type": "string"}}
_HEADERS: Final[dict[str, Any]] = {
    "ETag": {"description": "The file's SHA-256 in hex, quoted", **_TEXT},
    "Repr-Digest": {"description": "The file's SHA-256 in the format of RFC 9530", **_TEXT},
    "Content-Disposition": {"description": "An attachment with the file's name", **_TEXT},
    "X-Artifact-Version": {"description": "The version number", **_TEXT},
    "X-Artifact-Verdict": {"description": "The verdict of the inspection", **_TEXT},
    "X-Artifact-Size": {"description": "The file's size in bytes", **_TEXT},
}
_NOT_MODIFIED: Final = {"description": "The client's copy is up to date", "headers": _HEADERS}
GET_DOCS: Final[dict[int, Any]] = {
    200: {
        "description": "The file's bytes, or the version's metadata",
        "headers": _HEADERS,
        "content": {
            "application/json": {"model": VersionBody},
            "*/*": {"schema": {"type": "string", "format": "binary"}},
        },
    },
    302: {
        "description": f"The file is larger than {INLINE_LIMIT_BYTES} bytes; follow Location",
        "headers": {**_HEADERS, "Location": {"description": "A presigned URL", **_TEXT}},
    },
    304: _NOT_MODIFIED,
}
HEAD_DOCS: Final[dict[int, Any]] = {
    200: {"description": "The file's headers", "headers": _HEADERS},
    304: _NOT_MODIFIED,
}


def is_current(cleared: ClearedFile, if_none_match: str | None) -> bool:
    """Return whether the client already has the bytes."""
    return matches(if_none_match, cleared.file.sha256)


def not_modified(version: Version, cleared: ClearedFile) -> Response[Any]:
    """Return the response for a client whose copy is up to date."""
    return Response(int(HTTPStatus.NOT_MODIFIED), headers=_headers(version, cleared.file), body="")


def content(reader: Reader, found: FoundVersion, cleared: ClearedFile) -> Response[Any]:
    """Return a small file's bytes, or a redirect to those of a large one."""
    file = cleared.file
    headers = _headers(found.version, file)
    if file.size <= INLINE_LIMIT_BYTES:
        content_bytes = reader.read(found, cleared)
        metrics.downloaded(file.size)
        return binary_response(content_bytes, file.content_type, headers)
    url = reader.bucket.download_url(
        cleared, disposition=headers["Content-Disposition"], seconds=GET_URL_SECONDS
    )
    metrics.downloaded(file.size)
    # The URL is a secret and expires, so no cache may store it.
    redirect = {**headers, "Location": url, "Cache-Control": "no-store"}
    return Response(int(HTTPStatus.FOUND), headers=redirect, body="")


def headers_only(version: Version, cleared: ClearedFile) -> Response[Any]:
    """Return the headers that `content` returns for a small file, without reading it."""
    file = cleared.file
    return Response(int(HTTPStatus.OK), file.content_type, "", _headers(version, file))


def _headers(version: Version, file: File) -> dict[str, str]:
    return {
        "ETag": etag(file),
        "Repr-Digest": repr_digest(file),
        "Content-Disposition": content_disposition(file),
        "X-Artifact-Version": str(version.number),
        "X-Artifact-Verdict": version.inspection.verdict.value,
        "X-Artifact-Size": str(file.size),
        # Stored files are untrusted data: browsers must not guess another type from the bytes.
        "X-Content-Type-Options": "nosniff",
    }
