"""How writers of one record take turns without waiting for a lock."""

import random
from collections.abc import Callable
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


def settle(
    read: Callable[[], _State],
    attempt: Callable[[_State], _Result],
    pause: Pause,
    *,
    first: _State | None = None,
) -> _Result:
    """Return what `attempt` makes of the state; when somebody else changed it, read and try again.

    `first` is a state that is already known.

    Raises:
        ConflictError: after attempts for several seconds.
    """
    state = read() if first is None else first
    for number in range(_ATTEMPTS):
        try:
            return attempt(state)
        except ContendedError:
            # Full jitter: writers that met once should not meet again at the same moment.
            longest = min(_LONGEST_PAUSE_S, 0.01 * 2**number)
            pause(_RANDOM.uniform(0, longest))
            state = read()
    raise ConflictError("The request met too many others of the same name; send it again")
