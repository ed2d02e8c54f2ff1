"""The rules for names and aliases, checked before anything is sent."""

from __future__ import annotations

import re
from typing import Final

from modelguard._errors import api_error
from modelguard._types import LATEST

_NAME: Final = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,94}[A-Za-z0-9])?")
_ALIAS: Final = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,62}[A-Za-z0-9])?")


def check_name(name: str) -> str:
    """Return a model's name.

    Raises:
        InvalidRequestError: INVALID_NAME, as the registry would respond.
    """
    if _NAME.fullmatch(name) and ".." not in name and "--" not in name:
        return name
    error = api_error(400, {"error": f"Not a valid name: {name!r}", "error_code": "INVALID_NAME"})
    rule = "use 1 to 96 letters, digits, '.', '_' and '-', without '..' and '--'"
    likely = re.sub(r"[^A-Za-z0-9._]+", "-", name).strip("-._")
    error.hint = f"{rule}; for example {likely}" if "/" in name and likely else rule
    raise error


def check_alias(alias: str) -> str:
    """Return an alias.

    Raises:
        InvalidRequestError: INVALID_REQUEST, as the registry would respond.
    """
    known = _ALIAS.fullmatch(alias) and ".." not in alias and "--" not in alias
    if known and not alias.isdigit() and alias != LATEST:
        return alias
    body = {"error": f"Not a valid alias: {alias!r}", "error_code": "INVALID_REQUEST"}
    error = api_error(400, body)
    error.hint = f"use 1 to 64 characters as in a name, but neither a number nor '{LATEST}'"
    raise error
