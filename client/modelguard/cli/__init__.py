"""The command line: `modelguard`, or `python -m modelguard`.

The commands are thin: they read options, call the SDK and print. `_exit` lists the exit statuses.
"""

from __future__ import annotations


def main() -> None:
    """Run the command line."""
    from modelguard.cli._app import run  # noqa: PLC0415 - keep the import cheap

    run()
