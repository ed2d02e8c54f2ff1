"""When to retry, and how long to wait first."""

from __future__ import annotations

import random
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeVar

from modelguard._errors import ServerError, ThrottledError, TransportError, api_error

if TYPE_CHECKING:
    from collections.abc import Callable

    from modelguard._http import Response

_T = TypeVar("_T")
RETRYABLE_STATUS: Final = frozenset({429, 500, 502, 503, 504})
_MOST_PATIENCE_S: Final = 60.0


class TryAgainError(Exception):
    """An attempt failed in a way that may be temporary; `cause` is raised if it is not."""

    def __init__(self, cause: Exception, *, after_s: float = 0) -> None:
        super().__init__(str(cause))
        self.cause = cause
        self.after_s = after_s


@dataclass(frozen=True, slots=True)
class Retry:
    """Up to `attempts` attempts with full jitter: waits of 0 to `base_s`, doubled each time."""

    attempts: int
    base_s: float = 0.25
    cap_s: float = 20.0
    sleep: Callable[[float], None] = time.sleep

    def run(self, attempt: Callable[[], _T]) -> _T:
        """Return the result of the first successful attempt, or raise the error of the last one."""
        for number in range(self.attempts):
            try:
                return attempt()
            except TryAgainError as error:
                if number + 1 == self.attempts:
                    raise error.cause from error.cause.__cause__
                self.sleep(self._delay_s(number, error.after_s))
            except TransportError as error:
                if number + 1 == self.attempts or not error.retryable:
                    error.retryable = False  # or an enclosing policy would retry it all again
                    raise
                self.sleep(self._delay_s(number, 0))
        raise AssertionError("a policy has at least one attempt")

    def _delay_s(self, number: int, after_s: float) -> float:
        jitter_s = random.uniform(0, min(self.cap_s, self.base_s * 2**number))  # noqa: S311
        return min(after_s, _MOST_PATIENCE_S) + jitter_s


API_RETRY: Final = Retry(attempts=5)
"""About 4 s: a user is waiting at a terminal."""
TRANSFER_RETRY: Final = Retry(attempts=8)
"""About 30 s: a long transfer should survive a short outage."""


def retry_after_s(response: Response, default: float = 0) -> float:
    """Return how many seconds the server asks the client to wait."""
    text = response.headers.get("retry-after", "")
    return float(text) if text.isdecimal() else default


def check_storage(response: Response, what: str) -> None:
    """Raise TryAgainError if the object storage responds that it is overloaded or failing."""
    if response.status not in RETRYABLE_STATUS:
        return
    after_s = retry_after_s(response)
    response.close()
    body = {"error": f"{what}: the storage responded {response.status}"}
    cause = api_error(response.status, body, "")
    assert isinstance(cause, ServerError | ThrottledError)  # noqa: S101 - follows from the statuses above
    raise TryAgainError(cause, after_s=after_s)
