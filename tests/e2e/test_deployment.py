"""The session's deployment, which the other end-to-end tests rely on."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client

    from local.stack import Stack
    from tests.support.over_http import Api


def test_the_api_answers(api: Api) -> None:
    # WHEN the deployed API is asked for its health
    answer = api.ask("GET", "/health")

    # THEN it is well
    assert answer.status_code == 200


def test_bucket_and_table_are_those_of_the_stack(
    deployed: Stack, s3: S3Client, dynamodb: DynamoDBClient
) -> None:
    # GIVEN the stack's outputs THEN they name a bucket and a table that exist
    assert s3.head_bucket(Bucket=deployed.bucket)["ResponseMetadata"]["HTTPStatusCode"] == 200
    assert dynamodb.describe_table(TableName=deployed.table)["Table"]["TableStatus"] == "ACTIVE"


def test_a_process_reaches_the_engine_by_its_environment_alone(
    aws_environment: dict[str, str], deployed: Stack
) -> None:
    # GIVEN a process with nothing but that environment
    program = "import boto3; print(*boto3.client('dynamodb').list_tables()['TableNames'])"

    # WHEN it uses AWS
    done = subprocess.run(
        [sys.executable, "-c", program],
        check=True,
        env=aws_environment,
        capture_output=True,
        text=True,
    )

    # THEN it sees the deployment's table
    assert deployed.table in done.stdout.split()
