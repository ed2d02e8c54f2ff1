"""Upload sessions: what is offered, sent, committed, resumed, refused and aborted."""

from collections.abc import Iterator
from typing import Any

import boto3
import pytest

from lambdas.contract.limits import MAX_FILES_PER_VERSION, MAX_URLS_PER_ANSWER
from tests.support import aws, events
from tests.support.contents import MIB, declared, small_parts

SMALL = b"{}"
LARGE = bytes(range(256)) * (10 * 1024)
"""2.5 MiB: three parts of the tests' size."""
BOTH = {"config.json": SMALL, "weights/model.bin": LARGE}


@pytest.fixture(autouse=True)
def _small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    small_parts(monkeypatch)


def test_a_pushed_version_is_what_a_small_upload_would_have_made() -> None:
    pushed = events.push(BOTH, license="MIT", message="first")

    assert pushed.status == 200
    small = events.upload_form(("a", b"1"), model_name="other", license="MIT").json
    assert set(pushed.json) == set(small)
    assert (pushed.json["version"], pushed.json["size"]) == (1, len(SMALL) + len(LARGE))
    assert pushed.json["model"]["license"] == "MIT"
    assert pushed.json["s3_key"] == pushed.json["files"][1]["s3_key"]
    assert events.metadata("big")["message"] == "first"
    events.inspect_due()
    assert events.fetch("big", "file=config.json").body == SMALL
    assert events.fetch("big", "file=weights/model.bin").body == LARGE


def test_a_file_is_offered_as_one_put_or_as_parts_with_all_that_must_be_sent() -> None:
    answer = events.begin(BOTH)

    assert answer.status == 201
    assert answer.headers["Cache-Control"] == "no-store"
    config, weights = answer.json["files"]
    assert (config["state"], set(config)) == ("need", {"path", "state", "url", "headers"})
    assert set(config["headers"]) == {"Content-Length", "If-None-Match", "x-amz-checksum-sha256"}
    assert (weights["state"], weights["part_size"]) == ("need", MIB)
    assert [part["part_number"] for part in weights["parts"]] == [1, 2, 3]
    assert [part["headers"]["Content-Length"] for part in weights["parts"]] == [
        str(MIB),
        str(MIB),
        str(len(LARGE) - 2 * MIB),
    ]


def test_nothing_is_visible_until_the_upload_is_complete() -> None:
    begun = events.begin(BOTH).json
    events.send(begun["files"], BOTH)
    assert events.fetch("big").error_code == "MODEL_NOT_FOUND"


def test_a_broken_push_is_resumed_without_sending_again_what_arrived() -> None:
    # GIVEN a client that died after two of four requests
    begun = events.begin(BOTH).json
    first = events.send(begun["files"], BOTH, most=2)

    rest = events.resume(begun["upload_id"]).json
    second = events.send(rest["files"], BOTH)

    assert first + second == len(SMALL) + len(LARGE)
    assert {file["state"] for file in events.resume(begun["upload_id"]).json["files"]} == {"have"}
    assert events.complete(begun["upload_id"]).status == 200


def test_pushing_again_sends_no_bytes_and_makes_a_version() -> None:
    first = events.push(BOTH).json

    begun = events.begin(BOTH).json
    again = events.complete(begun["upload_id"]).json

    assert [file["state"] for file in begun["files"]] == ["have", "have"]
    assert again["version"] == 2
    assert [f["s3_key"] for f in again["files"]] == [f["s3_key"] for f in first["files"]]
    events.inspect_due()
    assert events.fetch("big", "file=weights/model.bin").body == LARGE


def test_a_file_that_came_in_the_request_is_not_sent_again_under_another_path() -> None:
    events.upload(SMALL, name="big", filename="old.json")
    begun = events.begin({"new.json": SMALL}).json
    pushed = events.complete(begun["upload_id"]).json
    assert begun["files"] == [{"path": "new.json", "state": "have"}]
    assert [file["path"] for file in pushed["files"]] == ["new.json"]


