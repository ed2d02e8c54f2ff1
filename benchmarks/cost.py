"""What operations cost on AWS; `--write` inserts the tables into docs/operations.md.

Handlers run in this process against an in-memory AWS. Calls, capacity units, bytes and the
handlers' own CPU time are measured; AWS's latencies and prices are the constants below.
"""

import contextlib
import io
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from moto import mock_aws

from benchmarks.metering import Meter, Usage
from lambdas.aws import clients
from lambdas.contract.functions import FUNCTIONS, Function
from lambdas.functions.audit.handler import lambda_handler as audit
from lambdas.functions.models.handler import lambda_handler as models
from lambdas.functions.sweep.handler import lambda_handler as sweep
from lambdas.functions.versions.handler import lambda_handler as versions
from tests.support import aws, events
from tests.support.gateway import invoke, rest_event
from tools import ROOT

REGION: Final = "us-east-1"
PRICED: Final = "2025"
"""List prices in USD for us-east-1, without free tiers; check them before planning with them."""
LAMBDA_REQUEST: Final = 0.20e-6
LAMBDA_GB_SECOND: Final = 0.0000133334
"""Price for arm64."""
API_REQUEST: Final = 3.50e-6
READ_UNIT: Final = 0.125e-6
WRITE_UNIT: Final = 0.625e-6
S3_WRITE: Final = 0.005e-3
S3_READ: Final = 0.0004e-3
S3_GB_MONTH: Final = 0.023
TABLE_GB_MONTH: Final = 0.25
RECOVERY_GB_MONTH: Final = 0.20
LOG_GB: Final = 0.50
TRACE: Final = 5e-6
TRANSFER_OUT_GB: Final = 0.09
TRACED_SHARE: Final = 0.05
"""X-Ray's default sampling rate under load."""
LATENCY_MS: Final = {"dynamodb": 5, "s3": 30}
"""Assumed latency of one call to AWS."""
LAMBDA_SLOWDOWN: Final = 1769
"""Memory in MiB at which a function has a full core; with less, its CPU time grows."""
PLATFORM_LOG_BYTES: Final = 900
"""The gateway's access log line plus Lambda's own log lines for a request."""
GB: Final = 1024**3
TB: Final = 1024**4
MIB: Final = 1024**2
MILLION: Final = 1_000_000
START, END = "<!-- cost -->\n", "<!-- /cost -->"
_FREE_CALLS: Final = {"DeleteObjects", "AbortMultipartUpload", "DeleteObject"}
_S3_READS: Final = {"GetObject", "HeadObject"}
ROUNDS: Final = 5
_LEAD: Final = (
    f"What an operation takes, and what a million of them cost in USD ({REGION}, {PRICED}, no free "
    "tier, no transfer to the internet). Measured by `make bench ARGS=cost`; check the prices "
    "against the AWS price list before you plan with them.\n"
)
_LATENCIES: Final = (
    "\nLambda ms is the handler's own CPU time, measured and scaled to the function's share of a "
    f"core, plus an assumed {LATENCY_MS['dynamodb']} ms for each DynamoDB call and "
    f"{LATENCY_MS['s3']} ms for each S3 call; compare these with the dashboard.\n"
)
_DOMINANT: Final = (
    "API Gateway dominates the cost of requests, and storage and transfer dominate for large "
    "models: downloading one GB over the internet costs as much"
)


@dataclass(frozen=True, slots=True)
class Operation:
    """An operation of callers: how to run it, its function, and its number of requests."""

    name: str
    run: Callable[[], object]
    function: str
    requests: int = 1
    prepare: Callable[[], object] = lambda: None
    routed: bool = True


@dataclass(frozen=True, slots=True)
class Cost:
    """An operation's measurements and its price in USD by item."""

    operation: Operation
    usage: Usage
    lambda_ms: float
    parts: dict[str, float]

    @property
    def usd(self) -> float:
        """The total, without transfer to the internet."""
        return sum(self.parts.values())

    @property
    def dominant(self) -> str:
        """The most expensive item, with its share."""
        name = max(self.parts, key=lambda part: self.parts[part])
        return f"{name} {self.parts[name] / self.usd:.0%}"


def operations() -> list[Operation]:
    """Return the operations to price, on a registry of sixty models."""
    body = bytes(MIB)
    big = {"big.bin": bytes(5 * MIB)}
    events.upload(body, name="small")
    events.push(big, "redirected")
    events.inspect_due()
    for number in range(60):
        events.upload(b"x", name=f"listed-{number:02d}")
    model = "/models/small"
    return [
        Operation(
            "small upload, 1 MiB", lambda: events.upload(body, name="small"), "UploadArtifact"
        ),
        Operation(
            "upload session, one large file",
            lambda: events.push({"big.bin": time.time_ns().to_bytes(8, "big") * MIB}, "large"),
            "Uploads",
            requests=2,
        ),
        Operation("inline download, 1 MiB", lambda: events.fetch("small"), "GetArtifact"),
        Operation("download by redirect", lambda: events.fetch("redirected"), "GetArtifact"),
        Operation(
            "metadata of a version",
            lambda: events.fetch("small", "metadata_only=true"),
            "GetArtifact",
        ),
        Operation("record", lambda: invoke(models, rest_event("GET", model)), "Models"),
        Operation(
            "list of 50 models", lambda: invoke(models, rest_event("GET", "/models")), "Models"
        ),
        Operation(
            "list of versions",
            lambda: invoke(versions, rest_event("GET", "/artifacts/model/small/versions")),
            "Versions",
        ),
        Operation(
            "edit of a record",
            lambda: invoke(models, rest_event("PATCH", model, body=b'{"description":"x"}')),
            "Models",
        ),
        Operation(
            "delete of a model with one version",
            lambda: invoke(models, rest_event("DELETE", "/models/gone")),
            "Models",
            prepare=lambda: events.upload(b"x", name="gone"),
        ),
        Operation(
            "50 events of the audit trail",
            lambda: invoke(audit, rest_event("GET", "/models/small/audit")),
            "Audit",
            prepare=lambda: [events.fetch("small", "version=1") for _ in range(50)],
        ),
        Operation("run of the sweep", lambda: sweep({}, None), "Sweep", routed=False),
    ]


