"""Listing, reading and editing models."""

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lambdas.contract.limits import MAX_DESCRIPTION_CHARS, MAX_TAG_CHARS, MAX_TAGS
from lambdas.registry.scores import SCORES
from lambdas.web.page_tokens import page_token
from tests.support import aws, events

NAMES = ["Zeta", "alpha", "alpha-1", "alpha.2", "alphabet", "beta", "bert-base"]


def test_models_are_listed_by_name_with_creation_time_and_license() -> None:
    events.upload(name="beta")
    events.upload_form(("a", b"1"), model_name="alpha", license="MIT")

    page = events.list_models().json

    assert [model["name"] for model in page["models"]] == ["alpha", "beta"]
    assert [model["license"] for model in page["models"]] == ["MIT", "unknown"]
    assert page["models"][0]["created_at"] == events.get_model("alpha").json["created_at"]
    assert "next" not in page


@pytest.mark.parametrize("limit", [1, 2, 3, 6, 7, 8])
def test_pages_have_every_model_once_whatever_their_size(limit: int) -> None:
    for name in NAMES:
        events.upload(name=name)
    assert events.all_pages(f"limit={limit}") == sorted(NAMES)


@pytest.mark.parametrize("limit", [1, 2, 100])
def test_a_prefix_selects_and_is_kept_across_pages(limit: int) -> None:
    for name in NAMES:
        events.upload(name=name)

    assert events.all_pages(f"prefix=alpha&limit={limit}") == [
        "alpha",
        "alpha-1",
        "alpha.2",
        "alphabet",
    ]
    assert events.list_models("prefix=nothing").json == {"models": []}


def test_a_page_continues_after_a_model_that_was_deleted_meanwhile() -> None:
    for name in ("a", "b", "c"):
        events.upload(name=name)
    first = events.list_models("limit=2").json
    aws.delete_record("b")
    rest = events.list_models(f"limit=2&next={first['next']}").json
    assert [model["name"] for model in rest["models"]] == ["c"]


@pytest.mark.parametrize(
    ("query", "code", "field"),
    [
        ("limit=0", "INVALID_REQUEST", "limit"),
        ("limit=101", "INVALID_REQUEST", "limit"),
        ("limit=-1", "INVALID_REQUEST", "limit"),
        ("limit=ten", "INVALID_REQUEST", "limit"),
        ("prefix=a%20b", "INVALID_REQUEST", "prefix"),
        ("prefix=" + "x" * 97, "INVALID_REQUEST", "prefix"),
        ("prefix=%00", "INVALID_REQUEST", "prefix"),
        ("next=", "INVALID_TOKEN", None),
        ("next=banana", "INVALID_TOKEN", None),
        (f"next={page_token('models/', 'x')}&prefix=b", "INVALID_TOKEN", None),
        (f"next={page_token('models/b', 'alpha')}&prefix=b", "INVALID_TOKEN", None),
        (f"next={page_token('models/', 'a--b')}", "INVALID_TOKEN", None),
        (f"next={page_token('models/', '')}", "INVALID_TOKEN", None),
        (f"next={page_token('versions/model/a', 3)}", "INVALID_TOKEN", None),
    ],
)
def test_an_invalid_listing_request_says_why(query: str, code: str, field: str | None) -> None:
    answer = events.list_models(query)
    assert (answer.status, answer.error_code) == (400, code)
    assert answer.json.get("field") == field


@given(prefix=st.text(max_size=120), token=st.text(max_size=120))
@settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_no_query_gets_a_5xx(prefix: str, token: str) -> None:
    from urllib.parse import urlencode  # noqa: PLC0415

    assert (
        events.list_models(urlencode({"prefix": prefix, "next": token}, errors="replace")).status
        < 500
    )


def test_a_page_is_one_query(calls: aws.AwsCalls) -> None:
    events.list_models()
    assert calls.made == ["dynamodb:Query"]


def test_an_upload_after_the_first_does_not_write_to_the_listing() -> None:
    events.upload()
    before = events.list_models().json
    events.upload(b"other")
    assert events.list_models().json == before


