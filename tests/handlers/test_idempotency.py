"""Idempotency-Key: one write and one answer per key, request and caller."""

from collections.abc import Callable
from typing import Any

import pytest

from lambdas.contract.limits import ANSWER_SECONDS, HOLD_SECONDS
from lambdas.functions.models.handler import lambda_handler as models_handler
from lambdas.functions.upload_artifact.handler import lambda_handler as upload_handler
from tests.support import aws, events
from tests.support.forms import multipart
from tests.support.gateway import Answer, invoke, rest_event

KEYED = {"Idempotency-Key": "retry-1"}
Write = Callable[[], Answer]


def answer_items() -> list[dict[str, Any]]:
    return [item for item in aws.items() if item["item"]["S"] == "answer"]


def age(seconds: int) -> None:
    """Make all held and answered keys older."""
    for item in answer_items():
        for attribute in ("held_until", "expires_at"):
            item[attribute] = {"N": str(int(item[attribute]["N"]) - seconds)}
        aws.dynamodb().put_item(TableName=aws.TABLE, Item=item)


WRITES: list[Any] = [
    pytest.param(lambda: events.upload(b"two", headers=KEYED), id="upload"),
    pytest.param(lambda: events.patch_model({"license": "MIT"}, headers=KEYED), id="patch"),
    pytest.param(lambda: events.put_alias("prod", 1, headers=KEYED), id="put-alias"),
    pytest.param(lambda: events.delete_alias("old", headers=KEYED), id="delete-alias"),
    pytest.param(lambda: events.delete_version(1, headers=KEYED), id="delete-version"),
    pytest.param(lambda: events.delete_model(headers=KEYED), id="delete-model"),
]


def prepare() -> None:
    events.upload(b"one")
    events.upload(b"kept")
    events.put_alias("old", 2)


@pytest.mark.parametrize("write", WRITES)
def test_the_same_request_gets_the_first_answer_and_writes_once(
    write: Write, calls: aws.AwsCalls
) -> None:
    prepare()
    first = write()
    before = aws.items()
    calls.made.clear()

    second = write()

    assert first.status < 300
    assert (second.status, second.body) == (first.status, first.body)
    assert second.headers.get("ETag") == first.headers.get("ETag")
    assert second.headers.get("Content-Type") == first.headers.get("Content-Type")
    assert calls.made == ["dynamodb:PutItem"]
    assert aws.items() == before


@pytest.mark.parametrize("write", WRITES)
def test_a_key_costs_one_more_call(write: Write, calls: aws.AwsCalls) -> None:
    prepare()
    calls.made.clear()

    write()

    assert calls.made[0] == "dynamodb:PutItem"
    assert calls.made.count("dynamodb:PutItem") == 1
    assert calls.made.count("dynamodb:TransactWriteItems") == 1
    assert answer_items()[0]["name"]["S"].startswith("once#")


def test_a_small_upload_with_a_key_takes_four_calls(calls: aws.AwsCalls) -> None:
    events.upload(headers=KEYED)

    assert calls.made == [
        "dynamodb:PutItem",
        "dynamodb:UpdateItem",
        "s3:PutObject",
        "dynamodb:TransactWriteItems",
    ]


@pytest.mark.parametrize(
    "other",
    [
        lambda: events.upload(b"other", headers=KEYED),
        lambda: events.upload(b"one", name="other", headers=KEYED),
        lambda: events.upload(b"one", filename="other", headers=KEYED),
        lambda: events.upload(b"one", headers={**KEYED, "Content-Type": "text/plain"}),
        lambda: events.upload_form(("model.bin", b"one"), model_name="bert-base", headers=KEYED),
    ],
)
def test_another_request_under_the_key_is_refused(other: Write) -> None:
    events.upload(b"one", headers=KEYED)
    answer = other()
    assert (answer.status, answer.error_code) == (422, "IDEMPOTENCY_KEY_REUSED")
    assert [v["version"] for v in events.list_versions().json["versions"]] == [1]
    assert len(events.list_models().json["models"]) == 1


def test_another_version_or_etag_under_the_key_is_refused_too() -> None:
    prepare()
    events.delete_version(1, headers=KEYED)
    events.patch_model({"license": "a"}, headers={**KEYED, "If-Match": "*"})

    assert events.delete_version(2, headers=KEYED).error_code == "IDEMPOTENCY_KEY_REUSED"
    assert (
        events.patch_model({"license": "a"}, headers=KEYED).error_code == "IDEMPOTENCY_KEY_REUSED"
    )


def test_a_form_may_be_sent_again_with_another_boundary() -> None:
    def send(boundary: str, content: bytes = b"1") -> Answer:
        body, headers = multipart(("a", content), fields={"model_name": "m"}, boundary=boundary)
        event = rest_event("POST", "/artifact/model", body=body, headers={**headers, **KEYED})
        return invoke(upload_handler, event)

    first = send("aaaa")

    assert send("bbbb").body == first.body
    assert send("cccc", b"2").error_code == "IDEMPOTENCY_KEY_REUSED"


def test_a_generated_name_is_the_same_the_second_time() -> None:
    def send() -> Answer:
        event = rest_event("POST", "/artifact/model", body=b"x", headers=KEYED)
        return invoke(upload_handler, event)

    assert send().json["model_name"] == send().json["model_name"]


