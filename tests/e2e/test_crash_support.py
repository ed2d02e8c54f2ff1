"""The tool that the crash tests trust: it kills where it says."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from local.engine import client_environment
from tests.support.crash import aws_calls, kill_at

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

    from local.engine import Engine

SNIPPET = """
import boto3
s3 = boto3.client("s3")
s3.create_bucket(Bucket="{bucket}")
s3.put_object(Bucket="{bucket}", Key="first", Body=b"1")
s3.put_object(Bucket="{bucket}", Key="second", Body=b"2")
"""


@pytest.fixture
def bucket() -> str:
    return f"crash-{uuid4()}"


def keys(s3: S3Client, bucket: str) -> list[str]:
    return [found["Key"] for found in s3.list_objects_v2(Bucket=bucket).get("Contents", [])]


def test_lists_the_calls_of_a_snippet(engine: Engine, s3: S3Client, bucket: str) -> None:
    # WHEN a snippet runs under observation
    calls = aws_calls(SNIPPET.format(bucket=bucket), client_environment(engine.url))

    # THEN its calls are named in order, and it had its effect
    assert calls == ["s3:CreateBucket", "s3:PutObject", "s3:PutObject"]
    assert keys(s3, bucket) == ["first", "second"]


@pytest.mark.parametrize(("when", "left"), [("before", ["first"]), ("after", ["first", "second"])])
def test_kills_before_or_after_a_call(
    engine: Engine, s3: S3Client, bucket: str, when: str, left: list[str]
) -> None:
    # WHEN the snippet is killed around its third call
    kill_at(SNIPPET.format(bucket=bucket), client_environment(engine.url), call=2, when=when)

    # THEN the call took effect only when it was killed after it
    assert keys(s3, bucket) == left


def test_a_crash_that_did_not_happen_is_a_failure(engine: Engine, bucket: str) -> None:
    # WHEN the snippet ends before the call to be killed at, THEN the helper fails
    with pytest.raises(AssertionError, match="ended with 0"):
        kill_at(
            SNIPPET.format(bucket=bucket), client_environment(engine.url), call=9, when="before"
        )
