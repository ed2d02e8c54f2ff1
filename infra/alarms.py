"""The alarms: one for each kind of failure that users notice and, with `alarms=all`, per function.

CloudWatch bills an alarm by the number of its metrics, so each watches one. The name of each is a
heading in docs/operations.md, with instructions.
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
MAX_EVENT_AGE_MINUTES: Final = 30
"""Age of the oldest stream event at which the inspector's alarm goes off."""


@dataclass(frozen=True, slots=True)
class Watch:
    """A metric whose statistic over five minutes should be below `threshold`."""

    name: str
    meaning: str
    namespace: str
    metric: str
    dimensions: dict[str, str] = field(default_factory=dict)
    threshold: int = 1
    statistic: str = "Sum"


class Alarms(Construct):
    """One alarm per watch, which notifies the configured topics, if any."""

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
                alarm_description=f"{watch.name}: {watch.meaning} See docs/operations.md.",
                threshold=watch.threshold,
                evaluation_periods=1,
                comparison_operator=(
                    cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD
                ),
                # There are no data points while the registry is idle.
                treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
            )
            for topic in self.topics:
                alarm.add_alarm_action(actions.SnsAction(topic))


def _topics(scope: Construct, config: Config) -> Iterator[sns.ITopic]:
    if config.alarm_topic_arn:
        yield sns.Topic.from_topic_arn(scope, "GivenTopic", config.alarm_topic_arn)
    if config.alarm_email:
        topic = sns.Topic(scope, "Topic", enforce_ssl=True)
        # enforce_ssl adds a policy, which replaces the default one that lets alarms publish.
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
        "the API returned a 5xx status.",
        "AWS/ApiGateway",
        "5XXError",
        stage,
    )
    for spec in config.functions:
        # Failures of functions with routes, and of the authorizer, show up as the API's 5xx; the
        # authorizer's other errors are rejected tokens.
        if not spec.routes and not spec.authorizes:
            yield _errors(spec, functions)
    yield Watch(
        "SweepFailures",
        "the sweep failed to remove some leftovers.",
        METRICS_NAMESPACE,
        "SweepFailures",
        {"stage": config.stage},
    )
    yield Watch(
        "FunctionThrottles",
        "Lambda throttled a function in this account and region.",
        "AWS/Lambda",
        "Throttles",
    )
    table = {"TableName": storage.table.table_name}
    for kind in ("Read", "Write"):
        yield Watch(
            f"Table{kind}Throttles",
            f"DynamoDB throttled a {kind.lower()}.",
            "AWS/DynamoDB",
            f"{kind}ThrottleEvents",
            table,
        )


def _each_stream(streams: Streams) -> Iterator[Watch]:
    for name, queue in streams.queues.items():
        yield Watch(
            f"{name}DeadLetters",
            "a version could not be inspected; its event is in the dead-letter queue.",
            "AWS/SQS",
            "ApproximateNumberOfMessagesVisible",
            {"QueueName": queue.queue_name},
            statistic="Maximum",
        )
        yield Watch(
            f"{name}Age",
            "a version has been waiting too long for its inspection.",
            "AWS/Lambda",
            "IteratorAge",
            {"FunctionName": streams.functions[name].function_name},
            threshold=MAX_EVENT_AGE_MINUTES * 60_000,
            statistic="Maximum",
        )


def _each_function(config: Config, functions: Functions) -> Iterator[Watch]:
    for spec in config.functions:
        if spec.routes:
            yield _errors(spec, functions)
        yield Watch(
            f"{spec.name}Throttles",
            f"Lambda throttled {spec.name}.",
            "AWS/Lambda",
            "Throttles",
            {"FunctionName": functions.by_name[spec.name].function_name},
        )


def _errors(spec: Function, functions: Functions) -> Watch:
    return Watch(
        f"{spec.name}Errors",
        f"{spec.name} failed, or ran out of time or memory.",
        "AWS/Lambda",
        "Errors",
        {"FunctionName": functions.by_name[spec.name].function_name},
    )
