"""Optimistic concurrency: retry a write that met another writer of the same record."""

import random
from collections.abc import Callable, Iterator
from typing import Final, TypeVar

from lambdas.registry.errors import ConflictError
from lambdas.registry.ports import ContendedError

_MAX_ATTEMPTS: Final = 24
_MAX_PAUSE_S: Final = 0.4
_RANDOM: Final = random.SystemRandom()
"""Functions restored from the same snapshot would share the numbers of any other generator."""

_State = TypeVar("_State")
_Result = TypeVar("_Result")

Pause = Callable[[float], None]


def retry(attempt: Callable[[], _Result], pause: Pause) -> _Result:
    """Return the result of `attempt`, repeating it as long as it raises ContendedError.

    Raises:
        ConflictError: Every attempt met another writer, for several seconds in total.
    """
    for number in range(_MAX_ATTEMPTS):
        try:
            return attempt()
        except ContendedError:
            # Full jitter keeps writers that collided once from colliding again.
            longest = min(_MAX_PAUSE_S, 0.01 * 2**number)
            pause(_RANDOM.uniform(0, longest))
    raise ConflictError("Too many concurrent writes to this model; try again")


def read_and_retry(
    read: Callable[[], _State],
    attempt: Callable[[_State], _Result],
    pause: Pause,
    *,
    first: _State | None = None,
) -> _Result:
    """Return the result of `attempt` on the state that `read` returns, reading before each retry.

    `first` is a state that has just been read, and saves the first read.

    Raises:
        ConflictError: As `retry`.
    """

    def states() -> Iterator[_State]:
        if first is not None:
            yield first
        while True:
            yield read()

    upcoming = states()
    return retry(lambda: attempt(next(upcoming)), pause)
