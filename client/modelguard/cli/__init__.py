"""The command line: `modelguard`, or `python -m modelguard`.

The commands are thin: they read options, call the SDK and print. `_exit` lists the exit statuses.
"""

from __future__ import annotations


def main() -> None:
    """Run the command line."""
    import sys  # noqa: PLC0415

    from modelguard._errors import ConfigError  # noqa: PLC0415 - keep the import cheap
    from modelguard._platform import check_platform  # noqa: PLC0415

    try:
        check_platform()
    except ConfigError as error:
        sys.exit(f"error: {error.message}; {error.hint}")

    from modelguard.cli._app import run  # noqa: PLC0415

    run()
