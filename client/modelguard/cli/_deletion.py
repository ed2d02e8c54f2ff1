"""The command rm."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Final, cast

import click
from click.core import ParameterSource

from modelguard._errors import ConfigError
from modelguard.cli import _options, _output
from modelguard.cli._run import registry

if TYPE_CHECKING:
    from modelguard._client import Client
    from modelguard._types import ArtifactType, Version

_MOST_SHOWN: Final = 20


@click.command()
@_options.wanted
@_options.artifact_type
@click.option("--yes", "-y", is_flag=True, help="Do not ask for confirmation.")
@_options.json_
@_options.url
@click.pass_context
def rm(
    context: click.Context,
    *,
    wanted: tuple[str, str],
    artifact_type: ArtifactType,
    yes: bool,
    as_json: bool,
    url: str | None,
) -> None:
    """Delete a version, the versions of a type, or a model.

    NAME:VERSION deletes that version, of type model unless --type says otherwise. NAME with --type
    deletes all versions of that type, and no others. NAME alone deletes everything under the name.
    The command lists what it is about to delete and asks for confirmation. It does not delete what
    aliases point at.
    """
    name, asked = wanted
    typed = context.get_parameter_source("artifact_type") is not ParameterSource.DEFAULT
    with registry(url, as_json=as_json) as client:
        doomed = _doomed(client, name, asked, artifact_type if asked or typed else None)
        what = _described(name, doomed)
        if not yes:
            _confirm(what, doomed)
        if asked:
            (version,) = doomed
            client.delete_version(name, version.number, artifact_type=artifact_type)
        elif typed:
            client.delete_type(name, artifact_type)
        else:
            client.delete(name)
        if as_json:
            members = ("name", "type", "number")
            deleted = [{key: getattr(each, key) for key in members} for each in doomed]
            _output.json_document({"deleted": deleted})
        else:
            _output.notice(f"deleted {what}")


def _doomed(
    client: Client, name: str, asked: str, artifact_type: ArtifactType | None
) -> list[Version]:
    """Return the versions to delete: the one asked for, those of a type, or all."""
    if artifact_type and asked:
        return [client.version(name, asked, artifact_type=artifact_type)]
    if artifact_type:
        return list(client.versions(name, artifact_type=artifact_type))
    kinds = cast("list[ArtifactType]", list(client.get(name).versions))
    return [each for kind in kinds for each in client.versions(name, artifact_type=kind)]


def _described(name: str, doomed: list[Version]) -> str:
    if len(doomed) == 1:
        return f"{doomed[0].type} {name}:{doomed[0].number}"
    counts = {kind: sum(each.type == kind for each in doomed) for kind in _kinds(doomed)}
    listed = ", ".join(f"{count} of type {kind}" for kind, count in counts.items())
    return f"{len(doomed)} versions of {name} ({listed or 'none'})"


def _kinds(versions: list[Version]) -> list[str]:
    return sorted({each.type for each in versions})


def _confirm(what: str, doomed: list[Version]) -> None:
    """Show what would be deleted and ask; without a terminal, `--yes` is required."""
    for each in doomed[:_MOST_SHOWN]:
        facts = (each.created_at[:19], _output.size(each.size), each.verdict)
        known = ", ".join(filter(None, facts))
        _output.notice(f"  {each.type} {each.name}:{each.number}  {known}")
    if len(doomed) > _MOST_SHOWN:
        _output.notice(f"  and {len(doomed) - _MOST_SHOWN} more")
    if not sys.stdin.isatty():
        raise ConfigError(
            f"Refusing to delete {what} without a terminal to ask for confirmation",
            hint="add --yes",
        )
    click.confirm(f"Delete {what}?", abort=True, err=True)


COMMANDS: Final[tuple[click.Command, ...]] = (rm,)
