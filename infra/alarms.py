"""The alarms: what users notice, one per kind of failure; and with `alarms=all` each function's.

CloudWatch bills an alarm by the metrics it looks at, so each looks at one. The name of each is a
heading in docs/operations.md that says what to do.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sns as sns
from constructs import Construct

from infra.api import Api
from infra.config import Config
from infra.functions import Functions
from infra.storage import Storage
from infra.streams import Streams
from lambdas.contract.environment import METRICS_NAMESPACE
from lambdas.contract.functions import Function

PERIOD: Final = Duration.minutes(5)
OLDEST_MINUTES: Final = 30
"""How old an event may get before somebody looks why nothing is inspected."""


@dataclass(frozen=True, slots=True)
class Watch:
    """One metric whose statistic over five minutes should be below `at`."""

    name: str
    means: str
    namespace: str
    metric: str
    dimensions: dict[str, str] = field(default_factory=dict)
    at: int = 1
    statistic: str = "Sum"


class Alarms(Construct):
    """One alarm per watch; they tell the configured topic, or nobody."""

    def __init__(  # noqa: PLR0913 - one argument per construct that is watched
        self,
        scope: Construct,
        id_: str,
        *,
        config: Config,
        storage: Storage,
        functions: Functions,
        streams: Streams,
        api: Api,
    ) -> None:
        super().__init__(scope, id_)
        self.topics = list(_topics(self, config))
        watches = [*_essential(config, storage, functions, api), *_each_stream(streams)]
        if config.alarms == "all":
            watches += _each_function(config, functions)
        for watch in watches:
            alarm = cloudwatch.Alarm(
                self,
                watch.name,
                metric=cloudwatch.Metric(
                    namespace=watch.namespace,
                    metric_name=watch.metric,
                    dimensions_map=watch.dimensions,
                    statistic=watch.statistic,
                    period=PERIOD,
                ),
                alarm_description=f"{watch.name}: {watch.means} See docs/operations.md.",
                threshold=watch.at,
                evaluation_periods=1,
                comparison_operator=(
                    cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD
                ),
                # Nothing is measured while nobody uses the registry.
                treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
            )
            for topic in self.topics:
                alarm.add_alarm_action(actions.SnsAction(topic))


def _topics(scope: Construct, config: Config) -> Iterator[sns.ITopic]:
    if config.alarm_topic_arn:
        yield sns.Topic.from_topic_arn(scope, "GivenTopic", config.alarm_topic_arn)
    if config.alarm_email:
        topic = sns.Topic(scope, "Topic", enforce_ssl=True)
        # A policy of its own replaces the default, under which alarms may publish.
        topic.add_to_resource_policy(
            iam.PolicyStatement(
                principals=[iam.ServicePrincipal("cloudwatch.amazonaws.com")],
                actions=["sns:Publish"],
                resources=[topic.topic_arn],
                conditions={"StringEquals": {"aws:SourceAccount": topic.stack.account}},
            )
        )
        sns.Subscription(
            scope,
            "Mail",
            topic=topic,
            protocol=sns.SubscriptionProtocol.EMAIL,
            endpoint=config.alarm_email,
        )
        yield topic


def _essential(config: Config, storage: Storage, functions: Functions, api: Api) -> Iterator[Watch]:
    stage = {"ApiName": api.rest_api.rest_api_name, "Stage": config.stage}
    yield Watch(
        "ApiServerErrors",
        "the API answered with a 5xx.",
        "AWS/ApiGateway",
        "5XXError",
        stage,
    )
    for spec in config.functions:
        # Those with routes show as the API's 5xx, and so does an authorizer that fails; its other
        # errors are tokens that it refused.
        if not spec.routes and not spec.authorizes:
            yield _errors(spec, functions)
    yield Watch(
        "CleanupFailures",
        "the clean-up left something that it could not remove.",
        METRICS_NAMESPACE,
        "CleanupFailures",
        {"stage": config.stage},
    )
    yield Watch(
        "FunctionThrottles",
        "Lambda refused to run a function of this account and region.",
        "AWS/Lambda",
        "Throttles",
    )
    table = {"TableName": storage.table.table_name}
    for kind in ("Read", "Write"):
        yield Watch(
            f"Table{kind}Throttles",
            f"DynamoDB refused a {kind.lower()} because of its rate.",
            "AWS/DynamoDB",
            f"{kind}ThrottleEvents",
            table,
        )


def _each_stream(streams: Streams) -> Iterator[Watch]:
    for name, queue in streams.queues.items():
        yield Watch(
            f"{name}DeadLetters",
            "a version could not be inspected and waits in the dead-letter queue.",
            "AWS/SQS",
            "ApproximateNumberOfMessagesVisible",
            {"QueueName": queue.queue_name},
            statistic="Maximum",
        )
        yield Watch(
            f"{name}Age",
            "the oldest version that waits for its inspection waits too long.",
            "AWS/Lambda",
            "IteratorAge",
            {"FunctionName": streams.functions[name].function_name},
            at=OLDEST_MINUTES * 60_000,
            statistic="Maximum",
        )


def _each_function(config: Config, functions: Functions) -> Iterator[Watch]:
    for spec in config.functions:
        if spec.routes:
            yield _errors(spec, functions)
        yield Watch(
            f"{spec.name}Throttles",
            f"Lambda refused to run {spec.name}.",
            "AWS/Lambda",
            "Throttles",
            {"FunctionName": functions.by_name[spec.name].function_name},
        )


def _errors(spec: Function, functions: Functions) -> Watch:
    return Watch(
        f"{spec.name}Errors",
        f"{spec.name} ended with an error or ran out of time or memory.",
        "AWS/Lambda",
        "Errors",
        {"FunctionName": functions.by_name[spec.name].function_name},
    )
