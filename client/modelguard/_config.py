"""Which registry to use and how to authenticate: arguments, then the environment, then `login`.

A saved token is only ever sent to the URL it was saved with.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from modelguard._auth import Auth, AwsAuth, BearerAuth, NoAuth, is_aws_api
from modelguard._errors import ConfigError
from modelguard._url import split_url

ENV_URL: Final = "MODELGUARD_URL"
ENV_TOKEN: Final = "MODELGUARD_TOKEN"  # noqa: S105 - a variable's name
ENV_AUTH: Final = "MODELGUARD_AUTH"
ENV_CONFIG: Final = "MODELGUARD_CONFIG"
AUTH_KINDS: Final = ("none", "token", "aws")


@dataclass(frozen=True, slots=True)
class Settings:
    """A registry and how to authenticate; `url_source` names where the URL came from."""

    url: str
    auth: str
    token: str = field(default="", repr=False)
    url_source: str = "argument"

    def make_auth(self) -> Auth:
        """Return the authentication for requests to this registry."""
        if self.auth == "aws":
            return AwsAuth()
        return BearerAuth(self.token) if self.auth == "token" else NoAuth()


def config_path() -> Path:
    """Return the path of the file that `modelguard login` writes."""
    if chosen := os.environ.get(ENV_CONFIG):
        return Path(chosen)
    base = os.environ.get("XDG_CONFIG_HOME")
    return (Path(base) if base else Path.home() / ".config") / "modelguard" / "config.json"


def resolve(url: str | None = None, token: str | None = None, auth: str | None = None) -> Settings:
    """Return the effective settings.

    Raises:
        ConfigError: No URL is set, or a setting is not valid.
    """
    saved = _read(config_path())
    found, source = _first(
        (url, "argument"), (os.environ.get(ENV_URL), ENV_URL), (saved.get("url"), "login")
    )
    if not found:
        raise ConfigError(
            "No registry is configured",
            hint=f"run `modelguard login URL`, or set {ENV_URL}",
        )
    base = check_url(found)
    mine = saved if base == saved.get("url") else {}
    given = token or os.environ.get(ENV_TOKEN) or ""
    secret = given or mine.get("token", "")
    kind = auth or ("token" if token else "") or os.environ.get(ENV_AUTH)
    kind = kind or ("token" if given else mine.get("auth")) or _default(base, secret)
    if kind not in AUTH_KINDS:
        raise ConfigError(
            f"The authentication kind must be one of {', '.join(AUTH_KINDS)}, not {kind!r}"
        )
    if kind == "token" and not secret:
        raise ConfigError(
            "No token is set",
            hint=f"run `modelguard login {base} --auth token`, or set {ENV_TOKEN}",
        )
    return Settings(base, kind, secret if kind == "token" else "", source)


def save(settings: Settings) -> Path:
    """Write the settings to a file that only its owner can read, and return its path."""
    path = config_path()
    body = {"url": settings.url, "auth": settings.auth, "token": settings.token}
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_name(f"{path.name}.{os.getpid()}")
        with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as to:
            json.dump({key: value for key, value in body.items() if value}, to, indent=2)
        temporary.replace(path)
    except OSError as error:
        raise ConfigError(
            f"{path} cannot be written: {error.strerror}", hint=f"set {ENV_CONFIG} to another path"
        ) from error
    return path


def check_url(url: str) -> str:
    """Return a registry URL without its trailing slash; raise ConfigError if it is not valid."""
    invalid = ConfigError(
        f"{url!r} is not a valid registry URL", hint="expected https://…, without '?' or '#'"
    )
    try:
        parts = split_url(url)
    except ValueError as error:
        raise invalid from error
    if parts.username or parts.password:
        raise ConfigError(
            "A registry URL must not contain credentials", hint="use `modelguard login`"
        )
    if parts.query or parts.fragment:
        raise invalid
    return url.rstrip("/")


def _first(*candidates: tuple[str | None, str]) -> tuple[str, str]:
    return next(((value, source) for value, source in candidates if value), ("", ""))


def _default(url: str, token: str) -> str:
    if token:
        return "token"
    return "aws" if is_aws_api(url) else "none"


def _read(path: Path) -> dict[str, str]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise ConfigError(
            f"{path} cannot be read: {error}", hint="delete it and run `modelguard login` again"
        ) from error
    if not isinstance(found, dict):
        raise ConfigError(f"{path} is damaged", hint="delete it and run `modelguard login` again")
    return {str(key): str(value) for key, value in found.items()}
