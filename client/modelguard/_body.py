"""The one place where response bodies are read and checked: bounded in size and in time.

A registry is not trusted: whatever it sends, a value that reaches the rest of the client has the
type and the range that the client expects.
"""

from __future__ import annotations

import json
import math
import time
from typing import TYPE_CHECKING, Any, Final

from modelguard._errors import TransportError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from modelguard._http import Response

MAX_JSON_BYTES: Final = 8 * 1024 * 1024
"""More than a Lambda function can return."""
MAX_JSON_S: Final = 60.0
_MAX_NUMBER: Final = 2**63 - 1
_BLOCK_BYTES: Final = 64 * 1024


class UnexpectedBodyError(ValueError):
    """A body, or a member of it, is not what the registry's API describes."""


def read_bounded(response: Response, limit: int = MAX_JSON_BYTES) -> bytes:
    """Return a response's whole body and close the response.

    Raises:
        TransportError: The body is longer than `limit` bytes, takes too long or ends early.
    """
    try:
        promised = content_length(response)
        if promised is not None and promised > limit:
            raise _too_long(limit)
        content, until = bytearray(), time.monotonic() + MAX_JSON_S
        buffer = memoryview(bytearray(_BLOCK_BYTES))
        while count := response.readinto(buffer):
            content += buffer[:count]
            if len(content) > limit:
                raise _too_long(limit)
            if time.monotonic() > until:
                raise TransportError("The response took too long", retryable=False)
        if promised is not None and len(content) < promised:
            raise TransportError("The connection was closed before the response ended")
        return bytes(content)
    finally:
        response.close()


def content_length(response: Response) -> int | None:
    """Return the length that a response promises, or None if it promises none."""
    text = response.headers.get("content-length", "")
    return int(text) if text.isascii() and text.isdigit() else None


def decode(content: bytes) -> dict[str, Any]:
    """Return a JSON object in which every string is valid Unicode and every number is finite.

    Raises:
        UnexpectedBodyError: The content is anything else.
    """
    try:
        text = content.decode()
        found = json.loads(text, parse_constant=_refuse, parse_float=_finite)
        if "\\ud" in text or "\\uD" in text:
            json.dumps(found, ensure_ascii=False).encode()  # fails on a lone surrogate
    except (ValueError, RecursionError) as error:
        raise UnexpectedBodyError("not JSON") from error
    if not isinstance(found, dict):
        raise UnexpectedBodyError("not a JSON object")
    return found


class Body:
    """A JSON object whose members are checked when they are read; null counts as absent."""

    def __init__(self, value: object) -> None:
        if not isinstance(value, dict):
            raise UnexpectedBodyError("not an object")
        self.members: dict[str, Any] = value

    def __contains__(self, key: str) -> bool:
        return self.members.get(key) is not None

    def text(self, key: str, default: str | None = None) -> str:
        """Return a string; without a default, it is required."""
        return _text(self._required(key)) if default is None or key in self else default

    def number(self, key: str, default: int | None = None, *, least: int = 0) -> int:
        """Return a whole number from `least` to 2**63 - 1; without a default, it is required."""
        found = self._required(key) if default is None or key in self else default
        return _number(found, least)

    def flag(self, key: str) -> bool:
        """Return whether a member is true; absent counts as false."""
        found = self.members.get(key)
        if found not in {None, True, False}:
            raise UnexpectedBodyError(f"{key} is not a boolean")
        return found is True

    def texts(self, key: str) -> tuple[str, ...]:
        """Return a list of strings; absent counts as empty."""
        return tuple(_text(each) for each in self._list(key))

    def objects(self, key: str) -> Iterator[Body]:
        """Yield the objects of a list; absent counts as empty."""
        return (Body(each) for each in self._list(key))

    def child(self, key: str) -> Body:
        """Return an object; absent counts as empty."""
        found = self.members.get(key)
        return Body({} if found is None else found)

    def items(self) -> Iterator[tuple[str, Body]]:
        """Yield the members, all of which must be objects."""
        return ((key, Body(each)) for key, each in self.members.items())

    def text_map(self) -> dict[str, str]:
        """Return the members, all of which must be strings."""
        return {key: _text(each) for key, each in self.members.items()}

    def number_map(self) -> dict[str, int]:
        """Return the members, all of which must be whole numbers of at least 1."""
        return {key: _number(each, 1) for key, each in self.members.items()}

    def scores(self) -> dict[str, Any]:
        """Return the members, all of which must be numbers or objects of numbers."""
        return {
            key: {name: _real(score) for name, score in each.items()}
            if isinstance(each, dict)
            else _real(each)
            for key, each in self.members.items()
        }

    def is_list(self, key: str) -> bool:
        """Return whether a member is a list."""
        return isinstance(self.members.get(key), list)

    def _required(self, key: str) -> object:
        if key not in self:
            raise UnexpectedBodyError(f"{key} is missing")
        return self.members[key]

    def _list(self, key: str) -> list[object]:
        found = self.members.get(key)
        if found is None:
            return []
        if not isinstance(found, list):
            raise UnexpectedBodyError(f"{key} is not a list")
        return found


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise UnexpectedBodyError("not a string")
    return value


def _number(value: object, least: int) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= _MAX_NUMBER:
        raise UnexpectedBodyError("not a whole number in range")
    return value


def _real(value: object) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool) or abs(value) > _MAX_NUMBER:
        raise UnexpectedBodyError("not a number")
    return value


def _finite(text: str) -> float:
    found = float(text)
    if not math.isfinite(found):
        raise UnexpectedBodyError("not a finite number")
    return found


def _refuse(text: str) -> float:
    raise UnexpectedBodyError(f"{text} is not a JSON number")


def _too_long(limit: int) -> TransportError:
    return TransportError(
        f"The response is longer than the {limit:,} bytes that are allowed", retryable=False
    )
