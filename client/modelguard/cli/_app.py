"""The command line as a whole."""

from __future__ import annotations

from typing import Final

import click

from modelguard._version import __version__
from modelguard.cli import (
    _account,
    _audit,
    _catalogue,
    _changes,
    _deletion,
    _exit,
    _scan,
    _tokens,
    _transfers,
)

_EPILOG = "Exit status: " + "; ".join(f"{code} {text}" for code, text in _exit.MEANING.items())
OTHER_NAMES: Final = {
    "upload": "push",
    "download": "pull",
    "list": "ls",
    "info": "show",
    "delete": "rm",
    "remove": "rm",
}
"""What users of other tools type; not listed in the help."""


class _Commands(click.Group):
    """A group with alternative command names, and a suggestion for a misspelled one."""

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a command by its name or one of its other names."""
        return super().get_command(ctx, OTHER_NAMES.get(cmd_name, cmd_name))

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the command to run, or fail with a suggestion."""
        if args and not args[0].startswith("-") and self.get_command(ctx, args[0]) is None:
            from difflib import get_close_matches  # noqa: PLC0415 - only after a mistake

            near = get_close_matches(args[0], [*self.commands, *OTHER_NAMES], 1)
            text = f" Did you mean {OTHER_NAMES.get(near[0], near[0])!r}?" if near else ""
            ctx.fail(f"No such command {args[0]!r}.{text}")
        return super().resolve_command(ctx, args)


@click.group(
    cls=_Commands, epilog=_EPILOG, context_settings={"help_option_names": ["-h", "--help"]}
)
@click.version_option(__version__, "-V", "--version", message="%(version)s")
def app() -> None:
    """Push and pull machine-learning artifacts; none is served until it has been inspected."""


for _module in (
    _transfers, _scan, _catalogue, _changes, _deletion, _tokens, _audit, _account
):  # fmt: skip
    for _command in _module.COMMANDS:
        app.add_command(_command)


def run() -> None:
    """Run the command line."""
    app(prog_name="modelguard")
