"""Translation of botocore's errors into the registry's own."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from lambdas.registry.errors import BucketError, TableError, ThrottledError

_THROTTLES = frozenset(
    {
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "SlowDown",
        "503",  # of a HEAD, whose response has no body with a code
        "ThrottlingException",
        "Throttling",
        "TooManyRequestsException",
        "TransactionConflictException",
    }
)
_THROTTLED_REASONS = frozenset({"ProvisionedThroughputExceeded", "ThrottlingError"})


def error_code(error: ClientError) -> str:
    """Return the AWS error code of a client error."""
    return str(error.response.get("Error", {}).get("Code", ""))


def cancellation_reasons(error: ClientError) -> list[str]:
    """Return the reason each write of a transaction gave for its cancellation, or "None"."""
    reasons: Any = error.response.get("CancellationReasons", [])
    return [reason.get("Code", "None") for reason in reasons]


@contextmanager
def s3_failures() -> Iterator[None]:
    """Raise S3's failures as S3_ERROR or THROTTLED, with the cause attached for the log."""
    with _failures(BucketError("The object store failed; try again")):
        yield


@contextmanager
def dynamodb_failures() -> Iterator[None]:
    """Raise DynamoDB's failures as DYNAMODB_ERROR or THROTTLED, with the cause attached."""
    with _failures(TableError("The record store failed; try again")):
        yield


@contextmanager
def _failures(failure: BucketError | TableError) -> Iterator[None]:
    try:
        yield
    except ClientError as error:
        reasons = _THROTTLED_REASONS.intersection(cancellation_reasons(error))
        if error_code(error) in _THROTTLES or reasons:
            raise ThrottledError("The registry is busy; try again in a moment") from error
        raise failure from error
    except BotoCoreError as error:
        raise failure from error