def test_paths_methods_and_callers_have_keys_of_their_own() -> None:
    events.upload(b"one", headers=KEYED)
    # THEN another path
    assert events.upload(b"one", kind="code", headers=KEYED).json["artifact_type"] == "code"
    # AND another caller
    for context in (
        {"identity": {"userArn": "arn:aws:iam::1:user/ann"}},
        {"identity": {"caller": "AIDA"}},
        {"authorizer": {"principalId": "bob"}},
    ):
        event = rest_event(
            "POST", "/artifact/model", body=b"two", headers={**KEYED, "X-Model-Name": "bert-base"}
        )
        event["requestContext"] |= context
        assert invoke(upload_handler, event).status == 200
        assert invoke(upload_handler, event).status == 200
    assert events.fetch().headers["X-Artifact-Version"] == "4"
    # AND another method
    assert events.patch_model({"license": "x"}, headers=KEYED).status == 200
    assert events.delete_model(headers=KEYED).status == 204


def test_a_repeated_request_during_the_first_is_told_to_wait(calls: aws.AwsCalls) -> None:
    met: list[Answer] = []
    calls.interrupt("s3:PutObject", lambda: met.append(events.upload(headers=KEYED)))
    first = events.upload(headers=KEYED)
    assert first.status == 200
    assert (met[0].status, met[0].error_code) == (409, "IN_PROGRESS")
    assert int(met[0].headers["Retry-After"]) >= 1


def test_a_first_request_that_died_is_taken_over_after_its_time(calls: aws.AwsCalls) -> None:
    calls.crash("before", 3)
    with pytest.raises(aws.CrashError):
        events.upload(headers=KEYED)
    assert events.upload(headers=KEYED).error_code == "IN_PROGRESS"
    assert events.upload(b"other", headers=KEYED).error_code == "IDEMPOTENCY_KEY_REUSED"

    age(HOLD_SECONDS + 1)

    assert events.upload(b"other", headers=KEYED).error_code == "IDEMPOTENCY_KEY_REUSED"
    assert events.upload(headers=KEYED).json["version"] == 1


def test_a_first_request_that_was_taken_over_cannot_write_any_more(calls: aws.AwsCalls) -> None:
    def overtake() -> None:
        age(HOLD_SECONDS + 1)
        assert events.upload(headers=KEYED).json["version"] == 1

    calls.interrupt("dynamodb:TransactWriteItems", overtake)

    late = events.upload(headers=KEYED)

    assert (late.status, late.error_code) == (409, "IN_PROGRESS")
    assert events.upload(headers=KEYED).json["version"] == 1
    assert events.fetch().headers["X-Artifact-Version"] == "1"


def test_a_key_is_free_again_after_a_day_even_if_dynamodb_deletes_late() -> None:
    events.upload(b"one", headers=KEYED)
    age(ANSWER_SECONDS + 1)
    assert events.upload(b"two", headers=KEYED).json["version"] == 2


def test_only_stored_answers_expire_in_dynamodb() -> None:
    events.upload(headers=KEYED)
    # THEN the registry's own items do not expire
    assert "expires_at" in answer_items()[0]
    others = [item for item in aws.items() if item["item"]["S"].startswith(("record", "version"))]
    assert others
    assert not any("expires_at" in item for item in others)


@pytest.mark.parametrize(
    "refused",
    [
        lambda: events.patch_model({"license": "x"}, headers={**KEYED, "If-Match": '"0"'}),
        lambda: events.put_alias("prod", 7, headers=KEYED),
        lambda: events.delete_version(2, headers=KEYED),
        lambda: events.delete_model("nobody", headers=KEYED),
        lambda: events.upload(name="a--b", headers=KEYED),
    ],
)
def test_a_refusal_frees_the_key(refused: Write) -> None:
    prepare()
    first = refused()
    assert 400 <= first.status < 500
    assert answer_items() == []
    assert refused().body == first.body


def test_a_failure_frees_the_key_for_the_next_try() -> None:
    with aws.failing("s3", "PutObject", "InternalError"):
        assert events.upload(headers=KEYED).error_code == "S3_ERROR"
    assert events.upload(headers=KEYED).json["version"] == 1


def test_a_failure_is_answered_even_when_the_key_cannot_be_freed() -> None:
    with (
        aws.failing("s3", "PutObject", "InternalError"),
        aws.failing("dynamodb", "DeleteItem", "InternalServerError"),
    ):
        assert events.upload(headers=KEYED).error_code == "S3_ERROR"


def test_a_stored_answer_outlives_the_model_that_it_describes() -> None:
    first = events.upload(headers=KEYED)
    events.delete_model()
    assert events.upload(headers=KEYED).body == first.body
    assert events.get_model().status == 404


def test_the_answer_of_a_thousand_files_is_kept_too() -> None:
    files = [(f"{n:04}/{'p' * 240}", b"x") for n in range(1000)]
    first = events.upload_form(*files, model_name="wide", headers=KEYED)
    assert first.status == 200
    assert events.upload_form(*files, model_name="wide", headers=KEYED).body == first.body


@pytest.mark.parametrize("key", ["", " ", "a b", "a\n", "é", "x" * 256, "\x7f"])
def test_a_naughty_key_is_refused_and_leaves_nothing(key: str) -> None:
    answer = events.upload(headers={"Idempotency-Key": key})
    assert (answer.status, answer.error_code) == (400, "INVALID_REQUEST")
    assert answer.json["field"] == "Idempotency-Key"
    assert (aws.objects(), aws.items()) == ([], [])


@pytest.mark.parametrize("key", ["!", "~" * 255, "6f1c-uuid", "a#b/../c"])
def test_any_plain_key_is_taken(key: str) -> None:
    answers = [events.upload(headers={"Idempotency-Key": key}) for _ in range(2)]
    assert [answer.json["version"] for answer in answers] == [1, 1]


def test_a_broken_body_is_refused_before_the_key_is_held(calls: aws.AwsCalls) -> None:
    event = rest_event("PATCH", "/models/bert-base", body=b"{", headers=KEYED)
    assert invoke(models_handler, event).error_code == "INVALID_REQUEST"
    assert calls.made == []
