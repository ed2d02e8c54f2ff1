"""How long work tells how far it is; the SDK says nothing unless it is given a listener."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """A listener; its methods are called from several threads."""

    def begin(self, what: str, total_bytes: int) -> None:
        """A stage of the work begins, for example `pushing bert`."""

    def advance(self, n_bytes: int) -> None:
        """So many more bytes of the stage are done."""

    def note(self, text: str) -> None:
        """Something that a person should know while waiting."""


class Silence:
    """The listener that does not care."""

    def begin(self, what: str, total_bytes: int) -> None:
        """Do nothing."""

    def advance(self, n_bytes: int) -> None:
        """Do nothing."""

    def note(self, text: str) -> None:
        """Do nothing."""