@pytest.mark.parametrize(("name", "kind"), [("other", "model"), ("big", "dataset")])
def test_bytes_of_another_model_or_type_do_not_count_as_stored(name: str, kind: str) -> None:
    events.push({"a": SMALL})
    assert events.begin({"a": SMALL}, name, kind=kind).json["files"][0]["state"] == "need"


def test_a_wrong_whole_digest_of_a_file_in_parts_never_stands_for_other_bytes() -> None:
    # GIVEN a version whose file claims the digest of other bytes of the same size
    other = LARGE[::-1]
    body = declared({"m": LARGE})
    body["files"][0]["sha256"] = declared({"m": other})["files"][0]["sha256"]
    begun = events.begin_with(body).json
    events.send(begun["files"], {"m": LARGE})
    assert events.complete(begun["upload_id"]).status == 200
    # THEN the honest owner of that digest is not told that it is stored
    assert events.begin({"m": other}).json["files"][0]["state"] == "need"


def test_completing_early_names_what_is_missing_and_commits_nothing() -> None:
    begun = events.begin(BOTH).json
    events.send(begun["files"], BOTH, most=1)

    answer = events.complete(begun["upload_id"])

    assert (answer.status, answer.error_code) == (409, "UPLOAD_INCOMPLETE")
    assert answer.json["missing"] == [
        {"path": "config.json", "reason": "missing"},
        {"path": "weights/model.bin", "reason": "missing", "parts": [2, 3]},
    ]
    assert events.fetch("big").status == 404


def test_bytes_other_than_the_declared_ones_are_reported_as_different() -> None:
    # GIVEN an engine that accepts what S3 would refuse
    begun = events.begin({"a": SMALL}).json
    (file,) = begun["files"]
    assert aws.put(file["url"], {**file["headers"], "x-amz-checksum-sha256": "AAAA"}, b"[]") == 200
    answer = events.complete(begun["upload_id"])
    assert answer.json["missing"] == [{"path": "a", "reason": "different"}]


def test_completing_again_gives_the_same_answer_whatever_came_later() -> None:
    begun = events.begin(BOTH).json
    events.send(begun["files"], BOTH)
    first = events.complete(begun["upload_id"])
    events.upload(b"newer", name="big")

    again = events.complete(begun["upload_id"])

    assert (again.status, again.body) == (200, first.body)
    assert events.metadata("big")["version"] == 2
    assert {file["state"] for file in events.resume(begun["upload_id"]).json["files"]} == {"have"}


def test_an_aborted_upload_leaves_no_bytes_and_cannot_be_used() -> None:
    begun = events.begin(BOTH).json
    events.send(begun["files"], BOTH, most=2)
    upload_id = begun["upload_id"]

    answer = events.abort(upload_id)

    assert (answer.status, answer.body) == (204, b"")
    assert (aws.objects(), aws.multiparts()) == ([], [])
    assert [a.error_code for a in (events.resume(upload_id), events.complete(upload_id))] == [
        "UPLOAD_NOT_FOUND"
    ] * 2
    assert events.abort(upload_id).status == 204


def test_a_complete_upload_cannot_be_aborted() -> None:
    begun = events.begin({"a": SMALL}).json
    events.send(begun["files"], {"a": SMALL})
    events.complete(begun["upload_id"])

    answer = events.abort(begun["upload_id"])

    assert (answer.status, answer.error_code) == (409, "CONFLICT")
    events.inspect_due()
    assert events.fetch("big").body == SMALL


@pytest.mark.parametrize("use", [events.resume, events.complete, events.abort])
def test_a_session_is_found_by_its_id_and_type_alone(use: Any) -> None:
    upload_id = events.begin({"a": SMALL}).json["upload_id"]
    answers = [use(upload_id, kind="code"), use("0" * 32), use("x"), use("%2e%2e"), use("a%23b")]
    assert [answer.error_code for answer in answers] == ["UPLOAD_NOT_FOUND"] * 5
    assert use(upload_id, kind="weights").error_code == "INVALID_ARTIFACT_TYPE"


