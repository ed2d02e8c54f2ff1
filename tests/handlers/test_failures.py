"""Failures tell the log everything and the caller nothing; secrets reach neither."""

import json
from typing import Any

import pytest

from lambdas.aws.dynamodb.table import DynamoTable
from lambdas.functions.get_artifact.handler import lambda_handler as get_artifact
from lambdas.web.app import logger
from tests.support import aws, events
from tests.support.gateway import invoke, rest_event


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """The lines that the handlers log."""
    lines: list[dict[str, Any]] = []
    handler = logger.handlers[0]
    monkeypatch.setattr(
        handler, "emit", lambda record: lines.append(json.loads(handler.format(record)))
    )
    return lines


def test_a_bug_is_internal_to_the_caller_and_complete_in_the_log(
    monkeypatch: pytest.MonkeyPatch, log: list[dict[str, Any]]
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("secret detail")

    monkeypatch.setattr(DynamoTable, "record", broken)

    answer = events.fetch()

    assert (answer.status, answer.error_code) == (500, "INTERNAL")
    assert "secret detail" not in answer.body.decode()
    assert "secret detail" in log[0]["exception"]
    assert log[0]["level"] == "ERROR"


def test_a_refusal_is_logged_at_info_under_the_request_id_that_the_client_sees(
    log: list[dict[str, Any]],
) -> None:
    event = rest_event("GET", "/artifacts/model/nobody")
    answer = invoke(get_artifact, event)
    request_id = event["requestContext"]["requestId"]
    assert answer.headers["x-request-id"] == request_id
    assert [(line["level"], line["correlation_id"]) for line in log] == [("INFO", request_id)]


def test_an_aws_failure_is_logged_as_an_error_with_its_cause(log: list[dict[str, Any]]) -> None:
    events.upload()
    aws.destroy_objects()
    events.fetch()
    assert (log[0]["level"], log[0]["error_code"]) == ("ERROR", "S3_ERROR")
    assert "NoSuch" in log[0]["exception"]


def test_throttling_by_aws_is_429_with_retry_after() -> None:
    with aws.failing("dynamodb", "GetItem", "ThrottlingException"):
        answer = events.fetch()
    assert (answer.status, answer.error_code) == (429, "THROTTLED")
    assert int(answer.headers["Retry-After"]) >= 1
