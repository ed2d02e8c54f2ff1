"""Which proxy the environment names for a URL, by curl's rules.

`http_proxy` counts in lower case only: a web server that runs a CGI program sets HTTP_PROXY from a
header of the request. `no_proxy` is read as curl reads it, and a port after a host is allowed.
"""

from __future__ import annotations

import os
from base64 import b64encode
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import unquote, urlsplit

from modelguard._errors import ConfigError

_VARIABLES: Final = {
    "http": ("http_proxy", "all_proxy", "ALL_PROXY"),
    "https": ("https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"),
}
_DEFAULT_PORT: Final = 80


@dataclass(frozen=True, slots=True)
class Proxy:
    """An HTTP proxy, and the headers for it, which may contain a password."""

    host: str
    port: int
    headers: dict[str, str] = field(default_factory=dict, repr=False)


def proxy_of(scheme: str, host: str, port: int) -> Proxy | None:
    """Return the proxy for a host, or None for a direct connection.

    Raises:
        ConfigError: The proxy that is named is not an HTTP proxy.
    """
    named = ((name, os.environ.get(name, "").strip()) for name in _VARIABLES[scheme])
    variable, value = next(((name, text) for name, text in named if text), ("", ""))
    if not value or _bypassed(host, port):
        return None
    return _parse(variable, value)


def _parse(variable: str, value: str) -> Proxy:
    try:
        parts = urlsplit(value if "://" in value else f"http://{value}")
        host, port = parts.hostname, parts.port or _DEFAULT_PORT
    except ValueError:
        host, port = None, 0
    if not host or not host.isprintable() or " " in host:
        raise ConfigError(f"{variable} is not a valid proxy URL", hint="expected http://host:port")
    if parts.scheme != "http":
        raise ConfigError(
            f"{variable} names a proxy of the kind {parts.scheme}, which is not supported",
            hint="use an http:// proxy, or unset it",
        )
    if parts.username is None and parts.password is None:
        return Proxy(host, port)
    credentials = f"{unquote(parts.username or '')}:{unquote(parts.password or '')}"
    encoded = b64encode(credentials.encode(errors="surrogateescape")).decode()
    return Proxy(host, port, {"Proxy-Authorization": f"Basic {encoded}"})


def _bypassed(host: str, port: int) -> bool:
    """Return whether `no_proxy` names a host."""
    text = os.environ.get("no_proxy") or os.environ.get("NO_PROXY") or ""
    plain = host.lower().rstrip(".")
    return any(_matches(entry, plain, port) for entry in text.replace(",", " ").split())


def _matches(entry: str, host: str, port: int) -> bool:
    from ipaddress import ip_address, ip_network  # noqa: PLC0415 - 5 ms, only with no_proxy

    if entry == "*":
        return True
    try:
        # An address matches an address or a network, never a domain.
        return ip_address(host) in ip_network(entry.strip("[]"), strict=False)
    except (ValueError, TypeError):
        pass
    name, colon, number = entry.lower().rpartition(":")
    if colon and number.isdigit():
        return int(number) == port and _matches(name, host, port)
    domain = entry.lower().strip(".").strip("[]")
    return bool(domain) and (host == domain or host.endswith(f".{domain}"))
