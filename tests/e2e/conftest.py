"""One engine and one deployment per session; sockets reach the loopback interface only."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import boto3
import pytest

from local import stack
from local.engine import REGION, Engine, client_environment, free_port
from tests.support.over_http import Api

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client

HERE = Path(__file__).parent
LOOPBACK = ["127.0.0.1", "localhost"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.allow_hosts(LOOPBACK))


@pytest.fixture(scope="session")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """The tests' own engine: a free port, temporary state, gone when the session ends."""
    running = Engine(tmp_path_factory.mktemp("engine"))
    running.start(free_port(), with_parent=True)
    yield running
    running.stop()


@pytest.fixture(scope="session")
def deployed(engine: Engine) -> stack.Stack:
    """The same stack that ops teams deploy, deployed once."""
    return stack.deploy(engine, engine.home / "cdk")


@pytest.fixture(scope="session")
def api_url(deployed: stack.Stack) -> str:
    """The API's base URL, without a trailing slash."""
    return deployed.api_url


@pytest.fixture(scope="session")
def api(api_url: str) -> Api:
    """The API as an HTTP client sees it."""
    return Api(api_url)


@pytest.fixture(scope="session")
def aws_environment(engine: Engine, deployed: stack.Stack) -> dict[str, str]:
    """The environment that a process needs to run a handler against the deployment."""
    return client_environment(engine.url) | {
        "S3_BUCKET": deployed.bucket,
        "DYNAMODB_TABLE": deployed.table,
    }


@pytest.fixture(scope="session")
def aws(engine: Engine) -> boto3.Session:
    """A boto3 session that makes clients of the engine: `aws.client("sqs", endpoint_url=…)`."""
    known = client_environment(engine.url)
    return boto3.Session(known["AWS_ACCESS_KEY_ID"], known["AWS_SECRET_ACCESS_KEY"], None, REGION)


@pytest.fixture(scope="session")
def s3(aws: boto3.Session, engine: Engine) -> S3Client:
    return aws.client("s3", endpoint_url=engine.url)


@pytest.fixture(scope="session")
def dynamodb(aws: boto3.Session, engine: Engine) -> DynamoDBClient:
    return aws.client("dynamodb", endpoint_url=engine.url)
