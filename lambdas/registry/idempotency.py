"""Use case: run a write with an Idempotency-Key once, and replay its answer to later attempts."""

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
    """One attempt's claim to be the one that runs the write.

    `key` identifies the caller, the request line and the client's key; `fingerprint` is a digest of
    the rest of the request; `holder` identifies the attempt. Times are Unix seconds.
    """

    key: str
    fingerprint: str
    holder: str
    now: int
    held_until: int
    expires_at: int


@dataclass(frozen=True, slots=True)
class EarlierAttempt:
    """The attempt that claimed the key first; `answer` is None while it is still running."""

    fingerprint: str
    answer: bytes | None


class AnswerStore(Protocol):
    """Stores the answers to writes by key. Failures are raised as DYNAMODB_ERROR."""

    def claim(self, claim: Claim) -> EarlierAttempt | None:
        """Hold the key for this attempt and return None, or return the attempt that has it.

        An attempt at the same request that has held the key for too long is presumed dead, and its
        key is taken over.
        """

    def release(self, claim: Claim) -> None:
        """Free the key, unless the answer has been stored or another attempt has taken over."""


@dataclass(frozen=True, slots=True)
class WriteOnce:
    """Runs writes whose answer is stored in the same transaction as their effect."""

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
        """Return the answer to the first write with this key, running `write` if there was none.

        `write` calls the function it receives with its result, before committing, and commits the
        stored answer together with the effect; `render` turns the result into the answer.

        Raises:
            RegistryError: IDEMPOTENCY_KEY_REUSED, IN_PROGRESS, and whatever `write` raises; an
                error in `write` frees the key.
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
            # Failing to free the key must not hide the original error; its hold expires anyway.
            with suppress(RegistryError):
                self.answers.release(claim)
            raise
        return rendered[0] if rendered else render(result)


def _first_answer(earlier: EarlierAttempt, fingerprint: str) -> bytes:
    if earlier.fingerprint != fingerprint:
        raise IdempotencyKeyReusedError("This Idempotency-Key was used for a different request")
    if earlier.answer is None:
        raise InProgressError("The first request with this Idempotency-Key is still in progress")
    return earlier.answer
