"""What the sweep needs of the record store; `lambdas.aws` provides it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from lambdas.registry.ports import Intent


@dataclass(frozen=True, slots=True)
class Due:
    """An item that the clean-up is due at: a record, an upload session, or a version.

    A version, by artifact type and number, has waited too long for its inspection.
    """

    name: str
    upload_id: str | None = None
    version: tuple[str, int] | None = None


@dataclass(frozen=True, slots=True)
class Intents:
    """A record's intents: the open ones, and those that a clean-up took over and has not finished.

    `opened` counts all that uploads ever opened, and `revision` the record's visible changes, so
    that whatever happens meanwhile is noticed. `bare` tells that nothing was ever committed under
    the name, `purging` that deleted versions of it wait to be removed.
    """

    open: tuple[Intent, ...]
    taken: tuple[Intent, ...]
    opened: int
    revision: int
    bare: bool
    purging: bool


class SweepTable(Protocol):
    """What the clean-up needs of the record store."""

    def due(self, now: int) -> Iterator[Due]:
        """Yield what is due at `now` (Unix seconds), the longest overdue first."""

    def intents(self, name: str) -> Intents | None:
        """Return a record's intents; None when there is no record."""

    def take_over(self, name: str, intent: Intent) -> None:
        """Close an open intent to its upload; raise ContendedError when that just ended it."""

    def settle(
        self, name: str, before: Intents, removed: tuple[Intent, ...], next_at: int | None
    ) -> None:
        """Forget the removed intents, and set when the record is due again, if ever.

        A bare record without a next time is deleted. Raises ContendedError when an intent was
        opened, or the record changed, since `before` was read.
        """
