"""Adapters on the stack's bucket and table, which the environment names.

Callers pass in the adapter's class, so that a function imports only the adapters it uses.
"""

import os
from typing import TYPE_CHECKING, TypeVar

from lambdas.aws import clients
from lambdas.aws.dynamodb.audit_trail import DynamoAuditTrail
from lambdas.contract.environment import (
    ENV_BUCKET,
    ENV_DEFAULTS,
    ENV_GUARD_POLICY,
    ENV_GUARD_UNKNOWN,
    ENV_REGION,
    ENV_TABLE,
)
from lambdas.registry.gate import Policy, Strictness, Unknown

if TYPE_CHECKING:
    from collections.abc import Callable

    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client

_Adapter = TypeVar("_Adapter")


def on_table(adapter: "Callable[[DynamoDBClient, str], _Adapter]") -> _Adapter:
    """Return an adapter on the registry's table."""
    return adapter(clients.dynamodb(_setting(ENV_REGION)), _setting(ENV_TABLE))


def on_bucket(adapter: "Callable[[S3Client, str], _Adapter]") -> _Adapter:
    """Return an adapter on the registry's bucket."""
    return adapter(clients.s3(_setting(ENV_REGION)), _setting(ENV_BUCKET))


def trail() -> DynamoAuditTrail:
    """Return the audit trail."""
    return on_table(DynamoAuditTrail)


def guard_policy() -> Policy:
    """Return what may be served besides clean versions."""
    return Policy(
        Strictness(os.environ.get(ENV_GUARD_POLICY) or Strictness.STANDARD),
        Unknown(os.environ.get(ENV_GUARD_UNKNOWN) or Unknown.SERVE),
    )


def warm() -> None:
    """Create the clients while a Lambda initializes; elsewhere they are created on first use."""
    if "AWS_LAMBDA_FUNCTION_NAME" in os.environ:
        clients.s3(_setting(ENV_REGION))
        clients.dynamodb(_setting(ENV_REGION))


def _setting(name: str) -> str:
    return os.environ.get(name) or ENV_DEFAULTS[name]