def wrong(index: str, value: Any) -> dict[str, Any]:
    """Return an honest declaration with one member replaced."""
    body = declared(BOTH)
    *path, last = index.split(".")
    target: Any = body
    for step in path:
        target = target[int(step)] if step.isdigit() else target[step]
    target[last] = value
    return body


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("model_name", "a--b", "INVALID_NAME"),
        ("model_name", "", "MISSING_ID"),
        ("model_name", 7, "INVALID_REQUEST"),
        ("license", "x" * 201, "INVALID_REQUEST"),
        ("message", "\x00", "INVALID_REQUEST"),
        ("files", [], "INVALID_REQUEST"),
        ("files", "all", "INVALID_REQUEST"),
        ("files.0.path", "../up", "INVALID_REQUEST"),
        ("files.0.path", "weights/model.bin", "INVALID_REQUEST"),
        ("files.0.size", -1, "INVALID_REQUEST"),
        ("files.0.size", "2", "INVALID_REQUEST"),
        ("files.0.size", True, "INVALID_REQUEST"),
        ("files.1.size", 5 * 1024**4 + 1, "INVALID_REQUEST"),
        ("files.0.sha256", "A" * 64, "INVALID_REQUEST"),
        ("files.0.sha256", "0" * 63, "INVALID_REQUEST"),
        ("files.0.part_sha256", ["0" * 64], "INVALID_REQUEST"),
        ("files.1.part_sha256", [], "INVALID_REQUEST"),
        ("files.1.part_sha256", ["0" * 64] * 4, "INVALID_REQUEST"),
        ("files.1.part_sha256", ["0" * 64, "0" * 64, "?"], "INVALID_REQUEST"),
    ],
)
def test_an_invalid_declaration_is_refused_with_its_field_and_leaves_nothing(
    field: str, value: Any, code: str
) -> None:
    answer = events.begin_with(wrong(field, value))
    assert (answer.status, answer.error_code) == (400, code)
    if code == "INVALID_REQUEST":
        named = "files.1.path" if value == "weights/model.bin" else field
        assert answer.json["field"] in {named, f"{named}.2"}
    assert (aws.objects(), aws.multiparts(), aws.items()) == ([], [], [])


def test_more_files_than_a_version_holds_are_refused() -> None:
    answer = events.begin({f"f{n}": b"" for n in range(MAX_FILES_PER_VERSION + 1)})
    assert (answer.status, answer.json["field"]) == (400, "files")


def test_a_declaration_over_the_inline_limit_is_refused() -> None:
    answer = events.begin({"a": SMALL}, message="x" * 4_500_000)
    assert (answer.status, answer.error_code) == (413, "PAYLOAD_TOO_LARGE")


def test_a_body_that_is_not_json_is_refused() -> None:
    assert events.begin_with().error_code == "MISSING_BODY"
    assert events.begin_with("text").error_code == "INVALID_REQUEST"


def test_an_empty_file_is_a_file() -> None:
    pushed = events.push({"empty": b"", "a": SMALL})
    assert pushed.status == 200
    events.inspect_due()
    assert events.fetch("big", "file=empty").body == b""


