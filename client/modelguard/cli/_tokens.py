"""The commands token create, token list and token revoke."""

from __future__ import annotations

from typing import Final

import click

from modelguard._auth import AwsAuth
from modelguard._limits import MAX_TOKEN_DAYS, TOKEN_DAYS
from modelguard.cli import _options, _output
from modelguard.cli._run import registry


@click.group()
def token() -> None:
    """Create, list and revoke bearer tokens.

    These commands use AWS credentials, whatever `login` saved.
    """


@token.command()
@click.option(
    "--grant",
    "-g",
    "grants",
    multiple=True,
    required=True,
    metavar="SCOPE:PATTERN",
    help="A read, write or admin grant on NAME, PREFIX* or *; repeatable.",
)
@click.option("--description", default="", help="Who or what the token is for.")
@click.option(
    "--days",
    type=click.IntRange(1, MAX_TOKEN_DAYS),
    default=TOKEN_DAYS,
    show_default=True,
    help="Lifetime in days.",
)
@_options.json_
@_options.url
def create(
    *, grants: tuple[str, ...], description: str, days: int, as_json: bool, url: str | None
) -> None:
    """Create a token and print it; it is never shown again."""
    with registry(url, as_json=as_json, auth=AwsAuth()) as client:
        made = client.create_token(grants, description=description, expires_in_days=days)
        if as_json:
            _output.json_document(made)
        else:
            _output.data(made.token)
        _output.notice(
            f"token {made.token_id} grants {', '.join(made.grants)} until {made.expires_at};"
            " store it now, because it is not shown again"
        )


@token.command("list")
@_options.json_
@_options.url
def list_(*, as_json: bool, url: str | None) -> None:
    """List the tokens with their grants, expiry and creator."""
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
    """Revoke a token, given by its id.

    The id is the 16 hexadecimal digits in the middle of the token.
    """
    with registry(url, as_json=as_json, auth=AwsAuth()) as client:
        client.revoke_token(token_id)
        if as_json:
            _output.json_document({"revoked": token_id})
        else:
            _output.notice(f"revoked {token_id}; it stops working within a minute")


COMMANDS: Final[tuple[click.Command, ...]] = (token,)
