"""Upload sessions and the guard on the deployed stack: presigned URLs, stream, inspector."""

from __future__ import annotations

import hashlib
import os
import pickle
from typing import TYPE_CHECKING, Any

import pytest
import requests

from lambdas.aws.dynamodb.packing import pack_inspection
from lambdas.registry.verdict import Inspection
from tests.support.waiting import wait_until

if TYPE_CHECKING:
    import boto3
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client

    from local.stack import Stack

MIB = 1024**2
SINGLE_PUT_BYTES = 64 * MIB
PART_BYTES = 16 * MIB
TIMEOUT_S = 60
Contents = dict[str, bytes]


class Exploit:
    """Names a dangerous function in its pickle; nothing here ever loads it."""

    def __reduce__(self) -> tuple[Any, ...]:
        return (os.system, ("true",))


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def parts_of(content: bytes) -> list[bytes]:
    return [content[at : at + PART_BYTES] for at in range(0, len(content), PART_BYTES)]


def begin(api_url: str, name: str, contents: Contents) -> Any:
    files = []
    for path, content in contents.items():
        file: dict[str, Any] = {"path": path, "size": len(content), "sha256": sha256(content)}
        if len(content) > SINGLE_PUT_BYTES:
            file["part_sha256"] = [sha256(part) for part in parts_of(content)]
        files.append(file)
    answer = requests.post(
        f"{api_url}/artifact/model/uploads",
        json={"model_name": name, "files": files},
        timeout=TIMEOUT_S,
    )
    assert answer.status_code == 201, answer.text
    return answer.json()


def send(session: Any, contents: Contents, *, most: int = 10**6) -> int:
    """Send what the session needs, at most so many requests; return how many bytes went."""
    wanted = []
    for file in session["files"]:
        content = contents[file["path"]]
        if "url" in file:
            wanted.append((file, content))
        parts = parts_of(content)
        wanted += [(part, parts[part["part_number"] - 1]) for part in file.get("parts", [])]
    for request, content in wanted[:most]:
        answer = requests.put(
            request["url"], data=content, headers=request["headers"], timeout=TIMEOUT_S
        )
        assert answer.status_code == 200, answer.text
    return sum(len(content) for _, content in wanted[:most])


def complete(api_url: str, session: Any) -> requests.Response:
    return requests.post(
        f"{api_url}/artifact/model/uploads/{session['upload_id']}/complete",
        json={},
        timeout=TIMEOUT_S,
    )


def when_inspected(url: str, **options: Any) -> requests.Response:
    """Get an artifact once its inspection is over."""
    answers: list[requests.Response] = []

    def inspected() -> bool:
        answers.append(requests.get(url, timeout=TIMEOUT_S, **options))
        return answers[-1].status_code != 409

    wait_until(inspected, timeout_s=TIMEOUT_S)
    return answers[-1]


def test_an_upload_in_parts_is_broken_resumed_served_and_pushed_again_for_nothing(
    api_url: str,
) -> None:
    # GIVEN a session of which some requests were sent when the client died
    contents = {"weights.bin": os.urandom(SINGLE_PUT_BYTES + 5 * MIB), "config.json": b"{}"}
    session = begin(api_url, "resumed", contents)
    before = send(session, contents, most=3)
    refused = complete(api_url, session)
    assert (refused.status_code, refused.json()["error_code"]) == (409, "UPLOAD_INCOMPLETE")
    # WHEN another client goes on
    resumed = requests.get(
        f"{api_url}/artifact/model/uploads/{session['upload_id']}", timeout=TIMEOUT_S
    ).json()
    after = send(resumed, contents)
    answers = [complete(api_url, session).json() for _ in range(2)]
    # THEN nothing went twice, and completing twice is completing once
    assert before + after == sum(map(len, contents.values()))
    assert answers[0] == answers[1]
    assert answers[0]["version"] == 1
    url = f"{api_url}/artifacts/model/resumed?file=weights.bin"
    assert when_inspected(url, allow_redirects=False).status_code == 302
    assert requests.get(url, timeout=TIMEOUT_S).content == contents["weights.bin"]
    # WHEN the same is pushed again
    again = begin(api_url, "resumed", contents)
    # THEN no byte is sent
    assert send(again, contents) == 0
    assert complete(api_url, again).json()["version"] == 2


