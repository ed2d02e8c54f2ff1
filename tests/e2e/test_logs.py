"""What a full run logged: no secret, no signed URL, no body; and one id from end to end."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from tests.support.over_http import Api, send

if TYPE_CHECKING:
    import boto3
    import requests

    from local.engine import Engine

BODY = b"a-body-that-no-log-may-hold-" * 400
FIELD = "a-message-that-no-log-may-hold"
TOKEN = "a-token-that-no-log-may-hold"
LARGE = 5_000_000


@dataclass(frozen=True)
class Logs:
    """All log groups, and what the engine's own process wrote."""

    engine: Engine
    aws: boto3.Session

    def lines(self) -> list[str]:
        client = self.aws.client("logs", endpoint_url=self.engine.url)
        groups = client.get_paginator("describe_log_groups").paginate()
        names = [group["logGroupName"] for page in groups for group in page["logGroups"]]
        events = [
            event["message"]
            for name in names
            for page in client.get_paginator("filter_log_events").paginate(logGroupName=name)
            for event in page["events"]
        ]
        own = self.engine.log.read_text(errors="replace")
        return [line for text in (*events, own) for line in text.splitlines()]


@pytest.fixture(scope="module")
def logs(engine: Engine, aws: boto3.Session) -> Logs:
    return Logs(engine, aws)


@dataclass(frozen=True)
class Run:
    """What everything wrote, and the id of the request that completed the large upload."""

    lines: list[str]
    completed: str


@pytest.fixture(scope="module")
def run(api_url: str, logs: Logs) -> Run:
    """A run that uses all of the API, refusals included."""
    api = Api(api_url, TOKEN)

    def small(name: str) -> requests.Response:
        return api.upload_form(("m.bin", BODY), model_name=name, message=FIELD)

    assert small("logged").status_code == 200
    assert small("no/name").status_code == 400
    assert api.fetch("logged").content == BODY
    assert api.fetch("absent").status_code == 404
    contents = {"big.bin": BODY * (LARGE // len(BODY) + 1)}
    session = api.begin("large", contents)
    send(session, contents)
    assert api.resume(session).status_code == 200
    completed = api.complete(session)
    assert completed.status_code == 200
    redirect = api.fetch_inspected("large", allow_redirects=False)
    assert "X-Amz-Signature" in redirect.headers["Location"]
    api.ask("PATCH", "/models/logged", json={"description": FIELD})
    api.ask("PATCH", "/models/logged", data=FIELD)
    api.ask("DELETE", "/models/large")
    assert api.ask("GET", "/models/large/audit").json()["events"]
    return Run(logs.lines(), completed.headers["x-request-id"])


@pytest.fixture(scope="module")
def logged(run: Run) -> list[str]:
    """What the run wrote."""
    return run.lines


def test_the_inspector_logs_under_the_id_that_the_gateway_gave_the_upload(run: Run) -> None:
    inspected = [line for line in run.lines if '"message":"inspected"' in line and "large" in line]
    assert inspected
    assert all(f'"correlation_id":"{run.completed}"' in line for line in inspected)


def test_the_run_was_logged_at_all(logged: list[str]) -> None:
    # GIVEN logs that would be empty if the functions wrote elsewhere
    counted = [json.loads(line[line.index("{") :]) for line in logged if '{"_aws"' in line]
    # THEN requests have their metrics, and the refusal its log line
    assert sum(line.get("Uploads", 0) for line in counted) >= 2
    assert sum(line.get("Downloads", 0) for line in counted) >= 2
    assert [line for line in logged if '"error_code":"INVALID_NAME"' in line]


@pytest.mark.parametrize(
    "secret",
    [
        "X-Amz-Signature=",
        "X-Amz-Credential=",
        "a-body-that-no-log-may-hold",
        FIELD,
        TOKEN,
        "aws_secret_access_key",
    ],
)
def test_no_log_holds_a_secret_or_a_body(logged: list[str], secret: str) -> None:
    # THEN neither the functions nor their libraries wrote it
    found = [line[:300] for line in logged if secret.lower() in line.lower()]
    assert found == []


def test_a_refusal_is_found_in_the_log_by_the_id_that_the_caller_got(api: Api, logs: Logs) -> None:
    # GIVEN a refused request
    answer = api.fetch("a--b")
    request_id = answer.headers["x-request-id"]
    # WHEN its id is looked for
    found = "\n".join(line for line in logs.lines() if request_id in line)
    # THEN the function's record and its metrics have it
    assert re.search(rf'"correlation_id":\s*"{request_id}"', found)
    assert re.search(rf'"request_id":\s*"{request_id}"', found)
