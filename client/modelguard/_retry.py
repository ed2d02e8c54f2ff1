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
    patience_s: float = 30.0
    """The longest total wait; a server that asks for more is not waited for at all."""
    sleep: Callable[[float], None] = time.sleep

    def run(self, attempt: Callable[[], _T]) -> _T:
        """Return the result of the first successful attempt, or raise the error of the last one."""
        waited_s = 0.0
        for number in range(self.attempts):
            last = number + 1 == self.attempts or waited_s >= self.patience_s
            try:
                return attempt()
            except TryAgainError as error:
                if last or waited_s + error.after_s > self.patience_s:
                    raise error.cause from error.cause.__cause__
                pause_s = self._pause_s(number, error.after_s, waited_s)
            except TransportError as error:
                if last or not error.retryable:
                    error.retryable = False  # or an enclosing policy would retry it all again
                    raise
                pause_s = self._pause_s(number, 0, waited_s)
            self.sleep(pause_s)
            waited_s += pause_s
        raise AssertionError("a policy has at least one attempt")

    def _pause_s(self, number: int, after_s: float, waited_s: float) -> float:
        jitter_s = random.uniform(0, min(self.cap_s, self.base_s * 2**number))  # noqa: S311
        return min(after_s + jitter_s, self.patience_s - waited_s)


API_RETRY: Final = Retry(attempts=5)
"""About 4 s, or as long as the server asks for: a user is waiting at a terminal."""
TRANSFER_RETRY: Final = Retry(attempts=8, patience_s=300.0)
"""About 30 s: a long transfer should survive a short outage."""


def retry_after_s(response: Response, default: float = 0) -> float:
    """Return how many seconds the server asks the client to wait."""
    text = response.headers.get("retry-after", "")
    return float(text) if text.isascii() and text.isdigit() else default


def check_storage(response: Response, what: str) -> None:
    """Raise TryAgainError if the object storage responds that it is overloaded or failing."""
    if response.status not in RETRYABLE_STATUS:
        return
    after_s = retry_after_s(response)
    response.close()
    body = {"error": f"{what}: the storage responded {response.status}"}
    cause = api_error(response.status, body, "")
    # The statuses above make no other kind.
    assert isinstance(cause, ServerError | ThrottledError)  # noqa: S101
    raise TryAgainError(cause, after_s=after_s)
