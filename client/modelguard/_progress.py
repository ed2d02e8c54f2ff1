"""How transfers report progress; the SDK is silent unless it is given a listener."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """A progress listener; its methods are called from several threads."""

    def begin(self, what: str, total_bytes: int) -> None:
        """Called when a stage begins, for example `pushing bert`."""

    def advance(self, n_bytes: int) -> None:
        """Called when `n_bytes` more of the stage are done; negative if work has to be repeated."""

    def note(self, text: str) -> None:
        """Called with a message for a waiting user."""


class Silence:
    """A listener that ignores everything."""

    def begin(self, what: str, total_bytes: int) -> None:
        """Do nothing."""

    def advance(self, n_bytes: int) -> None:
        """Do nothing."""

    def note(self, text: str) -> None:
        """Do nothing."""
