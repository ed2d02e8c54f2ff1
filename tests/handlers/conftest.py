"""Handlers against moto, with the seed's default names and nothing else in place."""

from collections.abc import Iterator

import pytest
from moto import mock_aws

from lambdas.aws import clients
from tests.support import aws


@pytest.fixture(autouse=True)
def registry() -> Iterator[None]:
    """An empty registry."""
    clients.s3.cache_clear()
    clients.dynamodb.cache_clear()
    with mock_aws():
        aws.create_bucket()
        aws.create_table()
        yield


@pytest.fixture
def calls() -> Iterator[aws.AwsCalls]:
    """The AWS calls of the code under test."""
    with aws.observed_calls() as observed:
        yield observed
