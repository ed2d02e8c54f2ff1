"""Developers' commands: environment, locks, CDK, generated documents, template lint."""

from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent
"""The root of the checkout."""
