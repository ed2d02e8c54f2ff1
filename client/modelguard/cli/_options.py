"""Options shared by several commands."""

from __future__ import annotations

from typing import Any, Final

import click

from modelguard._client import JOBS
from modelguard._types import LATEST

json_ = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
url = click.option(
    "--url",
    help="Registry URL; the default is MODELGUARD_URL, then what `login` saved.",
    metavar="URL",
)
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


wanted = click.argument("wanted", type=Wanted(), metavar="NAME[:VERSION]")


def selector(version: str) -> str:
    """Return the version to request: the given one, else the newest."""
    return version or LATEST
