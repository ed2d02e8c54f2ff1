"""What each request writes for CloudWatch to count: embedded metric format, one line each."""

import json
from typing import Any

import pytest

from lambdas.aws import resources
from lambdas.aws.dynamodb.table import DynamoTable
from lambdas.contract.environment import METRICS_NAMESPACE
from lambdas.functions.sweep.handler import lambda_handler as sweep
from lambdas.registry.ports import Intent
from lambdas.registry.verdict import Inspection, Verdict
from lambdas.registry.version import File, Version
from lambdas.web import metrics
from tests.support import events

Lines = list[dict[str, Any]]


def lines(capsys: pytest.CaptureFixture[str]) -> Lines:
    written = capsys.readouterr().err.splitlines()
    return [line for line in map(json.loads, written) if "_aws" in line]


def sums(found: Lines) -> dict[str, float]:
    """Return the metrics by name, with the value of the dimension that tells them apart."""
    read = {}
    for line in found:
        (described,) = line["_aws"]["CloudWatchMetrics"]
        ((*others,),) = described["Dimensions"]
        others.remove("stage")
        for metric in described["Metrics"]:
            name = ":".join([metric["Name"], *(line[other] for other in others)])
            read[name] = line[metric["Name"]]
    return read


def test_an_upload_counts_itself_and_its_bytes(capsys: pytest.CaptureFixture[str]) -> None:
    events.upload(b"seven b")
    counted = sums(lines(capsys))
    assert counted["Uploads"] == 1
    assert counted["UploadedBytes"] == 7
    assert counted["Latency"] > 0


def test_a_download_counts_itself_and_its_bytes(capsys: pytest.CaptureFixture[str]) -> None:
    events.upload(b"seven b")
    capsys.readouterr()
    events.fetch()
    counted = sums(lines(capsys))
    assert (counted["Downloads"], counted["DownloadedBytes"]) == (1, 7)
    assert "Uploads" not in counted


def test_reading_metadata_does_not_count_as_a_download(capsys: pytest.CaptureFixture[str]) -> None:
    events.upload()
    capsys.readouterr()
    events.fetch(query="metadata_only=true")
    assert set(sums(lines(capsys))) == {"Latency"}


def test_a_refusal_counts_by_its_code_and_not_as_an_upload(
    capsys: pytest.CaptureFixture[str],
) -> None:
    events.upload(name="no/name")
    counted = sums(lines(capsys))
    assert counted["Errors:INVALID_NAME"] == 1
    assert "Uploads" not in counted


def test_a_line_has_the_request_its_status_and_the_format_that_cloudwatch_reads(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STAGE", "blue")

    answer = events.upload()

    (line,) = [line for line in lines(capsys) if "Uploads" in line]
    (described,) = line["_aws"]["CloudWatchMetrics"]
    assert described["Namespace"] == METRICS_NAMESPACE
    assert described["Dimensions"] == [["stage"]]
    assert {metric["Unit"] for metric in described["Metrics"]} == {
        "Count",
        "Bytes",
        "Milliseconds",
    }
    assert isinstance(line["_aws"]["Timestamp"], int)
    assert line["stage"] == "blue"
    assert line["request_id"] == answer.headers["x-request-id"]
    assert line["status"] == 200


def test_one_request_leaves_nothing_for_the_next(capsys: pytest.CaptureFixture[str]) -> None:
    events.upload()
    events.upload()
    found = lines(capsys)
    assert [line["Uploads"] for line in found if "Uploads" in line] == [1, 1]


@pytest.mark.parametrize("verdict", Verdict)
def test_a_version_counts_its_verdict_once_it_has_one(
    verdict: Verdict, capsys: pytest.CaptureFixture[str]
) -> None:
    file = File("a", 3, "0" * 64, "model/a/a", "text/plain")
    version = Version("model", 1, (file,), "2030-01-01T00:00:00Z", "", Inspection(verdict))
    metrics.uploaded(version)
    metrics.flush()
    counted = sums(lines(capsys))
    assert counted.get(f"Verdicts:{verdict.value}") == (None if verdict is Verdict.PENDING else 1)


def test_a_pass_of_the_sweep_counts_what_it_did(capsys: pytest.CaptureFixture[str]) -> None:
    # WHEN nothing is due THEN nothing is written, which would cost money
    sweep({}, None)
    assert sums(lines(capsys)) == {}
    # AND otherwise what was done is counted
    resources.on_table(DynamoTable).open_intent("cut-off", Intent("upload-1", (), 1))
    sweep({}, None)
    assert sums(lines(capsys)) == {"Swept": 1}


def test_an_upload_counts_once_however_often_its_answer_is_written(
    capsys: pytest.CaptureFixture[str],
) -> None:
    for _ in range(2):
        events.upload(b"weights", headers={"Idempotency-Key": "once"})
    upload_id = events.begin({"a": b"a"}).json["upload_id"]
    events.send(events.resume(upload_id).json["files"], {"a": b"a"})
    for _ in range(3):
        events.complete(upload_id)

    written = lines(capsys)
    assert sum(line.get("Uploads", 0) for line in written) == 2
    assert sum(line.get("UploadedBytes", 0) for line in written) == len(b"weights") + 1
