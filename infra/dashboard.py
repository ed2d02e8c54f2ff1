"""The dashboard: usage, latency, failures and verdicts."""

from typing import Final

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

from infra.api import Api
from infra.config import Config
from infra.functions import Functions
from infra.storage import Storage
from lambdas.contract.environment import METRICS_NAMESPACE
from lambdas.contract.functions import Function

_WIDTH: Final = 8
_HOUR: Final = Duration.hours(1)


class Dashboard(Construct):
    """Rows of three graphs, from what users see down to the table; `name` is the dashboard's name.

    CloudWatch's free tier covers a dashboard of up to 50 metrics.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        config: Config,
        storage: Storage,
        functions: Functions,
        api: Api,
    ) -> None:
        super().__init__(scope, id_)
        stage = {"ApiName": api.rest_api.rest_api_name, "Stage": config.stage}
        table = {"TableName": storage.table.table_name}
        own = {"stage": config.stage}
        rows = [
            [
                _graph("Requests", _metrics("AWS/ApiGateway", stage, "Count", "4XXError")),
                _graph("Failures (5xx)", _metrics("AWS/ApiGateway", stage, "5XXError")),
                _graph(
                    "Latency of the API, ms",
                    _metrics("AWS/ApiGateway", stage, "Latency", statistics=("p50", "p95", "p99")),
                ),
            ],
            [
                _graph(
                    "Uploads and downloads",
                    _metrics(METRICS_NAMESPACE, own, "Uploads", "Downloads"),
                ),
                _graph(
                    "Bytes",
                    _metrics(METRICS_NAMESPACE, own, "UploadedBytes", "DownloadedBytes"),
                ),
                _graph(
                    "Latency of the functions, ms",
                    _metrics(METRICS_NAMESPACE, own, "Latency", statistics=("p50", "p95")),
                ),
            ],
            [
                _graph("Errors by code", [_search("Errors", "error_code", config)]),
                _graph("Verdicts", [_search("Verdicts", "verdict", config)]),
                _graph(
                    "Sweep",
                    _metrics(METRICS_NAMESPACE, own, "Swept", "SweepFailures"),
                ),
            ],
            [
                _graph("Function errors", _of(functions, config.functions, "Errors", "Sum")),
                _graph(
                    "Duration of background functions, ms",
                    _of(functions, _background(config), "Duration", "Maximum"),
                ),
                _graph(
                    "Table capacity and throttling",
                    _metrics(
                        "AWS/DynamoDB",
                        table,
                        "ConsumedReadCapacityUnits",
                        "ConsumedWriteCapacityUnits",
                        "ReadThrottleEvents",
                        "WriteThrottleEvents",
                    ),
                ),
            ],
        ]
        dashboard = cloudwatch.Dashboard(self, "Dashboard", widgets=rows)
        self.name = dashboard.dashboard_name


def _graph(title: str, metrics: list[cloudwatch.IMetric]) -> cloudwatch.IWidget:
    return cloudwatch.GraphWidget(title=title, left=metrics, width=_WIDTH)


def _metrics(
    namespace: str,
    dimensions: dict[str, str],
    *names: str,
    statistics: tuple[str, ...] = ("Sum",),
) -> list[cloudwatch.IMetric]:
    return [
        cloudwatch.Metric(
            namespace=namespace,
            metric_name=name,
            dimensions_map=dimensions,
            statistic=statistic,
            label=name if len(statistics) == 1 else statistic,
        )
        for name in names
        for statistic in statistics
    ]


def _background(config: Config) -> tuple[Function, ...]:
    """Return the functions that no request waits for; the graphs above cover the others."""
    return tuple(spec for spec in config.functions if not spec.routes and not spec.authorizes)


def _of(
    functions: Functions, specs: tuple[Function, ...], name: str, statistic: str
) -> list[cloudwatch.IMetric]:
    return [
        cloudwatch.Metric(
            namespace="AWS/Lambda",
            metric_name=name,
            dimensions_map={"FunctionName": functions.by_name[spec.name].function_name},
            statistic=statistic,
            label=spec.name,
        )
        for spec in specs
    ]


def _search(name: str, by: str, config: Config) -> cloudwatch.IMetric:
    """Return a search for all metrics of a name, whatever the values of the dimension `by`."""
    query = f'{{{METRICS_NAMESPACE},stage,{by}}} MetricName="{name}" stage="{config.stage}"'
    return cloudwatch.MathExpression(
        expression=f"SEARCH('{query}', 'Sum')", using_metrics={}, label="", period=_HOUR
    )
