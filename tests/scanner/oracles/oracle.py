"""What an oracle is: a generator of small files and a comparison of the scanner with a loader."""

import importlib
from pathlib import Path
from random import Random
from typing import Protocol, cast

SUFFIX = "_oracle"


class Oracle(Protocol):
    """One format's judge; each `<name>_oracle.py` of this folder has one called `ORACLE`."""

    cases_in_test: int
    """How many cases `make test` runs, at most 20 seconds' worth."""
    memory: int
    """Address space of the child process, in bytes."""

    libraries: bool
    """Whether the loaders are libraries of the honest environment, which `make honest` installs."""

    def prepare(self) -> None:
        """Import and set up everything the loaders need; the sandbox closes afterwards."""

    def make(self, random: Random) -> bytes:
        """Return one file; the same state of `random` gives the same bytes."""
        ...

    def difference(self, data: bytes) -> str | None:
        """Load and scan `data`; return what the scanner missed, None if nothing.

        The part before the first colon names the kind of the difference: minimising keeps it.
        """
        ...


def names() -> list[str]:
    """Return the names of all oracles."""
    return sorted(path.stem.removesuffix(SUFFIX) for path in _folder().glob(f"*{SUFFIX}.py"))


def load(name: str) -> Oracle:
    """Import the oracle `name`."""
    return cast("Oracle", importlib.import_module(f"tests.scanner.oracles.{name}{SUFFIX}").ORACLE)


def _folder() -> Path:
    return Path(__file__).parent
