"""The use cases over the real adapters, with a clock and pauses of the test's own."""

import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from lambdas.aws import resources
from lambdas.aws.dynamodb.deletions import DynamoDeletions
from lambdas.aws.dynamodb.history import DynamoHistory
from lambdas.aws.dynamodb.listings import DynamoListings
from lambdas.aws.dynamodb.sessions import DynamoUploadSessions
from lambdas.aws.dynamodb.sweeps import DynamoSweep
from lambdas.aws.dynamodb.table import DynamoTable
from lambdas.aws.s3.bucket import S3Bucket
from lambdas.aws.s3.leftovers import S3Leftovers
from lambdas.aws.s3.parts import S3Parts
from lambdas.guard import inspect_upload
from lambdas.registry.audit import Actor
from lambdas.registry.call import Call
from lambdas.registry.catalogue.deleting import ModelDeleter, Purger, VersionDeleter
from lambdas.registry.upkeep.ports import Due
from lambdas.registry.upkeep.sweep import Sweeper, SweepResult
from lambdas.registry.uploads.protocol import UploadSessions
from lambdas.registry.uploads.small import Uploader

NOON = datetime(2030, 1, 1, 12, tzinfo=UTC)
ACTOR = Actor("arn:aws:iam::111122223333:user/ada", "192.0.2.1", "request-1")


def call(
    now: Callable[[], datetime] = lambda: NOON, pause: Callable[[float], None] = lambda _: None
) -> Call:
    """Return a call by a caller who may do anything; it never sleeps."""
    return Call(ACTOR, audit_seconds=86_400, now=now, pause=pause)


def uploader(
    now: Callable[[], datetime] = lambda: NOON, pause: Callable[[float], None] = lambda _: None
) -> Uploader:
    """Return the upload use case; it never sleeps."""
    return Uploader(
        inspect=inspect_upload,
        bucket=resources.on_bucket(S3Bucket),
        table=resources.on_table(DynamoTable),
        call=call(now, pause),
    )


def sessions(
    now: Callable[[], datetime] = lambda: NOON, pause: Callable[[float], None] = lambda _: None
) -> UploadSessions:
    """Return the use cases of upload sessions; they never sleep."""
    return UploadSessions(
        sessions=resources.on_table(DynamoUploadSessions),
        table=resources.on_table(DynamoTable),
        history=resources.on_table(DynamoHistory),
        bucket=resources.on_bucket(S3Parts),
        leftovers=resources.on_bucket(S3Leftovers),
        call=call(now, pause),
        new_upload_id=lambda: uuid.uuid4().hex,
    )


def sweep(
    now: datetime,
    *,
    has_time: Callable[[], bool] = lambda: True,
    report: Callable[[Due, Exception], None] | None = None,
    ask_again: Callable[[str, str, int], None] = lambda *_: None,
) -> SweepResult:
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
        sessions=resources.on_table(DynamoUploadSessions),
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
        call=call(now),
        report=_fail,
    ).delete(artifact_type, name, number)


def delete_model(name: str, now: Callable[[], datetime] = lambda: NOON) -> None:
    """Delete a model."""
    table, deletions = resources.on_table(DynamoTable), resources.on_table(DynamoDeletions)
    purger = Purger(table, deletions, resources.on_bucket(S3Bucket), now)
    deleter = ModelDeleter(table, deletions, purger, call(now), _fail)
    deleter.delete(name, None)


def _fail(error: Exception) -> None:
    raise AssertionError from error
