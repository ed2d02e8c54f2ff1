"""Listing versions, and deleting one."""

from urllib.parse import quote

import pytest

from lambdas.web.page_tokens import page_token
from tests.support import aws, events, use_cases
from tests.support.invariants import assert_clean, stored
from tests.support.sharing import share


def numbers(query: str = "") -> list[int]:
    """Return the numbers of all versions, page after page."""
    found: list[int] = []
    token = ""
    while True:
        page = events.list_versions(query=query + token).json
        found += [version["version"] for version in page["versions"]]
        if "next" not in page:
            return found
        token = f"&next={page['next']}"


def test_versions_are_listed_newest_first_with_their_metadata(calls: aws.AwsCalls) -> None:
    events.upload(b"one")
    second = events.upload_form(
        ("a", b"12"), ("b", b"3"), model_name="bert-base", message="why"
    ).json
    events.upload(b"code", kind="code")
    events.put_alias("prod", 2)
    events.put_alias("best", 2)
    calls.made.clear()

    page = events.list_versions().json

    assert calls.made == ["dynamodb:GetItem", "dynamodb:Query"]
    assert page["versions"][0] == {
        "version": 2,
        "created_at": second["created_at"],
        "size": 3,
        "verdict": second["verdict"],
        "message": "why",
        "files": 2,
        "aliases": ["best", "prod"],
    }
    assert [version["version"] for version in page["versions"]] == [2, 1]
    assert "next" not in page


@pytest.mark.parametrize("limit", [1, 2, 5, 11, 12, 13])
def test_pages_have_every_version_once_whatever_their_size(limit: int) -> None:
    for number in range(12):
        events.upload(str(number).encode())
    assert numbers(f"limit={limit}") == list(range(12, 0, -1))


def test_big_manifests_make_short_pages_but_none_is_lost() -> None:
    paths = [f"{n:04}/{'p' * 240}" for n in range(1000)]
    for _ in range(3):
        events.upload_form(*((path, b"x") for path in paths), model_name="bert-base")
    assert numbers("limit=2") == [3, 2, 1]
    assert events.list_versions(query="limit=1").json["versions"][0]["files"] == 1000


@pytest.mark.parametrize(
    ("path", "query", "status", "code"),
    [
        ("bert-base", "limit=0", 400, "INVALID_REQUEST"),
        ("bert-base", "limit=101", 400, "INVALID_REQUEST"),
        ("bert-base", "next=x", 400, "INVALID_TOKEN"),
        ("bert-base", f"next={page_token('versions/code/bert-base', 1)}", 400, "INVALID_TOKEN"),
        ("bert-base", f"next={page_token('versions/model/bert-base', '1')}", 400, "INVALID_TOKEN"),
        ("nobody", "", 404, "MODEL_NOT_FOUND"),
        ("only-code", "", 404, "ARTIFACT_NOT_FOUND"),
        ("a--b", "", 400, "INVALID_NAME"),
    ],
)
def test_an_invalid_listing_request_says_why(path: str, query: str, status: int, code: str) -> None:
    events.upload()
    events.upload(name="only-code", kind="code")
    answer = events.list_versions(path, query)
    assert (answer.status, answer.error_code) == (status, code)
    assert events.list_versions(kind="banana").error_code == "INVALID_ARTIFACT_TYPE"


@pytest.mark.parametrize("number", [-(10**9), -1, 0, 10**10, 10**80])
def test_a_forged_token_lists_what_there_is_and_never_fails(number: int) -> None:
    events.upload()
    answer = events.list_versions(query=f"next={page_token('versions/model/bert-base', number)}")
    assert answer.status == 200
    assert len(answer.json["versions"]) == (1 if number > 1 else 0)


def test_an_old_version_goes_with_its_objects_and_leaves_the_others(calls: aws.AwsCalls) -> None:
    for content in (b"one", b"two", b"three"):
        events.upload(content)
    record = events.get_model().json
    calls.made.clear()

    answer = events.delete_version(2)

    assert (answer.status, answer.body) == (204, b"")
    assert calls.made == [
        "dynamodb:BatchGetItem",
        "dynamodb:TransactWriteItems",
        "dynamodb:Query",
        "s3:DeleteObjects",
        "dynamodb:UpdateItem",
    ]
    assert events.fetch(query="version=2").error_code == "VERSION_NOT_FOUND"
    assert numbers() == [3, 1]
    assert events.get_model().json == {
        **record,
        "updated_at": events.get_model().json["updated_at"],
    }
    assert_clean()


def test_deleting_the_newest_version_makes_the_one_before_the_newest() -> None:
    events.upload(b"one")
    events.upload(b"12")
    before = events.get_model().json
    events.upload(b"three")

    events.delete_version(3)

    after = events.get_model().json
    assert after == {**before, "updated_at": after["updated_at"]}
    assert events.fetch().body == b"12"
    assert events.metadata()["version"] == 2
    assert_clean()


def test_a_number_is_never_used_again_even_the_highest() -> None:
    events.upload()
    events.delete_version(1)
    assert events.upload(b"two").json["version"] == 2
    events.delete_version(2)
    assert events.upload(b"three").json["version"] == 3
    assert numbers() == [3]


