"""Runs on a schedule: removes what ended uploads left behind, and asks for missing inspections."""

from collections.abc import Callable
from dataclasses import asdict
from datetime import timedelta
from typing import Any, Final

from lambdas.aws import resources
from lambdas.aws.dynamodb.deletions import DynamoDeletions
from lambdas.aws.dynamodb.history import DynamoHistory
from lambdas.aws.dynamodb.inspections import DynamoInspections
from lambdas.aws.dynamodb.listings import DynamoListings
from lambdas.aws.dynamodb.sessions import DynamoUploadSessions
from lambdas.aws.dynamodb.sweeps import DynamoSweep
from lambdas.aws.dynamodb.table import DynamoTable
from lambdas.aws.s3.bucket import S3Bucket
from lambdas.aws.s3.leftovers import S3Leftovers
from lambdas.guard import rules_version
from lambdas.registry.call import Call, utc_now
from lambdas.registry.catalogue.deleting import Purger
from lambdas.registry.clock import Clock
from lambdas.registry.inspections import InspectionRequests, Inspector, Reinspection, Target
from lambdas.registry.upkeep.ports import Due
from lambdas.registry.upkeep.sweep import Sweeper
from lambdas.registry.verdict import Inspection
from lambdas.registry.version import Version
from lambdas.web import metrics
from lambdas.web.app import imports_are_over, logger

_RESERVE_MS: Final = 120_000
"""Time for the item at hand; what is left waits for the next run."""
_PURGE_SECONDS: Final = 60
"""How long one deleted model may keep the others waiting; the next run goes on with it."""


def lambda_handler(_event: Any, context: Any) -> dict[str, Any]:
    """Make one pass; an item that failed is in the log, at ERROR, and in the tally."""
    table, inspections = resources.on_table(DynamoTable), resources.on_table(DynamoInspections)
    inspector = Inspector(table, inspections, _never_examine)
    requests = InspectionRequests(table, inspections, Call())

    def has_time() -> bool:
        return context is None or context.get_remaining_time_in_millis() > _RESERVE_MS

    passing = sweeper(
        utc_now, lambda *target: requests.ask_again(Target(*target), inspector), has_time
    )
    tally = asdict(passing.sweep())
    reinspection = Reinspection(resources.on_table(DynamoListings), inspections, requests, has_time)
    tally["reinspected"] = reinspection.advance(rules_version())
    logger.info("swept", **tally)
    # A metric costs money in every hour that it is written in, so nothing is no news.
    if tally["cleaned"]:
        metrics.count("Cleaned", tally["cleaned"])
    if tally["failed"]:
        metrics.count("CleanupFailures", tally["failed"])
    metrics.flush()
    return tally


def sweeper(
    now: Clock, ask_again: Callable[[str, str, int], None], has_time: Callable[[], bool]
) -> Sweeper:
    """Return the use case over the stack's bucket and table."""
    table, deletions = resources.on_table(DynamoTable), resources.on_table(DynamoDeletions)
    purger = Purger(table, deletions, resources.on_bucket(S3Bucket), now)
    return Sweeper(
        table=resources.on_table(DynamoSweep),
        sessions=resources.on_table(DynamoUploadSessions),
        history=resources.on_table(DynamoHistory),
        leftovers=resources.on_bucket(S3Leftovers),
        now=now,
        purge=lambda name: purger.purge(name, now() + timedelta(seconds=_PURGE_SECONDS)),
        ask_again=ask_again,
        has_time=has_time,
        report=_report,
    )


def _never_examine(version: Version) -> Inspection:
    raise NotImplementedError(f"the clean-up inspects nothing, not even {version.number}")


def _report(due: Due, error: Exception) -> None:
    logger.error("could not clean up", item=due.name, exc_info=error)


resources.warm()
imports_are_over()
