"""Options shared by several commands."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

from modelguard._client import JOBS
from modelguard._types import LATEST

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

_F = TypeVar("_F", bound=Callable[..., Any])
_PROFILE: Final = "modelguard.profile"

json_ = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
_url = click.option(
    "--url",
    help="Registry URL; the default is MODELGUARD_URL, then what `login` saved.",
    metavar="URL",
)
_profile = click.option(
    "--profile",
    help="Use the registry that `login --profile` saved under this name.",
    metavar="NAME",
    expose_value=False,
    callback=lambda context, _, value: context.meta.__setitem__(_PROFILE, value),
)


def url(command: _F) -> _F:
    """Add the options that choose a registry: --url, and --profile, which `profile` returns."""
    return _url(_profile(command))


def profile() -> str | None:
    """Return the profile that the current command was given."""
    context = click.get_current_context(silent=True)
    found: str | None = context.meta.get(_PROFILE) if context else None
    return found


artifact_type = click.option(
    "--type",
    "-t",
    "artifact_type",
    type=click.Choice(["model", "code", "dataset"]),
    default="model",
    show_default=True,
    help="Artifact type.",
)
limit = click.option(
    "--limit",
    type=click.IntRange(1),
    default=1000,
    show_default=True,
    help="Maximum number of results.",
)
quiet = click.option("--quiet", "-q", is_flag=True, help="Print no progress and no notices.")
jobs = click.option(
    "--jobs",
    "-j",
    type=click.IntRange(1, 64),
    default=JOBS,
    show_default=True,
    help="Number of concurrent requests.",
)


include = click.option(
    "--include", multiple=True, metavar="PATTERN", help="Take only matching files; repeatable."
)
exclude = click.option(
    "--exclude", multiple=True, metavar="PATTERN", help="Leave out matching files; repeatable."
)


class Wanted(click.ParamType[tuple[str, str]]):
    """`NAME[:VERSION]` as a pair; the version is empty if none is given."""

    name: Final = "NAME[:VERSION]"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, str]:
        """Split at the colon, which names never contain."""
        if isinstance(value, tuple):
            return value  # click also converts converted values
        name, colon, version = str(value).partition(":")
        if not name or (colon and not version):
            self.fail(f"{value!r} is not NAME or NAME:VERSION", param, ctx)
        return name, version

    def shell_complete(
        self,
        ctx: click.Context,
        param: click.Parameter,  # noqa: ARG002 - click's
        incomplete: str,
    ) -> list[CompletionItem]:
        """Return the names of models that start with what was typed."""
        from itertools import islice  # noqa: PLC0415 - only for completion

        from click.shell_completion import CompletionItem  # noqa: PLC0415

        from modelguard._client import Client  # noqa: PLC0415
        from modelguard._errors import ModelGuardError  # noqa: PLC0415

        try:
            with Client(ctx.params.get("url"), profile=ctx.meta.get(_PROFILE)) as client:
                names = [model.name for model in islice(client.list(incomplete), 50)]
        except ModelGuardError:
            return []
        return [CompletionItem(name) for name in names]


wanted = click.argument("wanted", type=Wanted(), metavar="NAME[:VERSION]")


def selector(version: str) -> str:
    """Return the version to request: the given one, else the newest."""
    return version or LATEST
