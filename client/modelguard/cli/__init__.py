"""The command line: `modelguard`, or `python -m modelguard`.

The commands are thin: they read options, call the SDK and print. Exit statuses are in `_exit`.
"""

from __future__ import annotations


def main() -> None:
    """Run the command line of this process."""
    from modelguard.cli._app import run  # noqa: PLC0415 - `import modelguard.cli` costs nothing

    run()
