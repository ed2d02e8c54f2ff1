"""How concurrent writers of one record take turns without waiting for a lock."""

import random
from collections.abc import Callable, Iterator
from typing import Final, TypeVar

from lambdas.registry.errors import ConflictError
from lambdas.registry.ports import ContendedError

_ATTEMPTS: Final = 24
_LONGEST_PAUSE_S: Final = 0.4
_RANDOM: Final = random.SystemRandom()
"""Functions that start from one snapshot would share any other generator's numbers."""

_State = TypeVar("_State")
_Result = TypeVar("_Result")

Pause = Callable[[float], None]


def retry(attempt: Callable[[], _Result], pause: Pause) -> _Result:
    """Return the result of `attempt`, which is repeated while other writers are in the way.

    Raises:
        ConflictError: It met other writers for several seconds.
    """
    for number in range(_ATTEMPTS):
        try:
            return attempt()
        except ContendedError:
            # Full jitter: writers that met once should not meet again at the same moment.
            longest = min(_LONGEST_PAUSE_S, 0.01 * 2**number)
            pause(_RANDOM.uniform(0, longest))
    raise ConflictError("Too many concurrent writes to this model; try again")


def read_and_retry(
    read: Callable[[], _State],
    attempt: Callable[[_State], _Result],
    pause: Pause,
    *,
    first: _State | None = None,
) -> _Result:
    """Return what `attempt` makes of the state that `read` returns, read anew for each attempt.

    `first` is a state that is already known, and saves the first read.

    Raises:
        ConflictError: As `retry` does.
    """

    def states() -> Iterator[_State]:
        if first is not None:
            yield first
        while True:
            yield read()

    unread = states()
    return retry(lambda: attempt(next(unread)), pause)
