"""Upload sessions and the guard on the deployed stack: presigned URLs, stream, inspector."""

from __future__ import annotations

import os
import pickle
from typing import TYPE_CHECKING, Any

import pytest

from lambdas.aws.dynamodb.packing import pack_inspection
from lambdas.registry.verdict import Inspection
from tests.support.over_http import MIB, SINGLE_PUT_BYTES, TIMEOUT_S, send, sha256
from tests.support.waiting import wait_until

if TYPE_CHECKING:
    import boto3
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client

    from local.stack import Stack
    from tests.support.over_http import Api


class Exploit:
    """Names a dangerous function in its pickle; nothing here ever loads it."""

    def __reduce__(self) -> tuple[Any, ...]:
        return (os.system, ("true",))


def test_an_interrupted_upload_in_parts_is_resumed_served_and_not_sent_again(
    api: Api,
) -> None:
    # GIVEN a session of which some requests were sent when the client died
    contents = {"weights.bin": os.urandom(SINGLE_PUT_BYTES + 5 * MIB), "config.json": b"{}"}
    session = api.begin("resumed", contents)
    before = send(session, contents, most=3)
    refused = api.complete(session)
    assert (refused.status_code, refused.json()["error_code"]) == (409, "UPLOAD_INCOMPLETE")
    # WHEN another client resumes it
    resumed = api.resume(session).json()
    after = send(resumed, contents)
    answers = [api.complete(session).json() for _ in range(2)]
    # THEN nothing was sent twice, and completing twice is completing once
    assert before + after == sum(map(len, contents.values()))
    assert answers[0] == answers[1]
    assert answers[0]["version"] == 1
    weights = {"file": "weights.bin"}
    redirect = api.fetch_inspected("resumed", params=weights, allow_redirects=False)
    assert redirect.status_code == 302
    assert api.fetch("resumed", params=weights).content == contents["weights.bin"]
    # WHEN the same is pushed again
    again = api.begin("resumed", contents)
    # THEN no bytes are sent
    assert send(again, contents) == 0
    assert api.complete(again).json()["version"] == 2


def test_three_hundred_files_are_one_version(api: Api) -> None:
    contents = {f"shards/{number:03}.bin": b"tensor" + os.urandom(2_000) for number in range(300)}
    session = api.begin("sharded", contents)

    send(session, contents)
    version = api.complete(session).json()

    assert {file["path"]: file["sha256"] for file in version["files"]} == {
        path: sha256(content) for path, content in contents.items()
    }
    answer = api.fetch_inspected("sharded", params={"file": "shards/299.bin"})
    assert answer.content == contents["shards/299.bin"]


def test_an_aborted_session_is_gone(api: Api) -> None:
    contents = {"a.bin": b"never committed"}
    session = api.begin("aborted", contents)
    send(session, contents)
    assert api.abort(session).status_code == 204
    assert api.resume(session).json()["error_code"] == "UPLOAD_NOT_FOUND"
    assert api.fetch("aborted").json()["error_code"] == "MODEL_NOT_FOUND"


@pytest.mark.parametrize("query", [{}, {"allow_unverified": "true"}])
def test_the_inspector_keeps_a_large_malicious_file_from_every_caller(
    api: Api, query: dict[str, str]
) -> None:
    contents = {"model.pkl": pickle.dumps(Exploit()) + os.urandom(5 * MIB)}
    session = api.begin("malicious", contents)
    send(session, contents)
    api.complete(session)

    answer = api.fetch_inspected("malicious", params=query)

    assert (answer.status_code, answer.json()["error_code"]) == (403, "ARTIFACT_MALICIOUS")
    record = api.ask("GET", "/models/malicious").json()
    assert record["versions"]["model"]["verdict"] == "malicious"
    assert record["scores"]["net_score"] == 0


def test_a_small_malicious_upload_is_refused_at_once(api: Api) -> None:
    uploaded = api.upload("small-malice", pickle.dumps(Exploit()))
    answer = api.fetch("small-malice")
    assert uploaded.json()["verdict"] == "malicious"
    assert answer.json()["error_code"] == "ARTIFACT_MALICIOUS"


def test_what_the_inspector_cannot_read_ends_in_the_dead_letter_queue_and_is_never_served(
    api: Api, deployed: Stack, s3: S3Client, dynamodb: DynamoDBClient, aws: boto3.Session
) -> None:
    # GIVEN a committed version whose bytes are lost
    contents = {"model.pkl": os.urandom(5 * MIB)}
    session = api.begin("lost", contents)
    send(session, contents)
    (file,) = api.complete(session).json()["files"]
    api.fetch_inspected("lost", allow_redirects=False)
    (stored,) = s3.list_object_versions(Bucket=deployed.bucket, Prefix=file["s3_key"])["Versions"]
    s3.delete_object(Bucket=deployed.bucket, Key=file["s3_key"], VersionId=stored["VersionId"])
    # WHEN it waits for an inspection as a new version does
    dynamodb.update_item(
        TableName=deployed.table,
        Key={"name": {"S": "lost"}, "item": {"S": "version/model/0000000001"}},
        UpdateExpression="SET due = :mark, inspection = :pending",
        ExpressionAttributeValues={
            ":mark": {"S": "test"},
            ":pending": {"B": pack_inspection(Inspection())},
        },
    )
    # THEN it is tried, given up, and kept for an operator
    sqs = aws.client("sqs", endpoint_url=s3.meta.endpoint_url)
    (queue,) = [url for url in sqs.list_queues()["QueueUrls"] if "DeadLetters" in url]
    count = "ApproximateNumberOfMessages"

    def dead() -> bool:
        answer = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=[count])
        return int(answer["Attributes"][count]) > 0

    wait_until(dead, timeout_s=3 * TIMEOUT_S)  # the engine gives an event up after a minute
    answer = api.fetch("lost", params={"version": 1})
    assert (answer.status_code, answer.json()["error_code"]) == (409, "ARTIFACT_PENDING")
