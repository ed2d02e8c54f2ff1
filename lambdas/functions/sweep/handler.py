"""Runs on a schedule: sweeps leftovers, and requests missing and outdated inspections."""

from collections.abc import Callable
from dataclasses import asdict
from datetime import timedelta
from typing import Any, Final

from lambdas.aws import resources
from lambdas.aws.dynamodb.committed_files import DynamoCommittedFiles
from lambdas.aws.dynamodb.deletions import DynamoDeletions
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
from lambdas.registry.sweep import Due, Sweeper
from lambdas.registry.verdict import Inspection
from lambdas.registry.version import Version
from lambdas.web import metrics
from lambdas.web.app import freeze_imports, logger

_RESERVE_MS: Final = 120_000
"""Time reserved for finishing the current item; the next run takes the remaining ones."""
_PURGE_SECONDS: Final = 60
"""How long purging one model may delay the others; the next run continues."""


def lambda_handler(_event: Any, context: Any) -> dict[str, Any]:
    """Make one pass and return its tally; items that fail are logged as errors."""
    table, inspections = resources.on_table(DynamoTable), resources.on_table(DynamoInspections)
    inspector = Inspector(table, inspections, _never_examine)
    requests = InspectionRequests(table, inspections, Call())

    def has_time() -> bool:
        return context is None or context.get_remaining_time_in_millis() > _RESERVE_MS

    passing = sweeper(
        utc_now, lambda *target: requests.follow_up(Target(*target), inspector), has_time
    )
    tally = asdict(passing.sweep())
    reinspection = Reinspection(resources.on_table(DynamoListings), inspections, requests, has_time)
    tally["reinspected"] = reinspection.advance(rules_version())
    logger.info("swept", **tally)
    # A metric is billed for every hour in which it is written, so zeros are left out.
    if tally["swept"]:
        metrics.count("Swept", tally["swept"])
    if tally["failed"]:
        metrics.count("SweepFailures", tally["failed"])
    metrics.flush()
    return tally


def sweeper(
    now: Clock, follow_up: Callable[[str, str, int], None], has_time: Callable[[], bool]
) -> Sweeper:
    """Return the use case over the stack's bucket and table."""
    table, deletions = resources.on_table(DynamoTable), resources.on_table(DynamoDeletions)
    purger = Purger(table, deletions, resources.on_bucket(S3Bucket), now)
    return Sweeper(
        table=resources.on_table(DynamoSweep),
        sessions=resources.on_table(DynamoUploadSessions),
        committed=resources.on_table(DynamoCommittedFiles),
        leftovers=resources.on_bucket(S3Leftovers),
        now=now,
        purge=lambda name: purger.purge(name, now() + timedelta(seconds=_PURGE_SECONDS)),
        follow_up=follow_up,
        has_time=has_time,
        report=_report,
    )


def _never_examine(version: Version, _: object) -> Inspection:
    raise NotImplementedError(f"the sweep does not inspect versions, such as {version.number}")


def _report(due: Due, error: Exception) -> None:
    logger.error("sweep of an item failed", item=due.name, exc_info=error)


resources.warm()
freeze_imports()
