"""The developer's front door: environment, locks, local engine, deployment."""

from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent
"""The checkout."""
