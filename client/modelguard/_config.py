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
ENV_PROFILE: Final = "MODELGUARD_PROFILE"
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


def resolve(
    url: str | None = None,
    token: str | None = None,
    auth: str | None = None,
    profile: str | None = None,
) -> Settings:
    """Return the effective settings.

    A profile that is given takes precedence over the environment.

    Raises:
        ConfigError: No URL is set, or a setting is not valid.
    """
    named = bool(url or os.environ.get(ENV_URL)) and not profile
    saved = _read(config_path(), needed=not named)
    chosen = profile or os.environ.get(ENV_PROFILE) or ""
    if profile and profile not in saved:
        raise _no_profile(profile, saved)
    found, source = _first(
        (url, "argument"),
        (saved[profile].get("url") if profile else "", f"profile {profile}"),
        (os.environ.get(ENV_URL), ENV_URL),
        (saved.get(chosen, {}).get("url"), f"profile {chosen}" if chosen else "login"),
    )
    if not found:
        if chosen:
            raise _no_profile(chosen, saved)
        raise ConfigError(
            "No registry is configured",
            hint=f"run `modelguard login URL`, or set {ENV_URL}",
        )
    base = check_url(found)
    preferred = [saved[chosen]] if chosen in saved else []
    known = (each for each in (*preferred, *saved.values()) if each.get("url") == base)
    mine = next(known, {})
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


def save(settings: Settings, profile: str = "") -> Path:
    """Save the settings, as a profile or as the default, and return the file's path.

    Only its owner can read the file.
    """
    path = config_path()
    body = {"url": settings.url, "auth": settings.auth, "token": settings.token}
    try:
        saved = _read(path)
    except ConfigError:
        saved = {}  # a damaged file is started afresh
    saved[profile] = {key: value for key, value in body.items() if value}
    _write(path, saved)
    return path


def saved_url(profile: str = "") -> str:
    """Return the URL that is saved as a profile or as the default; empty if there is none."""
    try:
        return _read(config_path()).get(profile, {}).get("url", "")
    except ConfigError:
        return ""


def forget(profile: str = "") -> str:
    """Delete the settings that are saved as a profile or as the default, and return their URL.

    Raises:
        ConfigError: There are none.
    """
    path = config_path()
    saved = _read(path)
    if profile not in saved:
        if profile:
            raise _no_profile(profile, saved)
        raise ConfigError("No login is saved", hint=_profiles_hint(saved))
    gone = saved.pop(profile)
    _write(path, saved)
    return gone.get("url", "")


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


def _read(path: Path, *, needed: bool = True) -> dict[str, dict[str, str]]:
    """Return what is saved, by profile; the default is under an empty name.

    A file that another user owns is not an error unless it is `needed`.
    """
    damaged = ConfigError(f"{path} is damaged", hint="delete it and run `modelguard login` again")
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except OSError as error:
        if not needed:
            return {}
        raise ConfigError(
            f"{path} cannot be read: {error.strerror}",
            hint=f"set {ENV_CONFIG} to another path, or {ENV_URL} to the registry's URL",
        ) from error
    except (ValueError, RecursionError) as error:
        raise damaged from error
    if not isinstance(found, dict) or not isinstance(found.get("profiles", {}), dict):
        raise damaged
    profiles = {**found.pop("profiles", {}), "": found}
    if not all(isinstance(each, dict) for each in profiles.values()):
        raise damaged
    texts = {
        name: {str(key): str(value) for key, value in each.items()}
        for name, each in profiles.items()
    }
    return {name: each for name, each in texts.items() if each.get("url")}


def _write(path: Path, saved: dict[str, dict[str, str]]) -> None:
    profiles = {name: each for name, each in saved.items() if name}
    body = {**saved.get("", {}), **({"profiles": profiles} if profiles else {})}
    temporary = path.with_name(f"{path.name}.{os.urandom(8).hex()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            json.dump(body, file, indent=2)
        temporary.replace(path)
    except OSError as error:
        raise ConfigError(
            f"{path} cannot be written: {error.strerror}", hint=f"set {ENV_CONFIG} to another path"
        ) from error


def _no_profile(profile: str, saved: dict[str, dict[str, str]]) -> ConfigError:
    return ConfigError(
        f"There is no profile {profile!r}",
        hint=_profiles_hint(saved) or f"run `modelguard login URL --profile {profile}`",
    )


def _profiles_hint(saved: dict[str, dict[str, str]]) -> str:
    names = ", ".join(sorted(name for name in saved if name))
    return f"the profiles are {names}" if names else ""
