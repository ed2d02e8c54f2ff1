"""Strict parsing of multipart/form-data, with limits."""

import io
from dataclasses import dataclass
from typing import Final

from multipart import MultipartError, MultipartParser, parse_options_header

from lambdas.contract.limits import INLINE_LIMIT_BYTES, MAX_FILES_PER_VERSION
from lambdas.registry.errors import MalformedMultipartError

MULTIPART: Final = "multipart/form-data"
_MAX_FIELDS: Final = 16


@dataclass(frozen=True, slots=True)
class FormFile:
    """A file of a form as it was sent, with its file name and content type."""

    filename: str
    content: bytes
    content_type: str


@dataclass(frozen=True, slots=True)
class Form:
    """A form: its text fields (the last one with a name wins) and the files named `file`."""

    fields: dict[str, str]
    files: tuple[FormFile, ...]


def boundary_of(content_type: str) -> str | None:
    """Return the boundary of a multipart/form-data content type, or None for any other type."""
    media_type, options = parse_options_header(content_type)
    return options.get("boundary") if media_type == MULTIPART else None


def read_form(body: bytes, boundary: str) -> Form:
    """Parse a form.

    Raises:
        MalformedMultipartError: The body is not a complete form, or exceeds the limits.
    """
    fields: dict[str, str] = {}
    files: list[FormFile] = []
    try:
        parser = MultipartParser(
            io.BytesIO(body),
            boundary,
            content_length=len(body),
            strict=True,
            part_limit=MAX_FILES_PER_VERSION + _MAX_FIELDS,
            memory_limit=INLINE_LIMIT_BYTES,
            spool_limit=INLINE_LIMIT_BYTES,
        )
        for part in parser:
            if part.filename is None and part.name != "file":
                fields[part.name] = part.raw.decode()
            elif part.name == "file":
                files.append(FormFile(part.filename or "", part.raw, part.content_type or ""))
    except (MultipartError, UnicodeDecodeError) as error:
        raise MalformedMultipartError("The body is not a complete multipart form") from error
    return Form(fields, tuple(files))
