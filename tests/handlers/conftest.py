"""Handlers against moto, with the seed's default names and nothing else in place."""

from collections.abc import Iterator

import pytest

from tests.support import aws


@pytest.fixture(scope="module", autouse=True)
def _cloud() -> Iterator[None]:
    with aws.cloud():
        yield


@pytest.fixture(autouse=True)
def registry() -> Iterator[None]:
    """An empty registry."""
    with aws.empty_registry():
        yield


@pytest.fixture
def calls() -> Iterator[aws.AwsCalls]:
    """The AWS calls of the code under test."""
    with aws.observed_calls() as observed:
        yield observed
