"""What cdk-nag finds and we keep, one line with its reason for each finding."""

from typing import Final, cast

from aws_cdk import Acknowledgment, CfnElement, Stack, Validations
from constructs import IConstruct

from infra.api import Api
from infra.config import Config
from infra.functions import Functions
from infra.storage import Storage
from infra.streams import Streams
from lambdas.contract.limits import ARTIFACT_TYPES

_LOG_ROLE: Final = (
    "arn:<AWS::Partition>:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs"
)


def acknowledge_findings(
    config: Config, *, storage: Storage, functions: Functions, streams: Streams, api: Api
) -> None:
    """Record every finding that stays; one that is not here fails the synth."""
    if not config.access_log_bucket:
        _keep(
            storage.bucket, "S1", "Who read what is in the API's access log; S3 logs stay optional."
        )
    for function in functions.by_name.values():
        _keep(function, "L1", "Python 3.13 is current on Lambda; a newer one is chosen knowingly.")
    _keep(functions, "IAM5[Resource::*]", "X-Ray's two write actions know no resources.")
    bucket = Stack.of(storage).get_logical_id(cast("CfnElement", storage.bucket.node.default_child))
    for artifact_type in ARTIFACT_TYPES:
        _keep(
            functions,
            f"IAM5[Resource::<{bucket}.Arn>/{artifact_type}/*]",
            "Names of models are data: a role can name the key prefix, not the keys.",
        )
    for queue in streams.queues.values():
        _keep(queue, "SQS3", "It is the dead-letter queue of a stream's event source.")
    _keep(api, "APIG2", "The functions check every request and name the wrong field.")
    if not config.waf:
        _keep(api, "APIG3", "A web ACL costs money while idle; it is a choice of the account.")
    _keep(api, "APIG6", "The access log has every request; execution logs would add headers.")
    _keep(api, "COG4", "Callers sign with AWS credentials; there is no user pool.")
    if config.api_log_role:
        _keep(api, f"IAM4[Policy::{_LOG_ROLE}]", "API Gateway asks for exactly this policy.")
    for method in api.open_methods:
        _keep(method, "APIG4", "Public in the contract, or the whole API was opened knowingly.")


def _keep(construct: IConstruct, finding: str, reason: str) -> None:
    Validations.of(construct).acknowledge(
        Acknowledgment(id=f"AwsSolutions::AwsSolutions-{finding}", reason=reason)
    )
