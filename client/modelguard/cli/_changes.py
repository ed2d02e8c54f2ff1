"""The commands update, rescan and abort."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import click

from modelguard.cli import _options, _output
from modelguard.cli._run import registry

if TYPE_CHECKING:
    from modelguard._types import ArtifactType


@click.command()
@click.argument("name")
@click.option("--description", help="New description.")
@click.option("--license", "license_", help="New license, for example Apache-2.0.")
@click.option("--tag", "tags", multiple=True, metavar="KEY=VALUE", help="Set a tag; repeatable.")
@click.option(
    "--remove-tag", "gone", multiple=True, metavar="KEY", help="Remove a tag; repeatable."
)
@_options.json_
@_options.url
def update(
    *,
    name: str,
    description: str | None,
    license_: str | None,
    tags: tuple[str, ...],
    gone: tuple[str, ...],
    as_json: bool,
    url: str | None,
) -> None:
    """Change a model's description, license or tags.

    What is not given stays as it is.
    """
    if description is None and license_ is None and not tags and not gone:
        raise click.UsageError("give --description, --license, --tag or --remove-tag")
    pairs = [tag.partition("=") for tag in tags]
    if any(not key or not equals for key, equals, _ in pairs):
        raise click.UsageError("--tag needs KEY=VALUE")
    with registry(url, as_json=as_json) as client:
        changed: dict[str, str] | None = None
        if tags or gone:
            kept = {key: each for key, each in client.get(name).tags.items() if key not in gone}
            changed = kept | {key: value for key, _, value in pairs}
        model = client.update(name, license=license_, description=description, tags=changed)
        if as_json:
            _output.json_document(model)
        else:
            _output.notice(f"updated {name}")


@click.command()
@_options.wanted
@_options.artifact_type
@_options.json_
@_options.url
def rescan(
    *, wanted: tuple[str, str], artifact_type: ArtifactType, as_json: bool, url: str | None
) -> None:
    """Have a version inspected again.

    Until the inspection is done, the present verdict stands.
    """
    name, asked = wanted
    with registry(url, as_json=as_json) as client:
        number = client.rescan(name, _options.selector(asked), artifact_type=artifact_type)
        if as_json:
            _output.json_document({"name": name, "type": artifact_type, "number": number})
        else:
            _output.notice(f"{artifact_type} {name}:{number} will be inspected again")


@click.command()
@click.argument("name")
@_options.artifact_type
@_options.json_
@_options.url
def abort(*, name: str, artifact_type: ArtifactType, as_json: bool, url: str | None) -> None:
    """Abort unfinished pushes from this machine.

    The registry deletes what it has received of them; pushing again starts over.
    """
    with registry(url, as_json=as_json) as client:
        count = client.abort_pushes(name, artifact_type=artifact_type)
        if as_json:
            facts: dict[str, Any] = {"aborted": count}
            _output.json_document(facts)
        else:
            _output.notice(f"aborted {count} unfinished push{'' if count == 1 else 'es'} of {name}")


COMMANDS: Final[tuple[click.Command, ...]] = (update, rescan, abort)
