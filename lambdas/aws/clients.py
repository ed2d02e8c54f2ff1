"""The AWS clients, created once per process; they time out before the gateway does, at 29 s."""

import os
from functools import cache
from typing import TYPE_CHECKING

import boto3
from botocore.config import Config

from lambdas.registry.parallel import MAX_THREADS

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client


@cache
def s3(region: str) -> "S3Client":
    """Return the process's S3 client, whose presigned URLs name the bucket's own region.

    Unless the addressing style is virtual, botocore presigns for the global endpoint, which
    redirects requests for a new bucket in another region and so invalidates their signature. A
    local engine has no such host names.
    """
    config = Config(
        connect_timeout=2,
        read_timeout=8,
        retries={"mode": "standard", "max_attempts": 3},
        # Presigned URLs still default to version 2, which does not sign headers.
        signature_version="s3v4",
        # One connection for each thread of `registry.parallel`.
        max_pool_connections=MAX_THREADS,
        s3={"addressing_style": "path" if _has_own_endpoint() else "virtual"},
    )
    return boto3.client("s3", region_name=region, config=config)


@cache
def dynamodb(region: str) -> "DynamoDBClient":
    """Return the process's DynamoDB client."""
    config = Config(
        connect_timeout=2, read_timeout=4, retries={"mode": "standard", "max_attempts": 4}
    )
    return boto3.client("dynamodb", region_name=region, config=config)


def _has_own_endpoint() -> bool:
    return bool(os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL"))