@pytest.fixture
def _long_credentials(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """URLs are signed with a session token as long as a role's, much of which is escaped."""
    session = boto3.Session("key", "secret", "t+/" * 500)
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", session)
    aws.clients.s3.cache_clear()
    yield
    aws.clients.s3.cache_clear()


@pytest.mark.usefixtures("_long_credentials")
def test_a_thousand_files_with_the_longest_paths_fit_a_session_and_its_answer() -> None:
    # GIVEN names that JSON escapes
    contents = {f"{n:04d}" + "é" * 125: str(n).encode() for n in range(MAX_FILES_PER_VERSION)}
    # WHEN `invoke` fails when Lambda would drop the answer
    begun = events.begin(contents).json
    assert len([file for file in begun["files"] if "url" in file]) == MAX_FILES_PER_VERSION
    assert "more" not in begun
    assert "X-Amz-Security-Token" in begun["files"][0]["url"]


def test_urls_beyond_what_an_answer_holds_come_with_the_next_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("lambdas.registry.uploads.offers.MAX_URLS_PER_ANSWER", 2)

    sent, rounds = 0, 0
    answer = events.begin(BOTH).json
    while answer.get("more") or rounds == 0:
        sent += events.send(answer["files"], BOTH)
        answer = events.resume(answer["upload_id"]).json
        rounds += 1

    sent += events.send(answer["files"], BOTH)
    assert sent == len(SMALL) + len(LARGE)
    assert events.complete(answer["upload_id"]).status == 200


@pytest.mark.usefixtures("_long_credentials")
def test_an_answer_of_parts_alone_stays_below_lambdas_limit() -> None:
    # GIVEN a file of more parts than one answer has URLs
    count = MAX_URLS_PER_ANSWER + 1
    body = {
        "model_name": "big",
        "files": [
            {
                "path": "m",
                "size": count * MIB,
                "sha256": "0" * 64,
                "part_sha256": ["0" * 64] * count,
            }
        ],
    }

    answer = events.begin_with(body).json

    parts = answer["files"][0]["parts"]
    assert (len(parts), answer["more"]) == (MAX_URLS_PER_ANSWER, True)
    assert "X-Amz-Security-Token" in parts[0]["url"]


def test_the_same_idempotency_key_begins_one_session() -> None:
    headers = {"Idempotency-Key": "once"}

    first = events.begin_with(declared(BOTH), headers=headers)
    again = events.begin_with(declared(BOTH), headers=headers)
    other = events.begin_with(declared({"a": SMALL}), headers=headers)

    assert (first.status, again.status) == (201, 201)
    assert first.json["upload_id"] == again.json["upload_id"]
    assert len(aws.multiparts()) == 1
    assert (other.status, other.error_code) == (422, "IDEMPOTENCY_KEY_REUSED")


def test_the_calls_of_each_step_are_counted(calls: aws.AwsCalls) -> None:
    # WHEN one file that is sent whole
    begun = events.begin({"a": SMALL}).json

    assert calls.made == ["dynamodb:TransactWriteItems", "dynamodb:GetItem"]
    events.send(begun["files"], {"a": SMALL})
    calls.made.clear()
    events.complete(begun["upload_id"])
    assert calls.made == [
        "dynamodb:Query",
        "dynamodb:GetItem",
        "s3:HeadObject",
        "dynamodb:TransactWriteItems",
    ]
    # WHEN it is pushed again, nothing is asked of S3
    calls.made.clear()
    again = events.begin({"a": SMALL}).json
    events.complete(again["upload_id"])
    assert calls.made == [
        "dynamodb:TransactWriteItems",
        "dynamodb:GetItem",
        "dynamodb:Query",
        "dynamodb:Query",
        "dynamodb:GetItem",
        "dynamodb:Query",
        "dynamodb:TransactWriteItems",
    ]


def test_the_calls_of_a_file_in_parts_are_counted(calls: aws.AwsCalls) -> None:
    begun = events.begin({"m": LARGE}).json

    assert calls.made == [
        "dynamodb:TransactWriteItems",
        "dynamodb:GetItem",
        "s3:CreateMultipartUpload",
        "dynamodb:UpdateItem",
    ]
    events.send(begun["files"], {"m": LARGE})
    calls.made.clear()
    events.resume(begun["upload_id"])
    assert calls.made == ["dynamodb:Query", "dynamodb:GetItem", "s3:ListParts"]
    calls.made.clear()
    events.complete(begun["upload_id"])
    assert calls.made == [
        "dynamodb:Query",
        "dynamodb:GetItem",
        "s3:ListParts",
        "s3:CompleteMultipartUpload",
        "s3:HeadObject",
        "dynamodb:TransactWriteItems",
    ]


def test_the_calls_of_an_abort_are_counted(calls: aws.AwsCalls) -> None:
    begun = events.begin({"m": LARGE}).json
    calls.made.clear()

    events.abort(begun["upload_id"])

    assert calls.made == [
        "dynamodb:Query",
        "dynamodb:UpdateItem",
        "s3:ListMultipartUploads",
        "s3:AbortMultipartUpload",
        "s3:ListObjectVersions",
    ]
