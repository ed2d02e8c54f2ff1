"""The command audit: who did what."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Final

import click

from modelguard.cli import _options, _output
from modelguard.cli._run import registry

if TYPE_CHECKING:
    from modelguard._audit import Event

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
"""The actions of events; `call` is any other request, recorded only if it was refused."""


@click.command()
@click.argument("name", required=False)
@click.option("--version", type=click.IntRange(1), help="Only events about this version.")
@click.option("--action", type=click.Choice(ACTIONS), help="Only events of this kind.")
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
    """List who did what with a model, newest first.

    The list includes refused requests. Without NAME, list who created and revoked tokens.
    """
    if version and not name:
        raise click.UsageError("--version needs the NAME of a model")
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
            _output.notice(f"only the newest {limit} are shown; give --action, or a higher --limit")


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


COMMANDS: Final[tuple[click.Command, ...]] = (audit,)
