"""Developers' commands: environment, locks, CDK, generated documents, template lint."""

from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent
"""The root of the checkout."""


def stale(path: Path) -> str:
    """Return the message for a generated file that is not what its generator writes."""
    return f"{path.relative_to(ROOT)} is stale: run `make snapshot` and review the diff"
