"""Encodes a small upload as multipart/form-data."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_ESCAPES: Final = {ord('"'): "%22", ord("\r"): "%0D", ord("\n"): "%0A"}
"""The HTML standard's escapes for characters that would end a quoted name."""


def encode_form(fields: Mapping[str, str], files: Iterable[tuple[str, bytes]]) -> tuple[str, bytes]:
    """Return the content type and body for text fields and for files in the field `file`."""
    boundary = os.urandom(16).hex()  # 128 random bits occur in no file
    pieces = []
    for name, value in fields.items():
        pieces += [_head(boundary, f'name="{name}"'), value.encode(), b"\r\n"]
    for path, content in files:
        named = f'name="file"; filename="{path.translate(_ESCAPES)}"'
        head = _head(boundary, named, "Content-Type: application/octet-stream")
        pieces += [head, content, b"\r\n"]
    pieces.append(f"--{boundary}--\r\n".encode())
    return f"multipart/form-data; boundary={boundary}", b"".join(pieces)


def _head(boundary: str, named: str, *more: str) -> bytes:
    lines = (f"--{boundary}", f"Content-Disposition: form-data; {named}", *more, "", "")
    return "\r\n".join(lines).encode()
