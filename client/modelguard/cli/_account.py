"""The commands login, logout, whoami and completion."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, Final

import click

from modelguard._auth import BearerAuth
from modelguard._client import Client
from modelguard._config import (
    AUTH_KINDS,
    Settings,
    check_url,
    config_path,
    forget,
    resolve,
    save,
    saved_url,
)
from modelguard._errors import ConfigError, ForbiddenError, UnauthorizedError
from modelguard.cli import _exit, _options, _output
from modelguard.cli._run import failures

if TYPE_CHECKING:
    from modelguard._tokens import Identity

_profile = click.option(
    "--profile", default="", metavar="NAME", help="Name of the login; several can be saved."
)


@click.command()
@click.argument("url")
@click.option(
    "--auth",
    type=click.Choice(AUTH_KINDS),
    help="How requests are authenticated; the default is aws for API Gateway hosts, else none.",
)
@click.option("--token-stdin", is_flag=True, help="Read a token from standard input.")
@_profile
@_options.json_
def login(*, url: str, auth: str | None, token_stdin: bool, profile: str, as_json: bool) -> None:
    """Check the registry at URL and save it as the default.

    The command asks for a token with --auth token, or if the registry requires one and there is a
    terminal. With --profile, the login is saved under a name, which other commands take as their
    --profile.
    """
    with failures(as_json=as_json):
        token = ""
        if token_stdin:
            token, auth = sys.stdin.readline().strip(), "token"
            if not token:
                raise ConfigError("There is no token on standard input", hint="pipe one in")
        elif auth == "token":
            token = _ask_for_token()
        settings = _checked(resolve(check_url(url), token or None, auth), asked=bool(auth))
        before = saved_url(profile)
        path = save(settings, profile)
        if as_json:
            _output.json_document({"url": settings.url, "auth": settings.auth, "file": path})
            return
        if before not in {"", settings.url}:
            _output.notice(f"replaced {before}; with --profile, several logins are kept")
        _output.notice(f"logged in to {settings.url} ({settings.auth}); saved in {path}")


@click.command()
@_profile
@_options.json_
def logout(*, profile: str, as_json: bool) -> None:
    """Delete a saved login and its token.

    The token itself stays valid until it expires or is revoked.
    """
    with failures(as_json=as_json):
        url = forget(profile)
        if as_json:
            _output.json_document({"url": url})
        else:
            _output.notice(f"logged out of {url}")


@click.command()
@_options.json_
@_options.url
def whoami(*, as_json: bool, url: str | None) -> None:
    """Show which registry is used and whether it accepts you.

    The output also says how requests are authenticated, where the settings come from and, if the
    registry reports it, your identity, your grants and when they expire.
    """
    with failures(as_json=as_json):
        settings = resolve(url, profile=_options.profile())
        auth = settings.make_auth()
        identity, refusal = _ask(settings)
        facts: dict[str, Any] = {
            "registry": settings.url,
            "from": settings.url_source,
            "auth": settings.auth,
            "file": str(config_path()),
            "state": refusal or "accepted",
        }
        if isinstance(auth, BearerAuth) and auth.token_id:
            facts["token"] = auth.token_id
        if identity:
            known = {"who": identity.actor, "description": identity.description}
            known |= {"grants": ", ".join(identity.grants), "until": identity.expires_at}
            facts |= {key: value for key, value in known.items() if value}
        if as_json:
            _output.json_document(facts)
        else:
            for key, value in facts.items():
                _output.data(f"{key}: {value}")
        if refusal:
            sys.exit(_exit.REFUSED)


@click.command()
@click.argument("shell", type=click.Choice(["bash", "fish", "zsh"]))
def completion(*, shell: str) -> None:
    """Print a shell completion script.

    To enable completion in bash: eval "$(modelguard completion bash)"
    """
    from click.shell_completion import get_completion_class  # noqa: PLC0415 - only needed here

    kind = get_completion_class(shell)
    if kind:
        app = click.get_current_context().find_root().command
        click.echo(kind(app, {}, "modelguard", "_MODELGUARD_COMPLETE").source())


def _checked(settings: Settings, *, asked: bool) -> Settings:
    """Return settings that the registry accepts; ask for a token if it requires one."""
    try:
        with Client(settings.url, auth=settings.make_auth()) as client:
            client.check()
    except UnauthorizedError:
        if asked or settings.auth != "none" or not sys.stdin.isatty():
            raise
        return _checked(Settings(settings.url, "token", _ask_for_token()), asked=True)
    except ForbiddenError as error:
        if settings.auth == "none":
            error.hint = f"the registry may require AWS signatures: modelguard login {settings.url}"
            error.hint += " --auth aws"
        raise
    return settings


def _ask_for_token() -> str:
    token: str = click.prompt("Token", hide_input=True, err=True)
    return token.strip()


def _ask(settings: Settings) -> tuple[Identity | None, str]:
    """Return the caller's identity, if the registry reports it, and why it refuses the caller."""
    with Client(settings.url, auth=settings.make_auth()) as client:
        try:
            client.check()
            return client.identity(), ""
        except (UnauthorizedError, ForbiddenError) as error:
            hint = f"; {error.hint}" if isinstance(error, UnauthorizedError) else ""
            return None, f"refused: {error.message}{hint}"


COMMANDS: Final[tuple[click.Command, ...]] = (login, logout, whoami, completion)
