"""The command line as a whole."""

from __future__ import annotations

import click

from modelguard._version import __version__
from modelguard.cli import (
    _account,
    _audit,
    _catalogue,
    _deletion,
    _exit,
    _scan,
    _tokens,
    _transfers,
)

_EPILOG = "Exit status: " + "; ".join(f"{code} {text}" for code, text in _exit.MEANING.items())


@click.group(epilog=_EPILOG, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, message="%(version)s")
def app() -> None:
    """Push and pull machine-learning artifacts; none is served until it has been inspected."""


for _module in (_transfers, _scan, _catalogue, _deletion, _tokens, _audit, _account):
    for _command in _module.COMMANDS:
        app.add_command(_command)


def run() -> None:
    """Run the command line."""
    app(prog_name="modelguard")
