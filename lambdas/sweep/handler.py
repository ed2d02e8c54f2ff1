"""Runs on a schedule: removes what ended uploads left behind, and asks for missing inspections."""

import time
import uuid
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from lambdas.aws import resources
from lambdas.aws.bucket import S3Bucket
from lambdas.aws.deletions import DynamoDeletions
from lambdas.aws.history import DynamoHistory
from lambdas.aws.inspections import DynamoInspections
from lambdas.aws.leftovers import S3Leftovers
from lambdas.aws.listings import DynamoListings
from lambdas.aws.sessions import DynamoSessions
from lambdas.aws.sweeps import DynamoSweep
from lambdas.aws.table import DynamoTable
from lambdas.guard.inspect import rules_version
from lambdas.http import metrics
from lambdas.http.app import imports_are_over, logger
from lambdas.registry.deletion import Purger
from lambdas.registry.inspecting import Inspector, Reinspection, Requests, Target
from lambdas.registry.session_ports import Due
from lambdas.registry.sweep import Sweeper
from lambdas.registry.verdict import Inspection
from lambdas.registry.version import Version

_RESERVE_MS: Final = 120_000
"""Time for the item at hand; what is left waits for the next run."""
_PURGE_SECONDS: Final = 60
"""How long one deleted model may keep the others waiting; the next run goes on with it."""


def lambda_handler(_event: Any, context: Any) -> dict[str, Any]:
    """Make one pass; an item that failed is in the log, at ERROR, and in the tally."""
    table, deletions = resources.on_table(DynamoTable), resources.on_table(DynamoDeletions)
    purger = Purger(table, deletions, resources.on_bucket(S3Bucket), _now)
    inspections = resources.on_table(DynamoInspections)
    inspector = Inspector(table, inspections, _never_examine, time.sleep)
    requests = Requests(table, inspections, _now, lambda: str(uuid.uuid4()), time.sleep)

    def has_time() -> bool:
        return context is None or context.get_remaining_time_in_millis() > _RESERVE_MS

    sweeper = Sweeper(
        table=resources.on_table(DynamoSweep),
        sessions=resources.on_table(DynamoSessions),
        history=resources.on_table(DynamoHistory),
        leftovers=resources.on_bucket(S3Leftovers),
        now=_now,
        purge=lambda name: purger.purge(name, _now() + timedelta(seconds=_PURGE_SECONDS)),
        ask_again=lambda *target: requests.ask_again(Target(*target), inspector),
        has_time=has_time,
        report=_report,
    )
    tally = asdict(sweeper.sweep())
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


def _never_examine(version: Version) -> Inspection:
    raise NotImplementedError(f"the clean-up inspects nothing, not even {version.number}")


def _now() -> datetime:
    return datetime.now(UTC)


def _report(due: Due, error: Exception) -> None:
    logger.error("could not clean up", item=due.name, exc_info=error)


resources.warm()
imports_are_over()
