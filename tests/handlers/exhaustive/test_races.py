"""What concurrent callers, and late or lost answers of AWS, do to a request."""

import hashlib
from typing import Any

import pytest
from modelguard_scanner import BytesSource, scan

from lambdas.aws import resources
from lambdas.aws.dynamodb.table import DynamoTable
from lambdas.aws.s3.bucket import S3Bucket
from lambdas.functions.inspector.handler import lambda_handler as inspector
from lambdas.registry.errors import BucketError
from lambdas.registry.ports import Intent
from lambdas.registry.uploads import storage as arrivals
from tests.support import aws, events, use_cases
from tests.support.contents import MIB, small_parts

CONFLICT = {"Error": {"Code": "TransactionConflictException", "Message": "in progress"}}
MALICIOUS = b"cposix\nsystem\n(S'true'\ntR."
KEYED = {"Idempotency-Key": "once"}


@pytest.fixture
def two_versions(monkeypatch: pytest.MonkeyPatch) -> None:
    """An older version that the rules of its time called clean, and a newer one."""
    with monkeypatch.context() as lenient:
        lenient.setattr("lambdas.guard.scan", scan_of_old)
        events.upload(MALICIOUS)
    events.upload(b"newer")
    assert events.metadata(version="1")["verdict"] == "clean"


def scan_of_old(_: Any, **options: Any) -> Any:
    """Return the verdict of rules that did not know the danger."""
    return scan(BytesSource(b"clean"), path=options["path"])


@pytest.mark.usefixtures("two_versions")
@pytest.mark.parametrize("first", ["inspector", "delete"])
def test_no_order_of_a_delete_and_an_inspection_leaves_an_old_verdict_in_the_record(
    first: str,
) -> None:
    # GIVEN an older version whose inspection is due, and a newer one that is being deleted
    events.rescan(version=1)
    due = {"Records": events.stream_events()}
    # WHEN each comes between the other's reads and its transaction
    if first == "inspector":
        with aws.meanwhile("dynamodb", "TransactWriteItems", lambda: inspector(due, None)):
            assert events.delete_version(2).status == 204
    else:
        with aws.meanwhile("dynamodb", "TransactWriteItems", lambda: events.delete_version(2)):
            inspector(due, None)

    assert events.metadata()["version"] == 1
    assert events.metadata()["verdict"] == events.metadata(version="1")["verdict"] == "malicious"
    assert events.fetch().error_code == "ARTIFACT_MALICIOUS"


@pytest.mark.parametrize(
    "operation", ["UpdateItem", "TransactWriteItems"], ids=["intent", "commit"]
)
def test_an_upload_that_meets_another_transaction_is_tried_again(operation: str) -> None:
    with aws.stumbling("dynamodb", operation, **CONFLICT):
        answer = events.upload()
    assert (answer.status, answer.json["version"]) == (200, 1)


@pytest.mark.parametrize(
    "write",
    [
        lambda: events.patch_model({"license": "MIT"}),
        lambda: events.put_alias("prod", 1),
        lambda: events.delete_version(1),
        events.delete_model,
        lambda: events.rescan(version=1),
        lambda: events.push({"a": b"a"}, "bert-base"),
    ],
)
def test_a_write_that_meets_another_transaction_is_tried_again(write: Any) -> None:
    events.upload()
    with aws.stumbling("dynamodb", "TransactWriteItems", **CONFLICT):
        answer = write()
    assert answer.status in {200, 202, 204}


def test_a_key_whose_first_answer_is_just_being_written_is_in_progress() -> None:
    with aws.stumbling("dynamodb", "PutItem", **CONFLICT):
        answer = events.upload(headers=KEYED)
    assert (answer.status, answer.error_code) == (409, "IN_PROGRESS")


@pytest.mark.parametrize(
    ("operation", "response"),
    [
        ("UpdateItem", {"Error": {"Code": "ValidationException", "Message": "size exceeded"}}),
        (
            "TransactWriteItems",
            {
                "Error": {"Code": "TransactionCanceledException", "Message": "cancelled"},
                "CancellationReasons": [{"Code": "None"}, {"Code": "ThrottlingError"}],
            },
        ),
    ],
)
def test_a_failure_that_only_time_resolves_is_429(operation: str, response: dict[str, Any]) -> None:
    with aws.stumbling("dynamodb", operation, **response):
        answer = events.upload()
    assert (answer.status, answer.error_code) == (429, "THROTTLED")
    assert int(answer.headers["Retry-After"]) >= 1


