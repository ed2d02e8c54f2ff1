"""The registry at the level of use cases: as the handlers build them, with a test's own clock."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

from lambdas.functions.models import handler as models
from lambdas.functions.sweep import handler as sweeping
from lambdas.functions.upload_artifact import handler as small
from lambdas.functions.uploads import handler as uploads
from lambdas.functions.versions import handler as versions
from lambdas.registry.audit import Actor
from lambdas.registry.call import Call, utc_now
from lambdas.registry.clock import Clock
from lambdas.registry.sweep import Due, SweepResult
from lambdas.registry.uploads.offers import Offer
from lambdas.registry.uploads.session import Declaration
from lambdas.registry.uploads.session_lifecycle import UploadSessions
from lambdas.registry.uploads.small import IncomingFile, Upload
from tests.support import aws
from tests.support.contents import Contents, declare, parts_of

NOON = datetime(2030, 1, 1, 12, tzinfo=UTC)
FOREVER = datetime(2999, 1, 1, tzinfo=UTC)
"""Long after everything in progress has ended."""
ACTOR = Actor("arn:aws:iam::111122223333:user/ada", "192.0.2.1", "request-1")


def at_noon() -> datetime:
    return NOON


def call(now: Clock = at_noon) -> Call:
    """Return a call by a caller who may do anything; it never sleeps."""
    return Call(ACTOR, audit_seconds=86_400, now=now, pause=lambda _: None)


def upload(content: bytes, name: str = "m", path: str = "a", now: Clock = at_noon) -> None:
    """Upload one file in a request."""
    file = IncomingFile(path, content, "application/octet-stream")
    small.uploader(call(now)).store(Upload("model", name, (file,)))


def sessions(now: Clock = at_noon) -> UploadSessions:
    """Return the use cases of upload sessions."""
    return uploads.upload_sessions(call(now))


def begin(contents: Contents, name: str = "m", now: Clock = at_noon) -> Offer:
    """Begin an upload session."""
    files = tuple(declare(path, content) for path, content in contents.items())
    return sessions(now).begin(Declaration("model", name, files))


def send(offer: Offer, contents: Contents) -> None:
    """Send all that an offer needs."""
    for file in offer.files:
        if file.put:
            assert aws.put(file.put.url, file.put.headers, contents[file.path]) == 200
        parts = parts_of(contents[file.path])
        for number, request in file.parts:
            assert aws.put(request.url, request.headers, parts[number - 1]) == 200


def push(contents: Contents, name: str = "m") -> int:
    """Begin, send all, complete; return the version's number."""
    offer = begin(contents, name)
    send(offer, contents)
    return sessions().complete("model", offer.upload_id).version.number


def sweep(
    now: datetime = FOREVER,
    *,
    has_time: Callable[[], bool] = lambda: True,
    report: Callable[[Due, Exception], None] | None = None,
) -> SweepResult:
    """Make one pass that asks for no inspections; without `report`, an item may not fail."""

    def fail(due: Due, error: Exception) -> None:
        raise AssertionError(due) from error

    sweeper = sweeping.sweeper(lambda: now, lambda *_: None, has_time)
    return replace(sweeper, report=report or fail).sweep()


def delete_version(artifact_type: str, name: str, number: int, now: Clock = at_noon) -> None:
    """Delete a version."""
    deleter = replace(versions.deleter(call(now)), report=_fail)
    deleter.delete(artifact_type, name, number)


def delete_model(name: str, now: Clock = at_noon) -> None:
    """Delete a model."""
    replace(models.deleter(call(now)), report=_fail).delete(name, None)


def purge(name: str, until: datetime = FOREVER) -> bool:
    """Purge what a deleted model has left; return whether nothing is left of it."""
    return models.deleter(call(utc_now)).purger.purge(name, until)


def _fail(error: Exception) -> None:
    raise AssertionError from error
