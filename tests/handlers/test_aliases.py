"""Aliases, and every selector that takes them."""

from urllib.parse import quote

import pytest

from lambdas.contract.limits import MAX_ALIASES
from tests.support import aws, events


def test_an_alias_selects_its_version_everywhere_until_it_moves() -> None:
    events.upload(b"one")
    events.upload(b"two")

    answer = events.put_alias("prod", 1)

    assert (answer.status, answer.json) == (200, {"alias": "prod", "version": 1})
    assert events.fetch(query="version=prod").body == b"one"
    assert events.fetch(query="version=prod", method="HEAD").headers["X-Artifact-Version"] == "1"
    assert events.metadata(version="prod")["version"] == 1

    events.put_alias("prod", 2)

    assert events.fetch(query="version=prod").body == b"two"
    assert events.fetch(query="version=latest").body == b"two"


def test_an_alias_of_the_newest_version_is_one_read_and_of_another_two(
    calls: aws.AwsCalls,
) -> None:
    events.upload()
    events.upload()
    events.put_alias("old", 1)
    events.put_alias("new", 2)

    calls.made.clear()
    events.metadata(version="new")
    events.metadata(version="old")

    assert calls.made == ["dynamodb:GetItem", "dynamodb:GetItem", "dynamodb:GetItem"]


def test_setting_and_removing_an_alias_take_two_calls_each(calls: aws.AwsCalls) -> None:
    events.upload()
    calls.made.clear()

    events.put_alias("prod", 1)
    removed = events.delete_alias("prod")

    assert (removed.status, removed.body) == (204, b"")
    assert calls.made == [
        "dynamodb:BatchGetItem",
        "dynamodb:TransactWriteItems",
        "dynamodb:GetItem",
        "dynamodb:TransactWriteItems",
    ]
    assert events.get_model().json["aliases"] == {}


def test_types_have_their_own_aliases() -> None:
    events.upload(b"weights")
    events.upload(b"print()", kind="code")
    events.put_alias("prod", 1)
    assert events.fetch(query="version=prod", kind="code").error_code == "VERSION_NOT_FOUND"
    assert events.get_model().json["aliases"] == {"model": {"prod": 1}}


@pytest.mark.parametrize(
    "alias",
    ["latest", "1", "007", "-a", "a-", ".a", "a..b", "a--b", "x" * 65, "a b", "naïve", "a\u0661"],
)
def test_a_naughty_alias_is_refused(alias: str, calls: aws.AwsCalls) -> None:
    events.upload()
    calls.made.clear()
    answers = [events.put_alias(alias, 1), events.delete_alias(alias)]
    for answer in answers:
        assert (answer.status, answer.error_code) in {(400, "INVALID_REQUEST"), (404, "NOT_FOUND")}
    assert calls.made == []


@pytest.mark.parametrize("alias", ["a", "prod", "v1.2", "2024-01-01", "1a", "Latest", "x" * 64])
def test_a_plain_alias_is_taken_and_selects(alias: str) -> None:
    events.upload(b"one")
    assert events.put_alias(alias, 1).status == 200
    assert events.fetch(query=f"version={alias}").body == b"one"


@pytest.mark.parametrize(
    ("selector", "status", "code"),
    [
        ("staging", 404, "VERSION_NOT_FOUND"),
        ("a--b", 400, "INVALID_REQUEST"),
        ("x" * 65, 400, "INVALID_REQUEST"),
        ("é", 400, "INVALID_REQUEST"),
        ("alias/model/prod", 400, "INVALID_REQUEST"),
    ],
)
def test_a_selector_that_selects_nothing_says_why(selector: str, status: int, code: str) -> None:
    events.upload()
    events.put_alias("prod", 1)
    answer = events.fetch(query=f"version={quote(selector)}")
    assert (answer.status, answer.error_code) == (status, code)


@pytest.mark.parametrize("version", [None, "1", 0, -1, 1.5, True, 10**10, [1], {}])
def test_a_version_that_is_not_a_number_is_refused(version: object) -> None:
    events.upload()
    answer = events.put_alias("prod", version)
    assert (answer.status, answer.error_code) == (400, "INVALID_REQUEST")
    assert answer.json["field"] == "version"


def test_an_alias_of_nothing_is_refused() -> None:
    events.upload()
    assert events.put_alias("prod", 2).error_code == "VERSION_NOT_FOUND"
    assert events.put_alias("prod", 1, kind="code").error_code == "ARTIFACT_NOT_FOUND"
    assert events.put_alias("prod", 1, "nobody").error_code == "MODEL_NOT_FOUND"
    assert events.put_alias("prod", 1, kind="banana").error_code == "INVALID_ARTIFACT_TYPE"
    assert events.delete_alias("prod").error_code == "VERSION_NOT_FOUND"
    assert events.delete_alias("prod", "nobody").error_code == "MODEL_NOT_FOUND"
    assert events.get_model().json["aliases"] == {}


def test_the_number_of_aliases_is_limited_but_existing_ones_still_move() -> None:
    events.upload()
    events.upload()
    for number in range(MAX_ALIASES):
        assert events.put_alias(f"a{number}", 1).status == 200

    answer = events.put_alias("more", 1)

    assert (answer.status, answer.error_code) == (409, "CONFLICT")
    assert events.put_alias("a7", 2).status == 200
    assert len(events.get_model().json["aliases"]["model"]) == MAX_ALIASES


def test_aliases_that_are_set_at_the_same_time_are_both_kept(calls: aws.AwsCalls) -> None:
    events.upload()
    calls.interrupt("dynamodb:TransactWriteItems", lambda: events.put_alias("other", 1))
    assert events.put_alias("prod", 1).status == 200
    assert events.get_model().json["aliases"] == {"model": {"other": 1, "prod": 1}}


def test_an_alias_never_points_at_a_version_that_is_deleted_meanwhile(
    calls: aws.AwsCalls,
) -> None:
    events.upload()
    events.upload()
    calls.interrupt("dynamodb:TransactWriteItems", lambda: events.delete_version(1))
    answer = events.put_alias("prod", 1)
    assert answer.error_code == "VERSION_NOT_FOUND"
    assert events.get_model().json["aliases"] == {}


@pytest.mark.parametrize(
    "write", [lambda: events.put_alias("b", 1), lambda: events.patch_model({"license": "x"})]
)
def test_no_write_brings_back_a_model_that_is_deleted_meanwhile(
    calls: aws.AwsCalls, write: object
) -> None:
    events.upload()
    calls.interrupt("dynamodb:TransactWriteItems", events.delete_model)
    assert callable(write)
    assert write().error_code == "MODEL_NOT_FOUND"
    assert events.get_model().status == 404


def test_an_alias_selects_a_version_with_a_big_manifest() -> None:
    events.upload_form(*((f"shard-{n}.bin", b"x") for n in range(200)), model_name="bert-base")
    events.put_alias("prod", 1)
    assert len(events.metadata(version="prod")["files"]) == 200
