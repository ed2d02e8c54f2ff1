"""Headers that describe a stored file: content type, entity tag, digest and disposition."""

import base64
import re
from pathlib import PurePosixPath
from typing import Final
from urllib.parse import quote

from lambdas.registry.version import File

DEFAULT_CONTENT_TYPE: Final = "application/octet-stream"
_MEDIA_TYPE = re.compile(r"^[a-z0-9!#$&^_.+-]{1,63}/[a-z0-9!#$&^_.+-]{1,63}\Z")
_FORM_TYPES: Final = frozenset({"multipart/form-data", "application/x-www-form-urlencoded"})
_ETAG = re.compile(r'(?:W/)?"([^"]*)"')


def content_type_of(text: str) -> str:
    """Return the media type to store for a file: without parameters, and never that of a form."""
    media_type = text.partition(";")[0].strip().lower()
    if not _MEDIA_TYPE.match(media_type) or media_type in _FORM_TYPES:
        return DEFAULT_CONTENT_TYPE
    return media_type


def etag(file: File) -> str:
    """Return the file's strong entity tag: its SHA-256 in hex, quoted."""
    return f'"{file.sha256}"'


def repr_digest(file: File) -> str:
    """Return the file's Repr-Digest (RFC 9530)."""
    return f"sha-256=:{base64.b64encode(bytes.fromhex(file.sha256)).decode()}:"


def content_disposition(file: File) -> str:
    """Return an attachment named after the last path segment, for old and new clients.

    The plain parameter is ASCII without quotes or backslashes; the RFC 5987 one has the real name.
    """
    name = PurePosixPath(file.path).name
    plain = re.sub(r"[^A-Za-z0-9._-]", "_", name)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


def matches(if_none_match: str | None, tag: str) -> bool:
    """Return whether an If-None-Match header lists the entity tag (unquoted), or any."""
    if if_none_match is None:
        return False
    return if_none_match.strip() == "*" or tag in _ETAG.findall(if_none_match)
