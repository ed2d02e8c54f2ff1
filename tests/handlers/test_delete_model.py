"""Deleting a model: gone at once, for every reader, and for good."""

from datetime import UTC, datetime

import pytest

from lambdas.aws import resources
from lambdas.aws.dynamodb.deletions import DynamoDeletions
from lambdas.contract.functions import FUNCTIONS
from tests.support import aws, events, use_cases
from tests.support.invariants import assert_clean, assert_whole, stored
from tests.support.sharing import share


def fill() -> None:
    """Make a model with everything that a model can have."""
    events.upload(b"one")
    events.upload_form(("a", b"12"), ("b", b"3"), model_name="bert-base", license="MIT")
    events.upload(b"code", kind="code")
    events.put_alias("prod", 1)
    events.put_alias("main", 1, kind="code")
    events.patch_model({"description": "words", "tags": {"team": "nlp"}})


def test_a_deleted_model_is_gone_for_every_reader() -> None:
    fill()
    events.upload(name="other")

    answer = events.delete_model()

    assert (answer.status, answer.body) == (204, b"")
    readers = [
        events.get_model(),
        events.patch_model({"license": "x"}),
        events.delete_model(),
        events.fetch(),
        events.fetch(query="version=1"),
        events.fetch(query="version=prod"),
        events.fetch(method="HEAD", kind="code"),
        events.list_versions(),
        events.delete_version(1),
        events.put_alias("prod", 1),
        events.delete_alias("prod"),
    ]
    assert {reader.status for reader in readers} == {404}
    assert {r.error_code for r in readers if r.body} == {"MODEL_NOT_FOUND"}
    assert [model["name"] for model in events.list_models().json["models"]] == ["other"]
    assert_clean()


def test_a_delete_takes_these_calls_for_one_type_of_artifact(calls: aws.AwsCalls) -> None:
    events.upload()
    events.upload()
    calls.made.clear()

    events.delete_model()

    assert calls.made == [
        "dynamodb:GetItem",
        "dynamodb:TransactWriteItems",
        "dynamodb:GetItem",
        "dynamodb:Query",
        "s3:DeleteObjects",
        "dynamodb:BatchWriteItem",
        "dynamodb:Query",
        "dynamodb:UpdateItem",
    ]


def test_a_reused_name_starts_with_the_next_number_and_nothing_of_the_old_model() -> None:
    fill()
    events.delete_model()

    new = events.upload(b"new").json

    assert new["version"] == 3
    assert new["model"]["license"] == "unknown"
    body = events.get_model().json
    assert (body["license"], body["description"], body["tags"]) == ("unknown", "", {})
    assert (body["aliases"], list(body["versions"]), body["size"]) == ({}, ["model"], 3)
    assert body["code_key"] == ""
    assert body["created_at"] == new["created_at"]
    assert events.fetch(query="version=1").error_code == "VERSION_NOT_FOUND"
    assert events.fetch(kind="code").error_code == "ARTIFACT_NOT_FOUND"
    assert events.upload(b"code", kind="code").json["version"] == 2
    assert_clean()


def test_an_old_etag_never_fits_the_new_model() -> None:
    tags = set()
    for _ in range(3):
        events.upload()
        tags.add(events.get_model().headers["ETag"])
        events.delete_model()
    assert len(tags) == 3


def test_a_delete_under_another_etag_is_refused() -> None:
    events.upload()
    tag = events.get_model().headers["ETag"]
    events.upload()

    answer = events.delete_model(headers={"If-Match": tag})

    assert (answer.status, answer.error_code) == (412, "PRECONDITION_FAILED")
    assert events.fetch().status == 200
    assert (
        events.delete_model(headers={"If-Match": events.get_model().headers["ETag"]}).status == 204
    )


@pytest.mark.parametrize(
    ("name", "status", "code"),
    [("nobody", 404, "MODEL_NOT_FOUND"), ("a--b", 400, "INVALID_NAME")],
)
def test_deleting_an_unknown_model_is_not_found(name: str, status: int, code: str) -> None:
    answer = events.delete_model(name)
    assert (answer.status, answer.error_code) == (status, code)
    assert aws.items() == []


def test_many_versions_and_shared_objects_go_in_batches() -> None:
    for number in range(60):
        events.upload(str(number).encode())
    for number in (1, 1, 61):
        share(number=number)

    events.delete_model()

    use_cases.sweep()
    assert_clean()
    assert aws.objects() == []


def test_a_purge_that_takes_too_long_is_left_to_the_sweep_and_is_invisible() -> None:
    events.upload(b"old")
    with aws.failing("s3", "DeleteObjects", "InternalError"):
        assert events.delete_model().status == 204
    assert len(aws.objects()) == 1
    # WHEN the name is used again before the sweep comes
    assert events.upload(b"new").json["version"] == 2

    assert events.fetch(query="version=1").error_code == "VERSION_NOT_FOUND"
    assert events.delete_version(1).error_code == "VERSION_NOT_FOUND"
    assert events.put_alias("prod", 1).error_code == "VERSION_NOT_FOUND"
    assert [v["version"] for v in events.list_versions().json["versions"]] == [2]

    use_cases.sweep()

    assert events.fetch().body == b"new"
    assert_clean()