def test_a_partly_read_batch_is_429_and_not_a_missing_model(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    events.upload()
    client = resources.on_table(DynamoTable).client
    monkeypatch.setattr(
        client, "batch_get_item", lambda **_: {"Responses": {}, "UnprocessedKeys": {"t": {}}}
    )
    assert events.fetch(query="version=1").error_code == "THROTTLED"


def test_a_download_that_meets_the_delete_of_its_version_does_not_find_it() -> None:
    events.upload(b"one")
    events.upload(b"two")
    with aws.meanwhile("s3", "GetObject", lambda: events.delete_version(1)):
        answer = events.fetch(query="version=1")
    assert (answer.status, answer.error_code) == (404, "VERSION_NOT_FOUND")


def test_an_object_that_was_sent_twice_because_its_first_answer_was_lost_is_stored_once() -> None:
    bucket = resources.on_bucket(S3Bucket)
    sent = {"sha256": hashlib.sha256(b"foo").hexdigest(), "content_type": "text/plain"}
    first = bucket.put("model/a/1", b"foo", **sent)

    again = bucket.put("model/a/1", b"foo", **sent)

    assert again == first
    assert len(aws.version_ids("model/a/1")) == 1
    # AND other bytes do not pass for them
    with pytest.raises(BucketError):
        bucket.put("model/a/1", b"bar", sha256="0" * 64, content_type="text/plain")


def test_a_session_whose_write_got_no_answer_begins_anyway(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # GIVEN an update that botocore sends again, although it took effect
    small_parts(monkeypatch)
    dynamodb = aws.dynamodb()

    def took_effect() -> None:
        (session,) = [item for item in aws.items() if item["item"]["S"] == "session"]
        dynamodb.update_item(
            TableName=aws.TABLE,
            Key={"name": session["name"], "item": session["item"]},
            UpdateExpression="ADD revision :one",
            ExpressionAttributeValues={":one": {"N": "1"}},
        )

    with aws.meanwhile("dynamodb", "UpdateItem", took_effect):
        answer = events.begin({"big.bin": bytes(3 * MIB)})

    assert answer.status == 201
    assert len(answer.json["files"][0]["parts"]) == 3


@pytest.mark.parametrize("text", ["2.0", "0_2", "+2", "%202", "02", "2 ", "٢", "1e0", "0"])
def test_a_number_is_accepted_in_plain_digits_only(text: str) -> None:
    events.upload(b"one")
    events.upload(b"two")

    answers = [
        events.delete_version(text),
        events.list_models(f"limit={text}"),
        events.list_versions(query=f"limit={text}"),
    ]

    assert {(answer.status, answer.error_code) for answer in answers} == {(400, "INVALID_REQUEST")}
    assert [one["version"] for one in events.list_versions().json["versions"]] == [2, 1]


def test_many_interrupted_uploads_of_one_name_are_swept_a_hundred_at_a_time() -> None:
    events.upload()
    for number in range(250):
        resources.on_table(DynamoTable).open_intent(
            "bert-base", Intent(f"{number:032x}", (), number)
        )

    left = []
    for _ in range(4):
        use_cases.sweep(use_cases.NOON)
        (record,) = [item for item in aws.items() if item["item"]["S"] == "record"]
        left.append(len([name for name in record if name.startswith(("open_", "taken_"))]))

    assert left == [150, 50, 0, 0]
    assert "sweep" not in record


def test_a_long_history_is_compared_up_to_a_limit(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    events.push({"old.bin": b"old"})
    events.push({"new.bin": b"new"})
    monkeypatch.setattr(arrivals, "MAX_FILES_COMPARED", 1)
    files = events.begin({"old.bin": b"old", "new.bin": b"new"}).json["files"]
    # THEN what is beyond the limit is sent again
    assert {file["path"]: file["state"] for file in files} == {"old.bin": "need", "new.bin": "have"}


@pytest.mark.parametrize("paths", [("a", "a/b"), ("a/b", "a"), ("a/b/c", "a/b"), ("a", "a")])
def test_files_that_no_folder_could_hold_are_refused(paths: tuple[str, str]) -> None:
    body = {
        "model_name": "m",
        "files": [{"path": path, "size": 1, "sha256": "0" * 64} for path in paths],
    }
    answer = events.begin_with(body)
    assert (answer.status, answer.json["field"]) == (400, "files.1.path")


def test_an_unknown_member_of_a_declaration_is_refused() -> None:
    answer = events.begin_with({"model_name": "m", "files": [], "tags": {}})
    assert (answer.error_code, answer.json["field"]) == ("INVALID_REQUEST", "tags")


def test_a_replayed_edit_is_answered_with_the_same_bytes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # GIVEN scores that take time, and never the same
    events.upload()
    monkeypatch.undo()
    answers = [events.patch_model({"license": "MIT"}, headers=KEYED) for _ in range(2)]
    assert answers[0].body == answers[1].body


@pytest.mark.parametrize(
    "digest",
    [
        "SHA-256=:AAAA:",
        "sha-256=AAAA",
        "md5=:AAAA:, sha-256=AAAA",
        "sha-256=:AAAA:, garbage",
        "sha-256=:AA AA:",
        ":AAAA:",
    ],
)
@pytest.mark.parametrize("header", ["Repr-Digest", "Content-Digest"])
def test_a_malformed_digest_is_refused(header: str, digest: str) -> None:
    answer = events.upload(headers={header: digest})
    assert (answer.status, answer.error_code) == (400, "INVALID_REQUEST")
    assert aws.items() == []


def test_an_inspection_of_an_older_version_leaves_the_newest_as_it_is() -> None:
    events.push({"a": b"a"}, "bert-base")
    events.push({"b": b"b"}, "bert-base")

    assert events.inspect_due() == 2

    assert [events.metadata(version=number)["verdict"] for number in ("1", "2")] == [
        "clean",
        "clean",
    ]
