"""The use cases over the real adapters, with a clock and pauses of the test's own."""

import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from lambdas.aws import resources
from lambdas.aws.bucket import S3Bucket
from lambdas.aws.deletions import DynamoDeletions
from lambdas.aws.history import DynamoHistory
from lambdas.aws.leftovers import S3Leftovers
from lambdas.aws.listings import DynamoListings
from lambdas.aws.parts import S3Parts
from lambdas.aws.sessions import DynamoSessions
from lambdas.aws.sweeps import DynamoSweep
from lambdas.aws.table import DynamoTable
from lambdas.guard.inspect import inspect_upload
from lambdas.registry.access import Access
from lambdas.registry.audit import Actor, Scribe
from lambdas.registry.complete import Completer
from lambdas.registry.deletion import ModelDeleter, Purger
from lambdas.registry.session_ports import Due
from lambdas.registry.sessions import Sessions
from lambdas.registry.sweep import Sweeper, Tally
from lambdas.registry.upload import Uploader
from lambdas.registry.version_deletion import VersionDeleter

NOON = datetime(2030, 1, 1, 12, tzinfo=UTC)
SCRIBE = Scribe(Actor("arn:aws:iam::111122223333:user/ada", "192.0.2.1", "request-1"), 86_400)


def utc_now() -> datetime:
    """Return the time, for a use case that runs as it would in a function."""
    return datetime.now(UTC)


def uploader(
    now: Callable[[], datetime] = lambda: NOON, pause: Callable[[float], None] = lambda _: None
) -> Uploader:
    """Return the upload use case; it never sleeps."""
    return Uploader(
        inspect=inspect_upload,
        bucket=resources.on_bucket(S3Bucket),
        table=resources.on_table(DynamoTable),
        now=now,
        new_id=lambda: str(uuid.uuid4()),
        pause=pause,
        scribe=SCRIBE,
    )


def sessions(
    now: Callable[[], datetime] = lambda: NOON, pause: Callable[[float], None] = lambda _: None
) -> Sessions:
    """Return the use cases of upload sessions; they never sleep."""
    return Sessions(
        sessions=resources.on_table(DynamoSessions),
        registry=resources.on_table(DynamoTable),
        history=resources.on_table(DynamoHistory),
        bucket=resources.on_bucket(S3Parts),
        leftovers=resources.on_bucket(S3Leftovers),
        now=now,
        new_id=lambda: str(uuid.uuid4()),
        new_upload_id=lambda: uuid.uuid4().hex,
        pause=pause,
        access=Access(),
    )


def completer(
    now: Callable[[], datetime] = lambda: NOON, pause: Callable[[float], None] = lambda _: None
) -> Completer:
    """Return the use case that completes a session; it never sleeps."""
    return Completer(
        sessions=resources.on_table(DynamoSessions),
        registry=resources.on_table(DynamoTable),
        history=resources.on_table(DynamoHistory),
        bucket=resources.on_bucket(S3Parts),
        now=now,
        pause=pause,
        scribe=SCRIBE,
        access=Access(),
    )


def sweep(
    now: datetime,
    *,
    has_time: Callable[[], bool] = lambda: True,
    report: Callable[[Due, Exception], None] | None = None,
    ask_again: Callable[[str, str, int], None] = lambda *_: None,
) -> Tally:
    """Make one pass of the clean-up at a moment; without `report`, a failure is the test's."""

    def fail(due: Due, error: Exception) -> None:
        raise AssertionError(due) from error

    purger = Purger(
        resources.on_table(DynamoTable),
        resources.on_table(DynamoDeletions),
        resources.on_bucket(S3Bucket),
        lambda: now,
    )
    return Sweeper(
        table=resources.on_table(DynamoSweep),
        sessions=resources.on_table(DynamoSessions),
        history=resources.on_table(DynamoHistory),
        leftovers=resources.on_bucket(S3Leftovers),
        now=lambda: now,
        purge=lambda name: purger.purge(name, now + timedelta(seconds=60)),
        ask_again=ask_again,
        has_time=has_time,
        report=report or fail,
    ).sweep()


def delete_version(
    artifact_type: str, name: str, number: int, now: Callable[[], datetime] = lambda: NOON
) -> None:
    """Delete a version."""
    VersionDeleter(
        table=resources.on_table(DynamoTable),
        listings=resources.on_table(DynamoListings),
        deletions=resources.on_table(DynamoDeletions),
        objects=resources.on_bucket(S3Bucket),
        now=now,
        new_id=lambda: str(uuid.uuid4()),
        pause=lambda _: None,
        scribe=SCRIBE,
        report=_fail,
    ).delete(artifact_type, name, number)


def delete_model(name: str, now: Callable[[], datetime] = lambda: NOON) -> None:
    """Delete a model."""
    table, deletions = resources.on_table(DynamoTable), resources.on_table(DynamoDeletions)
    purger = Purger(table, deletions, resources.on_bucket(S3Bucket), now)
    deleter = ModelDeleter(table, deletions, purger, now, lambda _: None, SCRIBE, _fail)
    deleter.delete(name, None)


def _fail(error: Exception) -> None:
    raise AssertionError from error