def test_deleting_the_newest_version_never_brings_an_unpurged_one_back() -> None:
    events.upload(b"old")
    with aws.failing("s3", "DeleteObjects", "InternalError"):
        events.delete_model()
    events.upload(b"new")

    events.delete_version(2)

    assert events.fetch().error_code == "ARTIFACT_NOT_FOUND"
    use_cases.sweep()
    assert_clean()


def test_a_purge_keeps_to_its_time_and_resumes_where_it_stopped() -> None:
    for number in range(30):
        events.upload(str(number).encode())
    with aws.failing("s3", "DeleteObjects", "InternalError"):
        events.delete_model()

    first = use_cases.purge("bert-base", datetime.now(UTC))

    assert first is False
    assert len(aws.objects()) == 5

    assert use_cases.purge("bert-base") is True

    assert_clean()
    assert use_cases.purge("bert-base") is True
    assert use_cases.purge("nobody") is True


def test_a_delete_is_due_for_the_sweep_at_once() -> None:
    events.upload()

    with aws.failing("s3", "DeleteObjects", "InternalError"):
        events.delete_model()

    record = stored().raw["bert-base"]
    assert record["sweep"] == "due"
    assert record["sweep_at"] <= datetime.now(UTC).timestamp()
    assert record["purge_model"] == 1


def test_a_concurrent_upload_is_deleted_with_the_model(calls: aws.AwsCalls) -> None:
    events.upload(b"one")
    calls.interrupt("dynamodb:TransactWriteItems", lambda: events.upload(b"two"))
    assert events.delete_model().status == 204
    assert events.get_model().status == 404
    assert_clean()


def test_an_upload_that_commits_after_the_delete_is_the_new_model(calls: aws.AwsCalls) -> None:
    events.upload(b"one")
    calls.interrupt("dynamodb:TransactWriteItems", events.delete_model)

    answer = events.upload(b"two")

    assert answer.json["version"] == 2
    assert events.fetch().body == b"two"
    assert events.fetch(query="version=1").error_code == "VERSION_NOT_FOUND"
    assert_clean()


def test_two_purges_at_once_are_harmless(monkeypatch: pytest.MonkeyPatch) -> None:
    events.upload()
    with aws.failing("s3", "DeleteObjects", "InternalError"):
        events.delete_model()
    events.upload(b"new")
    forget = DynamoDeletions.forget

    def overtaken(self: DynamoDeletions, *args: object) -> None:
        monkeypatch.setattr(DynamoDeletions, "forget", forget)
        use_cases.purge("bert-base")
        forget(self, *args)  # type: ignore[arg-type]

    monkeypatch.setattr(DynamoDeletions, "forget", overtaken)

    assert use_cases.purge("bert-base")

    assert_clean()
    assert events.fetch().body == b"new"


def test_a_purge_does_not_clear_a_newer_delete() -> None:
    events.upload(b"one")
    events.upload(b"two")
    with aws.failing("s3", "DeleteObjects", "InternalError"):
        events.delete_model()
    # WHEN an old purge, of an earlier delete, ends late
    resources.on_table(DynamoDeletions).clear_purge_mark("bert-base", "model", 1)

    assert stored().records["bert-base"].purges == {"model": 2}
    assert_whole()


def test_metadata_of_a_re_created_model_is_its_own() -> None:
    fill()
    events.delete_model()
    events.upload(b"new")
    assert events.metadata()["version"] == 3
    assert events.metadata()["message"] == ""


def test_every_call_of_the_catalogue_is_granted(calls: aws.AwsCalls) -> None:
    granted = {
        function.name: {
            *function.table_actions,
            *(action for _, action in function.index_actions),
            *function.object_actions,
        }
        for function in FUNCTIONS
    }
    fill()
    keyed = {"Idempotency-Key": "k"}

    calls.made.clear()
    events.list_models()
    events.patch_model({"license": "x"}, headers={**keyed, "If-Match": "*"})
    events.patch_model({"license": "x"}, headers={"Idempotency-Key": "l", "If-Match": '"0"'})
    events.delete_model(headers=keyed)
    models = set(calls.made)
    events.upload()
    calls.made.clear()
    events.list_versions()
    events.put_alias("a", 3, headers=keyed)
    events.put_alias("b", 9, headers=keyed)
    events.delete_alias("a", headers=keyed)
    events.delete_version(3, headers=keyed)
    versions = set(calls.made)
    # THEN a transaction needs the permission of each write in it
    needed = {
        "s3:DeleteObjects": "s3:DeleteObjectVersion",
        "dynamodb:TransactWriteItems": "dynamodb:UpdateItem",
    }
    assert {needed.get(call, call) for call in models} == granted["Models"]
    assert {needed.get(call, call) for call in versions} == granted["Versions"]
