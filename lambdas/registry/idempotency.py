"""Use case: make a write with an Idempotency-Key once, and give its first answer again."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol, TypeVar

from lambdas.contract.limits import ANSWER_SECONDS, HOLD_SECONDS
from lambdas.registry.call import new_uuid, utc_now
from lambdas.registry.clock import Clock
from lambdas.registry.errors import IdempotencyKeyReusedError, InProgressError, RegistryError
from lambdas.registry.ports import AnswerMaker, StoredAnswer

_Result = TypeVar("_Result")


@dataclass(frozen=True, slots=True)
class Claim:
    """One attempt's request to be the one that writes.

    `key` stands for the caller, the request line and the client's key; `fingerprint` for all that
    the request asks. Times are Unix seconds.
    """

    key: str
    fingerprint: str
    holder: str
    now: int
    held_until: int
    expires_at: int


@dataclass(frozen=True, slots=True)
class EarlierAttempt:
    """What another attempt wrote under the key; `answer` is None while it still runs."""

    fingerprint: str
    answer: bytes | None


class AnswerStore(Protocol):
    """Keeps the first answers. Failures are raised as DYNAMODB_ERROR."""

    def claim(self, claim: Claim) -> EarlierAttempt | None:
        """Hold the key for this attempt, or return what stands there.

        An attempt of the same request that held the key for too long has died and is taken over.
        """

    def release(self, claim: Claim) -> None:
        """Free the key, unless its answer was written or another attempt took it over."""


@dataclass(frozen=True, slots=True)
class WriteOnce:
    """Runs writes whose stored answer commits together with their effect."""

    answers: AnswerStore
    now: Clock = utc_now
    new_id: Callable[[], str] = new_uuid

    def run(
        self,
        key: str,
        fingerprint: str,
        write: Callable[[AnswerMaker[_Result]], _Result],
        render: Callable[[_Result], bytes],
    ) -> bytes:
        """Return the answer of the first write under the key.

        `write` passes what it was given on to the transaction that commits it; `render` is asked
        for the answer before that.

        Raises:
            RegistryError: IDEMPOTENCY_KEY_REUSED, IN_PROGRESS, and whatever `write` raises, which
                frees the key.
        """
        now = int(self.now().timestamp())
        claim = Claim(
            key, fingerprint, self.new_id(), now, now + HOLD_SECONDS, now + ANSWER_SECONDS
        )
        earlier = self.answers.claim(claim)
        if earlier is not None:
            return _first_answer(earlier, fingerprint)

        rendered: list[bytes] = []

        def stored_answer(result: _Result) -> StoredAnswer:
            rendered[:] = [render(result)]
            return StoredAnswer(claim.key, claim.holder, rendered[0], claim.expires_at)

        try:
            result = write(stored_answer)
        except Exception:
            # A failure to free the key must not hide the reason; the key frees itself in a moment.
            with suppress(RegistryError):
                self.answers.release(claim)
            raise
        return rendered[0] if rendered else render(result)


def _first_answer(earlier: EarlierAttempt, fingerprint: str) -> bytes:
    if earlier.fingerprint != fingerprint:
        raise IdempotencyKeyReusedError("The Idempotency-Key was used for another request")
    if earlier.answer is None:
        raise InProgressError("The first request with this Idempotency-Key still runs")
    return earlier.answer
