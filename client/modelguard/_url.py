"""Which URLs the client sends requests to."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import SplitResult, urlsplit

PORTS: Final = {"http": 80, "https": 443}
_PRINTABLE: Final = re.compile(r"[!-~]{1,16384}")
"""Printable ASCII: what may appear in a request line unescaped."""


def split_url(url: str) -> SplitResult:
    """Return the parts of an http or https URL.

    Raises:
        ValueError: It is not one, or its port is not valid.
    """
    parts = urlsplit(url)
    if parts.scheme not in PORTS or not parts.hostname or parts.port == 0:
        raise ValueError("not an http or https URL")
    if not _PRINTABLE.fullmatch(url):
        raise ValueError("a character that URLs do not contain")
    return parts


def is_loopback(url: str) -> bool:
    """Return whether a URL points at this machine, so that nothing travels over a network."""
    from ipaddress import ip_address  # noqa: PLC0415 - 5 ms, only for plain http

    host = split_url(url).hostname or ""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def is_url(url: str, *, encrypted: bool = False) -> bool:
    """Return whether a string is an http or https URL; if `encrypted`, only https counts."""
    try:
        return split_url(url).scheme == "https" or not encrypted
    except ValueError:
        return False
