"""The cdk-nag findings that are accepted, each with its reason."""

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
    """Acknowledge the accepted findings; any other finding fails the synth."""
    if not config.access_log_bucket:
        _accept(
            storage.bucket, "S1", "The API's access log has every read; S3's own log is optional."
        )
    for function in functions.by_name.values():
        _accept(function, "L1", "Python 3.13 is current; newer runtimes are adopted deliberately.")
    _accept(functions, "IAM5[Resource::*]", "X-Ray's two write actions do not support resources.")
    bucket = Stack.of(storage).get_logical_id(cast("CfnElement", storage.bucket.node.default_child))
    for artifact_type in ARTIFACT_TYPES:
        _accept(
            functions,
            f"IAM5[Resource::<{bucket}.Arn>/{artifact_type}/*]",
            "Model names are data: a role can name the key prefix, but not the keys.",
        )
    for queue in streams.queues.values():
        _accept(queue, "SQS3", "This is itself the dead-letter queue of a stream's event source.")
    _accept(api, "APIG2", "The functions validate every request and name the invalid field.")
    if not config.waf:
        _accept(api, "APIG3", "A web ACL costs money while idle; the operator can opt in.")
    _accept(api, "APIG6", "The access log has every request; execution logs would add headers.")
    _accept(api, "COG4", "Callers use AWS signatures or bearer tokens; there is no user pool.")
    if config.api_log_role:
        _accept(api, f"IAM4[Policy::{_LOG_ROLE}]", "API Gateway requires exactly this policy.")
    for method in api.open_methods:
        _accept(method, "APIG4", "Public in the contract, or the API was opened deliberately.")


def _accept(construct: IConstruct, finding: str, reason: str) -> None:
    Validations.of(construct).acknowledge(
        Acknowledgment(id=f"AwsSolutions::AwsSolutions-{finding}", reason=reason)
    )