def test_without_its_last_version_a_model_stays_but_has_no_such_artifact() -> None:
    events.upload()
    events.upload(b"code", kind="code")

    events.delete_version(1)

    assert events.fetch().error_code == "ARTIFACT_NOT_FOUND"
    assert events.list_versions().error_code == "ARTIFACT_NOT_FOUND"
    body = events.get_model().json
    assert (body["model_key"], body["size"], list(body["versions"])) == ("", 0, ["code"])
    assert events.fetch(kind="code").body == b"code"
    assert_clean()


def test_an_alias_keeps_its_version() -> None:
    events.upload()
    events.put_alias("prod", 1)
    events.put_alias("best", 1)

    answer = events.delete_version(1)

    assert (answer.status, answer.error_code) == (409, "CONFLICT")
    assert answer.json["aliases"] == ["best", "prod"]
    assert "best, prod" in answer.json["error"]
    assert events.fetch(query="version=prod").status == 200

    events.delete_alias("prod")
    events.delete_alias("best")

    assert events.delete_version(1).status == 204


def test_objects_that_another_version_uses_stay_until_the_last_one_goes() -> None:
    events.upload(b"shared")
    events.upload(b"other")
    assert share(number=1) == 3

    events.delete_version(1)

    assert events.fetch(query="version=3").body == b"shared"
    assert_clean()

    events.delete_version(3)

    assert events.fetch().body == b"other"
    assert len(aws.objects()) == 1


def test_versions_that_share_objects_are_found_after_big_manifests() -> None:
    events.upload(b"shared")
    share(number=1)
    paths = [f"{n:04}/{'p' * 240}" for n in range(1000)]
    for _ in range(2):
        events.upload_form(*((path, b"x") for path in paths), model_name="bert-base")

    events.delete_version(1)

    assert events.fetch(query="version=2").body == b"shared"


@pytest.mark.parametrize(
    ("version", "status", "code"),
    [
        ("", 400, "INVALID_REQUEST"),
        ("0", 400, "INVALID_REQUEST"),
        ("-1", 400, "INVALID_REQUEST"),
        ("latest", 400, "INVALID_REQUEST"),
        ("prod", 400, "INVALID_REQUEST"),
        ("1.5", 400, "INVALID_REQUEST"),
        ("9" * 40, 400, "INVALID_REQUEST"),
        ("9", 404, "VERSION_NOT_FOUND"),
    ],
)
def test_deleting_a_version_that_cannot_be_deleted_says_why(
    version: str, status: int, code: str
) -> None:
    events.upload()
    events.put_alias("prod", 1)
    answer = events.delete_version(quote(version))
    assert (answer.status, answer.error_code) == (status, code)
    assert answer.json.get("field") == ("version" if status == 400 else None)
    assert events.fetch().status == 200


def test_deleting_a_version_of_an_unknown_model_is_not_found() -> None:
    events.upload()
    assert events.delete_version(1, "nobody").error_code == "MODEL_NOT_FOUND"
    assert events.delete_version(1, kind="code").error_code == "ARTIFACT_NOT_FOUND"
    assert events.delete_version(1, kind="banana").error_code == "INVALID_ARTIFACT_TYPE"
    assert events.delete_version(1, "a--b").error_code == "INVALID_NAME"


@pytest.mark.parametrize("victim", [1, 2])
def test_an_alias_that_is_set_meanwhile_still_keeps_its_version(
    calls: aws.AwsCalls, victim: int
) -> None:
    events.upload()
    events.upload()
    calls.interrupt("dynamodb:TransactWriteItems", lambda: events.put_alias("prod", victim))
    answer = events.delete_version(victim)
    assert answer.error_code == "CONFLICT"
    assert events.fetch(query="version=prod").status == 200


def test_a_concurrent_upload_stays_the_newest(calls: aws.AwsCalls) -> None:
    events.upload(b"one")
    events.upload(b"two")
    calls.interrupt("dynamodb:TransactWriteItems", lambda: events.upload(b"three"))
    assert events.delete_version(2).status == 204
    assert events.fetch().body == b"three"
    assert numbers() == [3, 1]


def test_the_second_of_two_deletes_of_a_version_finds_nothing(calls: aws.AwsCalls) -> None:
    events.upload()
    events.upload()
    calls.interrupt("dynamodb:TransactWriteItems", lambda: events.delete_version(1))
    assert events.delete_version(1).error_code == "VERSION_NOT_FOUND"
    assert_clean()


def test_a_model_that_is_deleted_meanwhile_takes_the_version_with_it(calls: aws.AwsCalls) -> None:
    events.upload()
    calls.interrupt("dynamodb:TransactWriteItems", events.delete_model)
    assert events.delete_version(1).error_code == "MODEL_NOT_FOUND"
    assert_clean()


def test_a_failing_object_store_leaves_the_objects_to_the_sweep() -> None:
    events.upload()
    events.upload(b"stays")

    with aws.failing("s3", "DeleteObjects", "InternalError"):
        answer = events.delete_version(1)

    assert answer.status == 204
    assert len(aws.objects()) == 2
    use_cases.sweep()
    assert_clean()
    assert events.fetch().body == b"stays"


def test_a_delete_changes_the_generation_that_sessions_commit_under() -> None:
    events.upload()
    events.upload()
    events.patch_model({"license": "MIT"})
    events.delete_version(1)
    assert stored().records["bert-base"].generations == {"model": 1}
