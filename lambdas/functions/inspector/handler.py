"""Driven by the table's stream: inspects each version that is waiting for it.

An event only says where to look; the present state of the table determines what is inspected, so
that events may arrive twice, late or in any order.
"""

import time
from collections.abc import Callable
from typing import Any

from lambdas.aws import resources
from lambdas.aws.dynamodb.inspections import DynamoInspections
from lambdas.aws.dynamodb.table import DynamoTable
from lambdas.aws.s3.source import ObjectSource
from lambdas.contract.table import REQUEST_ID_ATTRIBUTE, TABLE_PARTITION_KEY, TABLE_SORT_KEY
from lambdas.guard import Subject, inspect
from lambdas.registry.inspections import Inspector, Target
from lambdas.registry.verdict import Inspection
from lambdas.registry.version import File, Version
from lambdas.web import metrics
from lambdas.web.app import freeze_imports, logger


def lambda_handler(event: dict[str, Any], _context: Any) -> None:
    """Inspect the versions of a batch; raise the first failure, so that the stream retries."""
    for record in event["Records"]:
        target = _target(record["dynamodb"]["Keys"])
        request_id = _request_id(record["dynamodb"])
        logger.set_correlation_id(request_id)
        try:
            _inspect(target, request_id)
        except Exception:
            logger.exception(
                "inspection failed",
                model=target.name,
                artifact_type=target.artifact_type,
                version=target.number,
            )
            raise


def _inspect(target: Target, request_id: str) -> None:
    started_s = time.monotonic()
    inspection = inspector().inspect(target)
    if inspection:
        metrics.inspected(inspection.verdict)
        metrics.flush(request_id=request_id)
        logger.info(
            "inspected",
            model=target.name,
            artifact_type=target.artifact_type,
            version=target.number,
            verdict=inspection.verdict.value,
            bytes_read=inspection.bytes_read,
            bytes_total=inspection.bytes_total,
            seconds=round(time.monotonic() - started_s, 3),
        )


def inspector() -> Inspector:
    """Return the use case on the stack's bucket and table."""
    return Inspector(
        resources.on_table(DynamoTable), resources.on_table(DynamoInspections), _examine
    )


def _examine(version: Version, on_danger: Callable[[Inspection], None]) -> Inspection:
    return inspect(
        version.artifact_type,
        (Subject(file.path, _source_of(file)) for file in version.files),
        on_danger=on_danger,
    )


def _source_of(file: File) -> ObjectSource:
    return resources.on_bucket(lambda client, bucket: ObjectSource(client, bucket, file))


def _request_id(change: dict[str, Any]) -> str:
    """Return the id of the request that caused the inspection, or "" if the sweep requested it."""
    return str(change.get("NewImage", {}).get(REQUEST_ID_ATTRIBUTE, {}).get("S", ""))


def _target(keys: dict[str, Any]) -> Target:
    _, artifact_type, number = keys[TABLE_SORT_KEY]["S"].split("/")
    return Target(keys[TABLE_PARTITION_KEY]["S"], artifact_type, int(number))


resources.warm()
freeze_imports()
