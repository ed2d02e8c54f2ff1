"""A hash of everything that a deployment is made of."""

import hashlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from tools import ROOT

INPUTS: Final = (
    "app.py",
    "cdk.json",
    "infra",
    "lambdas",
    "scanner/modelguard_scanner",
    "pyproject.toml",
)
LOCKS: Final = "requirements"


def _files(root: Path) -> Iterator[Path]:
    for name in (*INPUTS, LOCKS):
        path = root / name
        found = sorted(path.rglob("*")) if path.is_dir() else [path]
        yield from (file for file in found if file.is_file() and "__pycache__" not in file.parts)


def fingerprint(root: Path = ROOT) -> str:
    """Return a hash of the inputs' paths and bytes, which changes whenever a deployment might."""
    digest = hashlib.sha256(sys.version.encode())  # the engine runs functions with it
    for file in _files(root):
        content = file.read_bytes()
        digest.update(f"{file.relative_to(root)}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()
