"""Deleting a model: gone at once, for every reader, and for good."""

from datetime import UTC, datetime

import pytest

from lambdas.aws.dynamodb.deletions import DynamoDeletions
from lambdas.contract.functions import FUNCTIONS
from tests.support import aws
from tests.support.catalogue import (
    delete_alias,
    delete_model,
    delete_version,
    get_model,
    list_models,
    list_versions,
    patch_model,
    put_alias,
)
from tests.support.registry import fetch, metadata, upload, upload_form
from tests.support.sharing import share
from tests.support.upkeep import FOREVER, assert_clean, assert_whole, purger, stored, sweep


def fill() -> None:
    """Make a model with all that a model can have."""
    upload(b"one")
    upload_form(("a", b"12"), ("b", b"3"), model_name="bert-base", license="MIT")
    upload(b"code", kind="code")
    put_alias("prod", 1)
    put_alias("main", 1, kind="code")
    patch_model({"description": "words", "tags": {"team": "nlp"}})


def test_a_deleted_model_is_gone_for_every_reader() -> None:
    # GIVEN
    fill()
    upload(name="other")
    # WHEN
    answer = delete_model()
    # THEN
    assert (answer.status, answer.body) == (204, b"")
    readers = [
        get_model(),
        patch_model({"license": "x"}),
        delete_model(),
        fetch(),
        fetch(query="version=1"),
        fetch(query="version=prod"),
        fetch(method="HEAD", kind="code"),
        list_versions(),
        delete_version(1),
        put_alias("prod", 1),
        delete_alias("prod"),
    ]
    assert {reader.status for reader in readers} == {404}
    assert {r.error_code for r in readers if r.body} == {"MODEL_NOT_FOUND"}
    assert [model["name"] for model in list_models().json["models"]] == ["other"]
    assert_clean()


def test_a_delete_takes_these_calls_for_one_type_of_artifact(calls: aws.AwsCalls) -> None:
    # GIVEN
    upload()
    upload()
    calls.made.clear()
    # WHEN
    delete_model()
    # THEN
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


def test_the_name_starts_anew_with_the_next_number_and_nothing_of_the_old() -> None:
    # GIVEN
    fill()
    delete_model()
    # WHEN
    new = upload(b"new").json
    # THEN
    assert new["version"] == 3
    assert new["model"]["license"] == "unknown"
    body = get_model().json
    assert (body["license"], body["description"], body["tags"]) == ("unknown", "", {})
    assert (body["aliases"], list(body["versions"]), body["size"]) == ({}, ["model"], 3)
    assert body["code_key"] == ""
    assert body["created_at"] == new["created_at"]
    assert fetch(query="version=1").error_code == "VERSION_NOT_FOUND"
    assert fetch(kind="code").error_code == "ARTIFACT_NOT_FOUND"
    assert upload(b"code", kind="code").json["version"] == 2
    assert_clean()


def test_an_old_etag_never_fits_the_new_model() -> None:
    # GIVEN
    tags = set()
    for _ in range(3):
        upload()
        tags.add(get_model().headers["ETag"])
        delete_model()
    # THEN
    assert len(tags) == 3


def test_a_delete_under_another_etag_is_refused() -> None:
    # GIVEN
    upload()
    tag = get_model().headers["ETag"]
    upload()
    # WHEN
    answer = delete_model(headers={"If-Match": tag})
    # THEN
    assert (answer.status, answer.error_code) == (412, "PRECONDITION_FAILED")
    assert fetch().status == 200
    assert delete_model(headers={"If-Match": get_model().headers["ETag"]}).status == 204


@pytest.mark.parametrize(
    ("name", "status", "code"),
    [("nobody", 404, "MODEL_NOT_FOUND"), ("a--b", 400, "INVALID_NAME")],
)
def test_what_is_not_there_cannot_be_deleted(name: str, status: int, code: str) -> None:
    # WHEN
    answer = delete_model(name)
    # THEN
    assert (answer.status, answer.error_code) == (status, code)
    assert aws.items() == []


def test_many_versions_and_shared_objects_go_in_batches() -> None:
    # GIVEN
    for number in range(60):
        upload(str(number).encode())
    for number in (1, 1, 61):
        share(number=number)
    # WHEN
    delete_model()
    # THEN
    sweep()
    assert_clean()
    assert aws.objects() == []


def test_what_takes_too_long_is_left_to_the_sweep_and_seen_by_nobody() -> None:
    # GIVEN
    upload(b"old")
    with aws.failing("s3", "DeleteObjects", "InternalError"):
        assert delete_model().status == 204
    assert len(aws.objects()) == 1
    # WHEN the name is used again before the sweep comes
    assert upload(b"new").json["version"] == 2
    # THEN
    assert fetch(query="version=1").error_code == "VERSION_NOT_FOUND"
    assert delete_version(1).error_code == "VERSION_NOT_FOUND"
    assert put_alias("prod", 1).error_code == "VERSION_NOT_FOUND"
    assert [v["version"] for v in list_versions().json["versions"]] == [2]
    # WHEN
    sweep()
    # THEN
    assert fetch().body == b"new"
    assert_clean()


