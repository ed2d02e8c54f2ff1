"""The commands login, whoami and completion."""

from __future__ import annotations

import sys
from typing import Final

import click

from modelguard._client import Client
from modelguard._config import AUTH_KINDS, Settings, check_url, config_path, resolve, save
from modelguard._errors import ConfigError, ForbiddenError, UnauthorizedError
from modelguard.cli import _exit, _options, _output
from modelguard.cli._run import failures


@click.command()
@click.argument("url")
@click.option(
    "--auth",
    type=click.Choice(AUTH_KINDS),
    help="How requests are authenticated; the default is aws for API Gateway hosts, else none.",
)
@click.option("--token-stdin", is_flag=True, help="Read a token from standard input.")
@_options.json_
def login(*, url: str, auth: str | None, token_stdin: bool, as_json: bool) -> None:
    """Check the registry at URL and save it as the default.

    With --auth token, the command asks for the token.
    """
    with failures(as_json=as_json):
        token = ""
        if token_stdin:
            token, auth = sys.stdin.readline().strip(), "token"
            if not token:
                raise ConfigError("There is no token on standard input", hint="pipe one in")
        elif auth == "token":
            token = click.prompt("Token", hide_input=True, err=True).strip()
        settings = resolve(check_url(url), token or None, auth)
        with Client(settings.url, auth=settings.make_auth()) as client:
            client.check()
        path = save(settings)
        if as_json:
            _output.json_document({"url": settings.url, "auth": settings.auth, "file": path})
        else:
            _output.notice(f"logged in to {settings.url} ({settings.auth}); saved in {path}")


@click.command()
@_options.json_
@_options.url
def whoami(*, as_json: bool, url: str | None) -> None:
    """Show which registry is used and whether it accepts you.

    The output also says how requests are authenticated and where the settings come from.
    """
    with failures(as_json=as_json):
        settings = resolve(url)
        refusal = _refusal(settings)
        facts = {
            "registry": settings.url,
            "from": settings.url_source,
            "auth": settings.auth,
            "file": str(config_path()),
            "state": refusal or "accepted",
        }
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


def _refusal(settings: Settings) -> str:
    """Return why the registry refuses the caller, or an empty text; raise any other error."""
    with Client(settings.url, auth=settings.make_auth()) as client:
        try:
            client.check()
        except (UnauthorizedError, ForbiddenError) as error:
            return f"refused: {error.message}"
    return ""


COMMANDS: Final[tuple[click.Command, ...]] = (login, whoami, completion)
