"""token, audit: who may, and who did."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Final

import click

from modelguard._auth import AwsAuth
from modelguard._limits import MAX_TOKEN_DAYS, TOKEN_DAYS
from modelguard.cli import _options, _output
from modelguard.cli._run import registry

if TYPE_CHECKING:
    from modelguard._access import Event

ACTIONS: Final = (
    "upload",
    "download",
    "edit",
    "delete_model",
    "delete_version",
    "set_alias",
    "remove_alias",
    "rescan",
    "create_token",
    "revoke_token",
    "call",
)
"""What an event can be of; `call` is any other request, kept when it was refused."""


@click.group()
def token() -> None:
    """Make, list and revoke bearer tokens.

    These commands sign with AWS credentials, whatever `login` saved.
    """


@token.command()
@click.option(
    "--grant",
    "-g",
    "grants",
    multiple=True,
    required=True,
    metavar="SCOPE:PATTERN",
    help="read, write or admin on a NAME, a PREFIX* or *; may be given several times.",
)
@click.option("--description", default="", help="Who it is for.")
@click.option(
    "--days",
    type=click.IntRange(1, MAX_TOKEN_DAYS),
    default=TOKEN_DAYS,
    show_default=True,
    help="How long it lives.",
)
@_options.json_
@_options.url
def create(
    *, grants: tuple[str, ...], description: str, days: int, as_json: bool, url: str | None
) -> None:
    """Make a token and print it, which happens this once."""
    with registry(url, as_json=as_json, auth=AwsAuth()) as client:
        made = client.create_token(grants, description=description, expires_in_days=days)
        if as_json:
            _output.json_document(made)
        else:
            _output.data(made.token)
        _output.notice(
            f"token {made.token_id} for {', '.join(made.grants)} lives until {made.expires_at};"
            " it is shown this once, so keep it now"
        )


@token.command("list")
@_options.json_
@_options.url
def list_(*, as_json: bool, url: str | None) -> None:
    """List the tokens: what they grant, until when, and who made them."""
    with registry(url, as_json=as_json, auth=AwsAuth()) as client:
        found = list(client.tokens())
        if as_json:
            _output.json_document(found)
            return
        rows = [
            (
                each.token_id,
                ",".join(each.grants),
                each.expires_at[:19],
                each.created_at[:19],
                each.created_by,
                each.description,
            )
            for each in found
        ]
        header = ("TOKEN ID", "GRANTS", "EXPIRES", "CREATED", "CREATED BY", "DESCRIPTION")
        _output.table(header, rows)


@token.command()
@click.argument("token_id")
@_options.json_
@_options.url
def revoke(*, token_id: str, as_json: bool, url: str | None) -> None:
    """Revoke the token with an id, which is its 16 digits in the middle."""
    with registry(url, as_json=as_json, auth=AwsAuth()) as client:
        client.revoke_token(token_id)
        if as_json:
            _output.json_document({"revoked": token_id})
        else:
            _output.notice(f"revoked {token_id}; it stops working within a minute")


@click.command()
@click.argument("name", required=False)
@click.option("--version", type=click.IntRange(1), help="Only what concerns this version.")
@click.option("--action", type=click.Choice(ACTIONS), help="Only this.")
@_options.limit
@_options.json_
@_options.url
def audit(
    *,
    name: str | None,
    version: int | None,
    action: str | None,
    limit: int,
    as_json: bool,
    url: str | None,
) -> None:
    """List who did what with a model, or was refused it, newest first.

    Without NAME, list who made and revoked tokens.
    """
    if version and not name:
        raise click.UsageError("--version is one of a model: give its NAME")
    with registry(url, as_json=as_json) as client:
        wanted = (
            each
            for each in client.audit(name)
            if version in {None, each.version} and action in {None, each.action}
        )
        found = list(islice(wanted, limit + 1))
        shown = found[:limit]
        if as_json:
            _output.json_document(shown)
        else:
            _output.table(*(_of_a_model(shown) if name else _of_tokens(shown)))
        if len(found) > limit:
            _output.notice(f"there are more than {limit}: give --action or --limit")


def _of_a_model(events: list[Event]) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    header = ("AT", "ACTION", "VERSION", "FILE", "ACTOR", "ADDRESS", "OUTCOME")
    return header, [
        (
            each.at,
            each.action,
            "/".join(filter(None, (each.artifact_type, str(each.version or "")))) or "-",
            each.file or (f"alias {each.alias}" if each.alias else "-"),
            each.actor,
            each.address or "-",
            _outcome(each),
        )
        for each in events
    ]


def _of_tokens(events: list[Event]) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    header = ("AT", "ACTION", "TOKEN ID", "GRANTS", "ACTOR", "ADDRESS", "OUTCOME")
    return header, [
        (
            each.at,
            each.action,
            each.token_id or "-",
            ",".join(each.grants) or "-",
            each.actor,
            each.address or "-",
            _outcome(each),
        )
        for each in events
    ]


def _outcome(event: Event) -> str:
    if event.refused:
        return f"refused: {event.error_code}"
    return "done, unverified" if event.unverified else "done"


COMMANDS: Final[tuple[click.Command, ...]] = (token, audit)
