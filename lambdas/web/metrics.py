"""Metrics in CloudWatch's embedded metric format: a JSON line in the log, and no call to AWS.

CloudWatch extracts the metrics from these lines; their other members remain searchable in the log.
Metrics are billed per combination of dimensions, so there are few dimensions.
"""

import json
import os
import sys
import time
from typing import Any, Final

from lambdas.contract.environment import ENV_STAGE, METRICS_NAMESPACE
from lambdas.registry.verdict import Verdict
from lambdas.registry.version import Version

_Dimension = tuple[tuple[str, str], ...]
_pending: Final[dict[_Dimension, dict[str, tuple[float, str]]]] = {}
"""Values and units by metric name, for each dimension besides the stage."""


def count(name: str, value: float = 1, unit: str = "Count", **dimension: str) -> None:
    """Add to a metric of the current request, optionally within a dimension besides the stage."""
    metrics = _pending.setdefault(tuple(dimension.items()), {})
    before, _ = metrics.get(name, (0, unit))
    metrics[name] = (before + value, unit)


def uploaded(version: Version) -> None:
    """Count a committed version, its bytes, and its verdict if it has been inspected."""
    count("Uploads")
    count("UploadedBytes", version.size, "Bytes")
    if version.inspection.verdict is not Verdict.PENDING:
        inspected(version.inspection.verdict)


def inspected(verdict: Verdict) -> None:
    """Count the verdict of an inspection."""
    count("Verdicts", verdict=verdict.value)


def downloaded(size: int) -> None:
    """Count a download of `size` bytes, returned in the response or through a URL."""
    count("Downloads")
    count("DownloadedBytes", size, "Bytes")


def flush(**properties: Any) -> None:
    """Write the metrics, one line for each dimension; `properties` describe the request."""
    for dimension, metrics in _pending.items():
        line = _line(dict(dimension), metrics) | properties
        # The logger's stream: the local engine responds sooner if a handler writes to stderr.
        sys.stderr.write(json.dumps(line, separators=(",", ":")) + "\n")
    sys.stderr.flush()
    _pending.clear()


def _line(dimension: dict[str, str], metrics: dict[str, tuple[float, str]]) -> dict[str, Any]:
    dimensions = {"stage": os.environ.get(ENV_STAGE) or "local"} | dimension
    described = {
        "Namespace": METRICS_NAMESPACE,
        "Dimensions": [list(dimensions)],
        "Metrics": [{"Name": name, "Unit": unit} for name, (_, unit) in metrics.items()],
    }
    values = {name: value for name, (value, _) in metrics.items()}
    header = {"Timestamp": int(time.time() * 1000), "CloudWatchMetrics": [described]}
    return {"_aws": header} | dimensions | values
