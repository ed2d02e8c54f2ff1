"""How commands print: data on stdout, notices on stderr, `--json` for programs."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict, is_dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from modelguard._errors import ModelGuardError

_UNITS = ("B", "kB", "MB", "GB", "TB")
_STEP = 1000


def data(text: str) -> None:
    """Print a line of data."""
    sys.stdout.write(f"{printable(text)}\n")


def notice(text: str) -> None:
    """Print a line for the user at the terminal."""
    sys.stderr.write(f"{printable(text)}\n")


def json_document(value: Any) -> None:
    """Print a value as one JSON document; dataclasses become objects."""
    # Only ASCII is written as it is: other characters may control a terminal or reorder its text.
    text = json.dumps(_plain(value), indent=2).replace("\x7f", "\\u007f")
    sys.stdout.write(f"{text}\n")


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print columns, with a header only on a terminal."""
    lines = [list(header), *(list(row) for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(header))]
    for line in lines if sys.stdout.isatty() else lines[1:]:
        cells = (cell.ljust(width) for cell, width in zip(line, widths, strict=True))
        data("  ".join(cells).rstrip())


def failure(error: ModelGuardError, *, as_json: bool) -> None:
    """Print an error as one line: what happened and what to do next."""
    request = getattr(error, "request_id", "")
    if as_json:
        body = {
            "error": error.message,
            "error_code": getattr(error, "code", type(error).__name__),
            "hint": error.hint,
            "request_id": request,
        }
        sys.stderr.write(f"{json.dumps({key: value for key, value in body.items() if value})}\n")
        return
    hint = f"; {error.hint}" if error.hint else ""
    seen = f" (request {request})" if request and getattr(error, "status", 0) >= 500 else ""  # noqa: PLR2004
    notice(f"error: {error.message.rstrip('.')}{hint}{seen}")


def size(n_bytes: int) -> str:
    """Return a size for people, for example `1.2 GB`."""
    value = float(n_bytes)
    for unit in _UNITS:
        if value < _STEP or unit == _UNITS[-1]:
            return f"{value:.0f} {unit}" if unit == "B" else f"{value:.1f} {unit}"
        value /= _STEP
    raise AssertionError("the last unit has no limit")


def printable(text: str) -> str:
    """Return a text as one line without characters that control a terminal."""
    return "".join(char if char.isprintable() else " " for char in text)


def _plain(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return _plain(asdict(value))
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(each) for each in value]
    return value