def test_the_record_has_the_seeds_members_the_newest_versions_and_the_aliases(
    calls: aws.AwsCalls,
) -> None:
    events.upload(b"one")
    newest = events.upload_form(("a", b"12"), ("b", b"345"), model_name="bert-base").json
    code = events.upload(b"code", kind="code").json
    events.put_alias("prod", 1)
    calls.made.clear()

    answer = events.get_model()

    assert calls.made == ["dynamodb:GetItem"]
    body = answer.json
    assert set(body.pop("scores")) == set(body.pop("scores_latency")) == {*SCORES, "net_score"}
    assert body == {
        "name": "bert-base",
        "size": 5,
        "license": "unknown",
        "model_key": newest["s3_key"],
        "code_key": code["s3_key"],
        "dataset_key": "",
        "description": "",
        "tags": {},
        "versions": {
            "model": {
                "version": 2,
                "created_at": newest["created_at"],
                "size": 5,
                "verdict": newest["verdict"],
                "files": 2,
            },
            "code": {
                "version": 1,
                "created_at": code["created_at"],
                "size": 4,
                "verdict": code["verdict"],
                "files": 1,
            },
        },
        "aliases": {"model": {"prod": 1}},
        "created_at": answer.json["created_at"],
        "updated_at": answer.json["updated_at"],
    }


def test_the_record_of_a_version_with_a_big_manifest_is_still_one_read(
    calls: aws.AwsCalls,
) -> None:
    events.upload_form(*((f"shard-{n}.bin", b"x") for n in range(200)), model_name="wide")
    calls.made.clear()
    assert events.get_model("wide").json["versions"]["model"]["files"] == 200
    assert calls.made == ["dynamodb:GetItem"]


def test_the_etag_changes_with_every_change_and_answers_304_until_then() -> None:
    events.upload()
    tags = [events.get_model().headers["ETag"]]

    for change in (
        lambda: events.upload(b"other"),
        lambda: events.patch_model({"license": "MIT"}),
        lambda: events.put_alias("prod", 1),
    ):
        assert events.get_model(headers={"If-None-Match": f'"x", W/{tags[-1]}'}).status == 304
        assert change().status == 200
        assert events.get_model(headers={"If-None-Match": tags[-1]}).status == 200
        tags.append(events.get_model().headers["ETag"])

    assert len(set(tags)) == 4
    assert events.get_model(headers={"If-None-Match": "*"}).body == b""


def test_an_edit_changes_what_it_names_and_nothing_else(calls: aws.AwsCalls) -> None:
    events.upload_form(("a", b"1"), model_name="bert-base", license="MIT")
    events.patch_model(
        {"description": "A model.\nOf words.", "tags": {"team": "nlp", "ünï": "\U0001f600"}}
    )
    before = events.get_model().json
    calls.made.clear()

    answer = events.patch_model({"license": "Apache-2.0"})

    assert calls.made == ["dynamodb:GetItem", "dynamodb:TransactWriteItems"]
    assert answer.status == 200
    assert answer.json == {
        **before,
        "license": "Apache-2.0",
        "updated_at": answer.json["updated_at"],
    }
    assert events.get_model().json == answer.json
    assert events.get_model().headers["ETag"] == answer.headers["ETag"]
    assert events.list_models().json["models"][0]["license"] == "Apache-2.0"


def test_tags_are_replaced_as_a_whole_and_texts_can_be_emptied() -> None:
    events.upload()
    events.patch_model({"license": "MIT", "description": "x", "tags": {"a": "1", "b": "2"}})
    body = events.patch_model({"license": "", "description": "", "tags": {"b": "3"}}).json
    assert (body["license"], body["description"], body["tags"]) == ("unknown", "", {"b": "3"})
    assert events.get_model().json == body


