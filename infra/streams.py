"""The stream that drives inspections: filtered, retried, and with a dead-letter queue."""

import json
from typing import Final

from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.config import Config
from infra.functions import Functions
from infra.storage import Storage

STREAM_ACTIONS: Final = (
    "dynamodb:DescribeStream",
    "dynamodb:GetRecords",
    "dynamodb:GetShardIterator",
)
"""What Lambda needs to poll a stream; listing all streams is not necessary."""
RETRIES: Final = 3


class Streams(Construct):
    """One event source and one dead-letter queue for each function that follows the table."""

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        config: Config,
        storage: Storage,
        functions: Functions,
    ) -> None:
        super().__init__(scope, id_)
        self.queues: dict[str, sqs.Queue] = {}
        self.functions = functions.by_name
        for spec in config.functions:
            if spec.follows_attribute is not None:
                mapping = self._follow(spec.name, spec.follows_attribute, storage, functions)
                mapping.maximum_record_age_in_seconds = config.inspection_patience_s

    def _follow(
        self, name: str, attribute: str, storage: Storage, functions: Functions
    ) -> lambda_.CfnEventSourceMapping:
        function = functions.by_name[name]
        stream_arn = storage.table.table_stream_arn or ""
        queue = sqs.Queue(
            self,
            f"{name}DeadLetters",
            encryption=sqs.QueueEncryption.SQS_MANAGED,
            enforce_ssl=True,
            retention_period=Duration.days(14),
            removal_policy=RemovalPolicy.DESTROY,
        )
        self.queues[name] = queue
        for actions, resource in (
            (STREAM_ACTIONS, stream_arn),
            (("sqs:SendMessage",), queue.queue_arn),
        ):
            if function.role is not None:
                function.role.add_to_principal_policy(
                    iam.PolicyStatement(actions=list(actions), resources=[resource])
                )
        mapping = lambda_.CfnEventSourceMapping(
            self,
            name,
            function_name=functions.entries[name].function_arn,
            event_source_arn=stream_arn,
            starting_position="TRIM_HORIZON",
            batch_size=1,
            parallelization_factor=4,
            maximum_retry_attempts=RETRIES,
            bisect_batch_on_function_error=True,
            filter_criteria=lambda_.CfnEventSourceMapping.FilterCriteriaProperty(
                filters=[lambda_.CfnEventSourceMapping.FilterProperty(pattern=_having(attribute))]
            ),
            destination_config=lambda_.CfnEventSourceMapping.DestinationConfigProperty(
                on_failure=lambda_.CfnEventSourceMapping.OnFailureProperty(
                    destination=queue.queue_arn
                )
            ),
        )
        mapping.node.add_dependency(function)
        return mapping


def _having(attribute: str) -> str:
    """Return the filter pattern for new or changed items that have the attribute."""
    image = {attribute: {"S": [{"exists": True}]}}
    pattern = {"eventName": ["INSERT", "MODIFY"], "dynamodb": {"NewImage": image}}
    return json.dumps(pattern, separators=(",", ":"))