def test_three_hundred_files_are_one_version(api_url: str) -> None:
    # GIVEN
    contents = {f"shards/{number:03}.bin": b"tensor" + os.urandom(2_000) for number in range(300)}
    session = begin(api_url, "sharded", contents)
    # WHEN
    send(session, contents)
    version = complete(api_url, session).json()
    # THEN
    assert {file["path"]: file["sha256"] for file in version["files"]} == {
        path: sha256(content) for path, content in contents.items()
    }
    answer = when_inspected(f"{api_url}/artifacts/model/sharded?file=shards/299.bin")
    assert answer.content == contents["shards/299.bin"]


def test_an_aborted_session_is_gone(api_url: str) -> None:
    # GIVEN
    contents = {"a.bin": b"never committed"}
    session = begin(api_url, "aborted", contents)
    send(session, contents)
    url = f"{api_url}/artifact/model/uploads/{session['upload_id']}"
    # WHEN
    assert requests.delete(url, timeout=TIMEOUT_S).status_code == 204
    # THEN
    assert requests.get(url, timeout=TIMEOUT_S).json()["error_code"] == "UPLOAD_NOT_FOUND"
    answer = requests.get(f"{api_url}/artifacts/model/aborted", timeout=TIMEOUT_S)
    assert answer.json()["error_code"] == "MODEL_NOT_FOUND"


@pytest.mark.parametrize("query", ["", "&allow_unverified=true"])
def test_the_inspector_keeps_a_large_malicious_file_from_everybody(
    api_url: str, query: str
) -> None:
    # GIVEN
    contents = {"model.pkl": pickle.dumps(Exploit()) + os.urandom(5 * MIB)}
    session = begin(api_url, "malicious", contents)
    send(session, contents)
    complete(api_url, session)
    # WHEN
    answer = when_inspected(f"{api_url}/artifacts/model/malicious?version=latest{query}")
    # THEN
    assert (answer.status_code, answer.json()["error_code"]) == (403, "ARTIFACT_MALICIOUS")
    record = requests.get(f"{api_url}/models/malicious", timeout=TIMEOUT_S).json()
    assert record["versions"]["model"]["verdict"] == "malicious"
    assert record["scores"]["net_score"] == 0


def test_a_small_malicious_upload_is_refused_at_once(api_url: str) -> None:
    # WHEN
    uploaded = requests.post(
        f"{api_url}/artifact/model",
        data=pickle.dumps(Exploit()),
        headers={"Content-Type": "application/octet-stream", "X-Model-Name": "small-malice"},
        timeout=TIMEOUT_S,
    )
    answer = requests.get(f"{api_url}/artifacts/model/small-malice", timeout=TIMEOUT_S)
    # THEN
    assert uploaded.json()["verdict"] == "malicious"
    assert answer.json()["error_code"] == "ARTIFACT_MALICIOUS"


def test_what_the_inspector_cannot_read_ends_in_the_dead_letter_queue_and_is_never_served(
    api_url: str, deployed: Stack, s3: S3Client, dynamodb: DynamoDBClient, aws: boto3.Session
) -> None:
    # GIVEN a committed version whose bytes are lost
    contents = {"model.pkl": os.urandom(5 * MIB)}
    session = begin(api_url, "lost", contents)
    send(session, contents)
    (file,) = complete(api_url, session).json()["files"]
    when_inspected(f"{api_url}/artifacts/model/lost", allow_redirects=False)
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
    # THEN it is tried, given up, and kept for an operator to see
    sqs = aws.client("sqs", endpoint_url=s3.meta.endpoint_url)
    (queue,) = [url for url in sqs.list_queues()["QueueUrls"] if "DeadLetters" in url]
    count = "ApproximateNumberOfMessages"

    def dead() -> bool:
        answer = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=[count])
        return int(answer["Attributes"][count]) > 0

    wait_until(dead, timeout_s=3 * TIMEOUT_S)  # the engine gives an event up after a minute
    answer = requests.get(f"{api_url}/artifacts/model/lost?version=1", timeout=TIMEOUT_S)
    assert (answer.status_code, answer.json()["error_code"]) == (409, "ARTIFACT_PENDING")