def test_deleting_the_newest_version_never_brings_an_unpurged_one_back() -> None:
    # GIVEN
    upload(b"old")
    with aws.failing("s3", "DeleteObjects", "InternalError"):
        delete_model()
    upload(b"new")
    # WHEN
    delete_version(2)
    # THEN
    assert fetch().error_code == "ARTIFACT_NOT_FOUND"
    sweep()
    assert_clean()


def test_a_purge_keeps_to_its_time_and_goes_on_where_it_stopped() -> None:
    # GIVEN
    for number in range(30):
        upload(str(number).encode())
    with aws.failing("s3", "DeleteObjects", "InternalError"):
        delete_model()
    # WHEN
    first = purger().purge("bert-base", datetime.now(UTC))
    # THEN
    assert first is False
    assert len(aws.objects()) == 5
    # WHEN
    assert purger().purge("bert-base", FOREVER) is True
    # THEN
    assert_clean()
    assert purger().purge("bert-base", FOREVER) is True
    assert purger().purge("nobody", FOREVER) is True


def test_a_delete_is_due_for_the_sweep_at_once() -> None:
    # GIVEN
    upload()
    # WHEN
    with aws.failing("s3", "DeleteObjects", "InternalError"):
        delete_model()
    # THEN
    record = stored().raw["bert-base"]
    assert record["sweep"] == "due"
    assert record["sweep_at"] <= datetime.now(UTC).timestamp()
    assert record["purge_model"] == 1


def test_an_upload_meanwhile_is_deleted_with_the_model(calls: aws.AwsCalls) -> None:
    # GIVEN
    upload(b"one")
    calls.interrupt("dynamodb:TransactWriteItems", lambda: upload(b"two"))
    # WHEN
    assert delete_model().status == 204
    # THEN
    assert get_model().status == 404
    assert_clean()


def test_an_upload_that_commits_after_the_delete_is_the_new_model(calls: aws.AwsCalls) -> None:
    # GIVEN
    upload(b"one")
    calls.interrupt("dynamodb:TransactWriteItems", delete_model)
    # WHEN
    answer = upload(b"two")
    # THEN
    assert answer.json["version"] == 2
    assert fetch().body == b"two"
    assert fetch(query="version=1").error_code == "VERSION_NOT_FOUND"
    assert_clean()


def test_two_purges_at_a_time_do_no_harm(monkeypatch: pytest.MonkeyPatch) -> None:
    # GIVEN
    upload()
    with aws.failing("s3", "DeleteObjects", "InternalError"):
        delete_model()
    upload(b"new")
    forget = DynamoDeletions.forget

    def overtaken(self: DynamoDeletions, *args: object) -> None:
        monkeypatch.setattr(DynamoDeletions, "forget", forget)
        purger().purge("bert-base", FOREVER)
        forget(self, *args)  # type: ignore[arg-type]

    monkeypatch.setattr(DynamoDeletions, "forget", overtaken)
    # WHEN
    assert purger().purge("bert-base", FOREVER)
    # THEN
    assert_clean()
    assert fetch().body == b"new"


def test_a_purge_does_not_clear_a_newer_delete() -> None:
    # GIVEN
    upload(b"one")
    upload(b"two")
    with aws.failing("s3", "DeleteObjects", "InternalError"):
        delete_model()
    # WHEN an old purge, of an earlier delete, ends late
    purger().deletions.purged("bert-base", "model", 1)
    # THEN
    assert stored().records["bert-base"].purges == {"model": 2}
    assert_whole()


def test_metadata_of_a_re_created_model_is_its_own() -> None:
    # GIVEN
    fill()
    delete_model()
    upload(b"new")
    # THEN
    assert metadata()["version"] == 3
    assert metadata()["message"] == ""


def test_every_call_of_the_catalogue_is_granted(calls: aws.AwsCalls) -> None:
    # GIVEN
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
    # WHEN
    calls.made.clear()
    list_models()
    patch_model({"license": "x"}, headers={**keyed, "If-Match": "*"})
    patch_model({"license": "x"}, headers={"Idempotency-Key": "l", "If-Match": '"0"'})
    delete_model(headers=keyed)
    models = set(calls.made)
    upload()
    calls.made.clear()
    list_versions()
    put_alias("a", 3, headers=keyed)
    put_alias("b", 9, headers=keyed)
    delete_alias("a", headers=keyed)
    delete_version(3, headers=keyed)
    versions = set(calls.made)
    # THEN a transaction needs the permission of each write in it
    needed = {
        "s3:DeleteObjects": "s3:DeleteObjectVersion",
        "dynamodb:TransactWriteItems": "dynamodb:UpdateItem",
    }
    assert {needed.get(call, call) for call in models} == granted["Models"]
    assert {needed.get(call, call) for call in versions} == granted["Versions"]
