"""The request body: decoded, limited in size, and verified against the digests in the headers."""

import base64
import binascii
import hashlib
import re
from typing import Final

from aws_lambda_powertools.utilities.data_classes.common import BaseProxyEvent

from lambdas.contract.limits import INLINE_LIMIT_BYTES
from lambdas.registry.errors import (
    DigestMismatchError,
    InvalidRequestError,
    MissingBodyError,
    PayloadTooLargeError,
)

_DIGEST_HEADERS: Final = ("Content-Digest", "Repr-Digest")
# RFC 9530 over RFC 8941: a dictionary of byte sequences, `sha-256=:BASE64:`.
_DIGEST = re.compile(r"([a-z*][a-z0-9*._-]*)=:([A-Za-z0-9+/]*={0,2}):")
_DIGESTS = re.compile(rf"\s*{_DIGEST.pattern}(?:\s*,\s*{_DIGEST.pattern})*\s*")
_ALGORITHMS: Final = {"sha-256": hashlib.sha256, "sha-512": hashlib.sha512}


def read_body(event: BaseProxyEvent) -> bytes:
    """Return the decoded body.

    Raises:
        RegistryError: MISSING_BODY, PAYLOAD_TOO_LARGE, INVALID_REQUEST (the event claims base64
            but the body is not, or a digest is malformed), DIGEST_MISMATCH.
    """
    content = decoded_body(event)
    if not content:
        raise MissingBodyError("The request has no body")
    if len(content) > INLINE_LIMIT_BYTES:
        raise _too_large()
    for header in _DIGEST_HEADERS:
        _compare(content, header, event.headers.get(header))
    return content


def decoded_body(event: BaseProxyEvent) -> bytes:
    """Return the bytes of the body, empty if there is none, or raise INVALID_REQUEST if invalid."""
    raw: str = event.get("body") or ""
    # A lone surrogate, which only a hand-made event can contain, must not cause a failure.
    return _decode(raw) if event.get("isBase64Encoded") else raw.encode(errors="replace")


def _decode(raw: str) -> bytes:
    if len(raw) // 4 * 3 > INLINE_LIMIT_BYTES + 2:
        raise _too_large()  # before holding the bytes twice
    try:
        return base64.b64decode(raw, validate=True)
    except (binascii.Error, ValueError) as error:
        raise InvalidRequestError("The body is not valid base64", field="body") from error


def _too_large() -> PayloadTooLargeError:
    return PayloadTooLargeError(
        f"A request body can have at most {INLINE_LIMIT_BYTES} bytes; "
        "use POST /artifact/{artifact_type}/uploads for larger files"
    )


def _compare(content: bytes, header: str, declared: str | None) -> None:
    """Verify the bytes against a digest header; unknown algorithms are ignored."""
    if not declared:
        return
    if not _DIGESTS.fullmatch(declared):
        raise InvalidRequestError(f"{header} does not follow RFC 9530", field=header)
    digests = dict(_DIGEST.findall(declared))
    for name, algorithm in _ALGORITHMS.items():
        if name in digests:
            actual = base64.b64encode(algorithm(content).digest()).decode()
            if digests[name] != actual:
                raise DigestMismatchError(f"The body does not match the {name} digest in {header}")