def test_an_edit_under_another_etag_is_refused_and_changes_nothing() -> None:
    events.upload()
    tag = events.get_model().headers["ETag"]
    assert events.patch_model({"license": "MIT"}, headers={"If-Match": tag}).status == 200

    late = [
        events.patch_model({"license": "late"}, headers={"If-Match": value})
        for value in (
            tag,
            f"W/{events.get_model().headers['ETag']}",
            '"9999999999999999999999"',
            "x",
            "",
        )
    ]

    assert {(a.status, a.error_code) for a in late} == {(412, "PRECONDITION_FAILED")}
    assert events.get_model().json["license"] == "MIT"
    # AND any of several tags, or any record at all, is accepted
    current = events.get_model().headers["ETag"]
    assert (
        events.patch_model({"license": "a"}, headers={"If-Match": f'"x", {current}'}).status == 200
    )
    assert events.patch_model({"license": "b"}, headers={"If-Match": "*"}).status == 200


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "body"),
        ([], "body"),
        ("text", "body"),
        (b"{", "body"),
        (b"\xff\xfe", "body"),
        (b'{"license":"\\ud800"}', "body"),
        (b"[" * 100_000, "body"),
        ({"license": None}, "license"),
        ({"license": 1}, "license"),
        ({"license": "x" * 201}, "license"),
        ({"license": "a\x00"}, "license"),
        ({"description": "x" * (MAX_DESCRIPTION_CHARS + 1)}, "description"),
        ({"name": "other"}, "name"),
        ({"revision": 1}, "revision"),
        ({"tags": ["a"]}, "tags"),
        ({"tags": {"a": 1}}, "tags.a"),
        ({"tags": {"": "a"}}, "tags"),
        ({"tags": {"a\n\x07": "a"}}, "tags"),
        ({"tags": {"a": "x" * (MAX_TAG_CHARS + 1)}}, "tags"),
        ({"tags": {"x" * 65: "a"}}, "tags"),
        ({"tags": {str(n): "" for n in range(MAX_TAGS + 1)}}, "tags"),
        ({"x" * 4_000_000: 1}, "x" * 100),
    ],
)
def test_an_invalid_edit_is_refused_with_its_field(body: object, field: str) -> None:
    events.upload()
    before = events.get_model().json
    answer = events.patch_model(body)
    assert (answer.status, answer.error_code) == (400, "INVALID_REQUEST")
    assert answer.json["field"] == field
    assert events.get_model().json == before


def test_the_longest_description_and_tags_of_a_model_fit_its_item() -> None:
    events.upload(filename="\U0001f600" * 60)
    wide = "\U0001f600"

    answer = events.patch_model(
        json.dumps(
            {
                "license": wide * 200,
                "description": wide * MAX_DESCRIPTION_CHARS,
                "tags": {f"{n:02}{wide * 62}": wide * MAX_TAG_CHARS for n in range(MAX_TAGS)},
            }
        ).encode()
    )

    assert answer.status == 200
    assert events.get_model().json["description"] == wide * MAX_DESCRIPTION_CHARS


@pytest.mark.parametrize(
    ("name", "status", "code"),
    [
        ("nobody", 404, "MODEL_NOT_FOUND"),
        ("a--b", 400, "INVALID_NAME"),
        ("x" * 97, 400, "INVALID_NAME"),
    ],
)
def test_an_unknown_name_is_not_found(name: str, status: int, code: str) -> None:
    answers = [events.get_model(name), events.patch_model({"license": "x"}, name)]
    assert {(a.status, a.error_code) for a in answers} == {(status, code)}


def test_an_edit_without_a_body_is_missing_it() -> None:
    assert events.patch_model(b"").error_code == "MISSING_BODY"


def test_an_edit_that_meets_another_writer_is_tried_again(calls: aws.AwsCalls) -> None:
    events.upload()
    calls.interrupt(
        "dynamodb:TransactWriteItems", lambda: events.patch_model({"tags": {"other": "1"}})
    )

    answer = events.patch_model({"license": "MIT"})

    assert answer.status == 200
    body = events.get_model().json
    assert (body["license"], body["tags"]) == ("MIT", {"other": "1"})