def cost_of(operation: Operation, meter: Meter) -> Cost:
    """Run an operation a few times; units are those of the last run, time that of the fastest."""
    function = next(spec for spec in FUNCTIONS if spec.name == operation.function)
    own_s, logged = float("inf"), 0
    for _ in range(ROUNDS):
        operation.prepare()
        with contextlib.redirect_stderr(io.StringIO()) as log, meter.measured() as usage:
            started_s = time.process_time()
            operation.run()
            own_s = min(own_s, time.process_time() - started_s - usage.waited_s)
        logged = len(log.getvalue())
    lambda_ms = _billed_ms(function, own_s, usage)
    return Cost(operation, usage, lambda_ms, _parts(operation, function, usage, lambda_ms, logged))


def _billed_ms(function: Function, own_s: float, usage: Usage) -> float:
    share = min(1.0, function.memory_mib / LAMBDA_SLOWDOWN)
    waiting = sum(LATENCY_MS[call.split(":")[0]] * n for call, n in usage.calls.items())
    return max(own_s, 0) * 1e3 / share + waiting


def _parts(
    operation: Operation, function: Function, usage: Usage, lambda_ms: float, logged: int
) -> dict[str, float]:
    requests = operation.requests
    s3 = {call.split(":")[1]: n for call, n in usage.calls.items() if call.startswith("s3:")}
    reads = sum(n for call, n in s3.items() if call in _S3_READS)
    writes = sum(n for call, n in s3.items() if call not in {*_S3_READS, *_FREE_CALLS})
    if operation.function == "Uploads":
        writes += 1  # the client's PUT to the presigned URL
    if operation.name == "download by redirect":
        reads += 1
    gb_seconds = lambda_ms / 1e3 * function.memory_mib / 1024
    return {
        "API Gateway": API_REQUEST * requests if operation.routed else 0,
        "Lambda": LAMBDA_REQUEST * requests + LAMBDA_GB_SECOND * gb_seconds,
        "DynamoDB": READ_UNIT * usage.read_units + WRITE_UNIT * usage.write_units,
        "S3": S3_READ * reads + S3_WRITE * writes,
        "logs": LOG_GB * (logged + PLATFORM_LOG_BYTES * requests) / GB,
        "traces": TRACE * TRACED_SHARE * requests,
    }


def tables(costs: list[Cost]) -> str:
    """Return the Markdown of all tables."""
    rows = [
        _LEAD,
        "| operation | S3 calls | table calls | units r, w | Lambda ms | per million | main item |",
        "|---|---|---|---|---|---|---|",
    ]
    for cost in costs:
        s3 = sum(n for call, n in cost.usage.calls.items() if call.startswith("s3:"))
        table = sum(cost.usage.calls.values()) - s3
        units = f"{cost.usage.read_units:g}, {cost.usage.write_units:g}"
        rows.append(
            f"| {cost.operation.name} | {s3} | {table} | {units} | {cost.lambda_ms:.0f} "
            f"| {cost.usd * MILLION:.2f} | {cost.dominant} |"
        )
    sweep_month = costs[-1].usd * 730
    metadata = next(cost for cost in costs if cost.operation.name.startswith("metadata"))
    kept = {
        "a TB of artifacts, per month": f"{S3_GB_MONTH * 1024:.2f}",
        "a GB of records with point-in-time recovery, per month": (
            f"{TABLE_GB_MONTH + RECOVERY_GB_MONTH:.2f}"
        ),
        "a TB downloaded to the internet (none within the region)": f"{TRANSFER_OUT_GB * 1024:.2f}",
        "an idle month besides storage: the hourly sweep": f"{sweep_month:.4f}",
    }
    rows += [_LATENCIES, "| stored or transferred | USD |", "|---|---|"]
    rows += [f"| {what} | {usd} |" for what, usd in kept.items()]
    reads = f"{TRANSFER_OUT_GB / metadata.usd:,.0f}"
    rows.append(f"\n{_DOMINANT} as {reads} reads of metadata.")
    return "\n".join(rows) + "\n"


def main() -> None:
    """Print the tables; `--write` inserts them into the operations page."""
    clients.s3.cache_clear()
    clients.dynamodb.cache_clear()
    with mock_aws(), contextlib.redirect_stderr(io.StringIO()):
        aws.create_bucket()
        aws.create_table()
        meter = Meter(aws.REGION)
        text = tables([cost_of(operation, meter) for operation in operations()])
    print(text)
    if "--write" in sys.argv:
        page = ROOT / "docs" / "operations.md"
        head, rest = page.read_text().split(START)
        page.write_text(head + START + text + END + rest.split(END)[1])


if __name__ == "__main__":
    main()
