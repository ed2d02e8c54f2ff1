"""The commands ls, show, versions and alias."""

from __future__ import annotations

from dataclasses import asdict
from itertools import islice
from typing import TYPE_CHECKING, Final

import click

from modelguard.cli import _options, _output
from modelguard.cli._run import registry

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from modelguard._types import ArtifactType, Model, Version


@click.command()
@click.argument("prefix", default="")
@_options.limit
@_options.json_
@_options.url
def ls(*, prefix: str, limit: int, as_json: bool, url: str | None) -> None:
    """List the models whose names start with PREFIX."""
    with registry(url, as_json=as_json) as client:
        models = list(islice(client.list(prefix), limit + 1))
        shown = models[:limit]
        if as_json:
            members = ("name", "license", "created_at")
            _output.json_document([{key: getattr(each, key) for key in members} for each in shown])
        else:
            rows = [(each.name, each.license or "-", each.created_at[:19]) for each in shown]
            _output.table(("NAME", "LICENSE", "CREATED"), rows)
        if len(models) > limit:
            _output.notice(f"only the first {limit} are shown; give a prefix, or a higher --limit")


@click.command()
@_options.wanted
@_options.artifact_type
@_options.json_
@_options.url
def show(
    *, wanted: tuple[str, str], artifact_type: ArtifactType, as_json: bool, url: str | None
) -> None:
    """Show a model and one of its versions.

    The output includes the version's files and the findings of its inspection. Without VERSION, the
    newest is shown.
    """
    name, asked = wanted
    with registry(url, as_json=as_json) as client:
        model = client.get(name)
        version = None
        if asked or artifact_type in model.versions:
            number = _options.selector(asked)
            version = client.version(name, number, artifact_type=artifact_type)
        if as_json:
            _output.json_document({"model": model, "version": version})
            return
        _show_model(model)
        if version:
            _show_version(version)


@click.command()
@click.argument("name")
@_options.artifact_type
@_options.limit
@_options.json_
@_options.url
def versions(
    *, name: str, artifact_type: ArtifactType, limit: int, as_json: bool, url: str | None
) -> None:
    """List the versions of an artifact, newest first.

    Each is shown with the aliases that point at it.
    """
    with registry(url, as_json=as_json) as client:
        listed = list(islice(client.versions(name, artifact_type=artifact_type), limit + 1))
        found = listed[:limit]
        named: dict[int, list[str]] = {}
        for each, number in sorted(client.get(name).aliases.get(artifact_type, {}).items()):
            named.setdefault(number, []).append(each)
        if len(listed) > limit:
            _output.notice(f"only the newest {limit} are shown; give a higher --limit")
        if as_json:
            _output.json_document(
                [{**asdict(each), "aliases": named.get(each.number, [])} for each in found]
            )
            return
        rows = [
            (
                str(each.number),
                each.created_at[:19],
                _output.size(each.size),
                each.verdict,
                ",".join(named.get(each.number, [])) or "-",
                each.message,
            )
            for each in found
        ]
        _output.table(("VERSION", "CREATED", "SIZE", "VERDICT", "ALIASES", "MESSAGE"), rows)


@click.command()
@_options.wanted
@click.argument("name_of_alias", required=False, metavar="[ALIAS]")
@click.option("--remove", is_flag=True, help="Remove the alias; the version stays.")
@click.option(
    "--allow-unverified", is_flag=True, help="Accept a version that is not cleared for download."
)
@_options.artifact_type
@_options.json_
@_options.url
def alias(
    *,
    wanted: tuple[str, str],
    name_of_alias: str | None,
    remove: bool,
    allow_unverified: bool,
    artifact_type: ArtifactType,
    as_json: bool,
    url: str | None,
) -> None:
    """Point ALIAS at a version, or list the aliases.

    Without VERSION, ALIAS is pointed at the newest version.
    """
    name, asked = wanted
    if remove and not name_of_alias:
        raise click.UsageError("--remove needs the ALIAS to remove")
    with registry(url, as_json=as_json) as client:
        if remove and name_of_alias:
            client.remove_alias(name, name_of_alias, artifact_type=artifact_type)
        elif name_of_alias:
            number = client.version(
                name, _options.selector(asked), artifact_type=artifact_type
            ).number
            before = client.get(name).aliases.get(artifact_type, {}).get(name_of_alias)
            client.set_alias(
                name,
                name_of_alias,
                number,
                artifact_type=artifact_type,
                allow_unverified=allow_unverified,
            )
            was = f" (was {before})" if before else ""
            _output.notice(f"{name_of_alias} points at {name}:{number}{was}")
        named = dict(client.get(name).aliases.get(artifact_type, {}))
        if as_json:
            _output.json_document(named)
        else:
            rows = [(each, str(number)) for each, number in sorted(named.items())]
            _output.table(("ALIAS", "VERSION"), rows)


def _show_model(model: Model) -> None:
    tags = ", ".join(f"{key}={value}" for key, value in model.tags.items())
    scores = ", ".join(_scores(model.scores))
    facts = {
        "license": model.license,
        "description": model.description,
        "tags": tags,
        "scores": scores,
        "created": model.created_at,
        **{
            kind: f"version {each.number}, {_output.size(each.size)}, {each.verdict}"
            for kind, each in model.versions.items()
        },
        **{
            f"{kind} aliases": ", ".join(f"{a} → {v}" for a, v in named.items())
            for kind, named in model.aliases.items()
        },
    }
    _output.data(model.name)
    for key, value in facts.items():
        if value:
            _output.data(f"  {key}: {value}")


def _scores(scores: Mapping[str, float | Mapping[str, float]], of: str = "") -> Iterator[str]:
    for key, value in scores.items():
        if isinstance(value, float | int):
            yield f"{of}{key} {value:.2f}"
        else:
            yield from _scores(value, f"{key}/")


def _show_version(version: Version) -> None:
    _output.data(f"files of {version.type} version {version.number}, {version.verdict}")
    for file in version.files:
        _output.data(f"  {file.path}  {_output.size(file.size)}  {file.sha256}")
    for finding in version.findings:
        where = f" at {finding.where}" if finding.where else ""
        _output.data(f"  {finding.severity}: {finding.file}: {finding.what}{where}")


COMMANDS: Final[tuple[click.Command, ...]] = (ls, show, versions, alias)
