"""multipart/form-data of a small upload."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_ESCAPES: Final = {ord('"'): "%22", ord("\r"): "%0D", ord("\n"): "%0A"}
"""How HTML writes a name that holds what would end it."""


def encode_form(fields: Mapping[str, str], files: Iterable[tuple[str, bytes]]) -> tuple[str, bytes]:
    """Return the content type and the body of text fields and of files named `file`."""
    boundary = os.urandom(16).hex()  # 128 random bits are in no file
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
