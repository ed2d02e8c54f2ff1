"""Uploads and downloads over HTTP, on the deployed stack."""

from __future__ import annotations

import hashlib
import os
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest
import requests

from tests.support.crash import aws_calls, kill_at

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

    from local.stack import Stack
    from tests.support.over_http import Api

EVERY_BYTE = bytes(range(256)) * 16
TIMEOUT_S = 60


def test_four_megabytes_of_random_bytes_come_back_identical(api: Api) -> None:
    content = os.urandom(4_000_000)
    uploaded = api.upload("random", content)
    assert uploaded.status_code == 200, uploaded.text
    answer = api.fetch("random")
    assert answer.content == content
    assert answer.headers["ETag"] == f'"{hashlib.sha256(content).hexdigest()}"'


def test_four_megabytes_of_form_data_come_back_identical_under_the_name_in_the_form(
    api: Api,
) -> None:
    content = os.urandom(4_000_000)
    uploaded = api.upload_form(("weights.bin", content), model_name="form")
    assert uploaded.json()["model_name"] == "form"
    assert api.fetch("form").content == content


@pytest.mark.parametrize("accept", ["*/*", "application/json", "image/png"])
def test_every_byte_value_survives_whatever_the_client_accepts(api: Api, accept: str) -> None:
    name = f"bytes-{hashlib.sha256(accept.encode()).hexdigest()[:8]}"
    api.upload(name, EVERY_BYTE)
    answer = api.fetch(name, headers={"Accept": accept})
    assert answer.content == EVERY_BYTE


def test_head_and_if_none_match_send_no_bytes(api: Api) -> None:
    sha256 = api.upload("head", b"weights").json()["sha256"]
    head = api.ask("HEAD", "/artifacts/model/head")
    unchanged = api.fetch("head", headers={"If-None-Match": f'"{sha256}"'})
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["X-Artifact-Size"] == "7"
    assert (unchanged.status_code, unchanged.content) == (304, b"")


LARGE_UPLOAD = """
from lambdas.registry.call import utc_now
from tests.support import use_cases
use_cases.upload(b"\\x00\\xff" * 2_500_000, "large", "large.bin", utc_now)
"""


def test_a_large_file_is_a_redirect_that_works(api: Api, aws_environment: dict[str, str]) -> None:
    aws_calls(LARGE_UPLOAD, aws_environment)
    content = b"\x00\xff" * 2_500_000
    redirect = api.fetch("large", allow_redirects=False)
    assert (redirect.status_code, redirect.content) == (302, b"")
    assert requests.get(redirect.headers["Location"], timeout=TIMEOUT_S).content == content


@pytest.mark.parametrize(
    ("method", "path", "options", "status", "code"),
    [
        ("POST", "artifact/banana", {"data": b"x"}, 400, "INVALID_ARTIFACT_TYPE"),
        ("POST", "artifact/model", {}, 400, "MISSING_BODY"),
        (
            "POST",
            "artifact/model",
            {"data": b"x", "headers": {"X-Model-Name": "a--b"}},
            400,
            "INVALID_NAME",
        ),
        (
            "POST",
            "artifact/model",
            {"data": b"x", "headers": {"X-Model-Name": "a", "X-Filename": "../b"}},
            400,
            "INVALID_REQUEST",
        ),
        (
            "POST",
            "artifact/model",
            {"data": b"x", "headers": {"Content-Type": "multipart/form-data; boundary=b"}},
            400,
            "MALFORMED_MULTIPART",
        ),
        (
            "POST",
            "artifact/model",
            {"data": b"x", "headers": {"Content-Digest": f"sha-256=:{'A' * 43}=:"}},
            400,
            "DIGEST_MISMATCH",
        ),
        ("POST", "artifact/model", {"data": b"x" * 4_500_001}, 413, "PAYLOAD_TOO_LARGE"),
        ("GET", "artifacts/model/", {}, 400, "MISSING_ID"),
        ("GET", "artifacts/model", {}, 400, "MISSING_ID"),
        ("GET", "artifacts/model/nobody", {}, 404, "MODEL_NOT_FOUND"),
        ("GET", "artifacts/code/known", {}, 404, "ARTIFACT_NOT_FOUND"),
        ("GET", "artifacts/model/known?version=9", {}, 404, "VERSION_NOT_FOUND"),
        ("GET", "artifacts/model/known?file=none", {}, 404, "FILE_NOT_FOUND"),
        ("GET", "artifacts/dataset/known", {}, 400, "FILE_REQUIRED"),
        ("GET", "artifacts/model/known?metadata_only=maybe", {}, 400, "INVALID_REQUEST"),
        ("GET", "no/such/route", {}, 404, "NOT_FOUND"),
    ],
)
def test_every_refusal_has_the_contracts_shape(
    api: Api, method: str, path: str, options: dict[str, Any], status: int, code: str
) -> None:
    if api.fetch("known", kind="dataset", params={"metadata_only": "true"}).status_code == 404:
        api.upload("known", b"x")
        api.upload_form(("a", b"1"), ("b", b"2"), kind="dataset", model_name="known")

    answer = api.ask(method, f"/{path}", **options)

    assert answer.status_code == status, answer.text
    assert answer.json()["error_code"] == code
    assert isinstance(answer.json()["error"], str)
    assert answer.headers["x-request-id"]


NAUGHTY = [
    "%00",
    "%01",
    "%0A",
    "%2e%2e",
    "%2F",
    "a%2Fb",
    "..%2f..%2fetc",
    "%5c",
    "%F0%9F%98%80",
    "%25",
    "%20",
    "%ff",
    "a..b",
    "a--b",
    "-",
    "...",
    "x" * 4000,
]


@pytest.mark.parametrize("name", NAUGHTY)
def test_a_naughty_name_gets_a_4xx(api: Api, name: str) -> None:
    answer = api.fetch(name)
    assert 400 <= answer.status_code < 500, answer.text


def test_naughty_names_store_nothing(api: Api, s3: S3Client, deployed: Stack) -> None:
    def keys() -> set[str]:
        pages = s3.get_paginator("list_objects_v2").paginate(Bucket=deployed.bucket)
        return {item["Key"] for page in pages for item in page.get("Contents", [])}

    before = keys()

    for name in (requests.utils.unquote(text) for text in NAUGHTY):
        answer = api.upload_form(("a", b"1"), model_name=name)

        assert 400 <= answer.status_code < 500, (name, answer.text)
    assert keys() == before


SMALL_UPLOAD = """
from lambdas.registry.call import utc_now
from tests.support import use_cases
use_cases.upload(b"half-written?", "{name}", "m.bin", utc_now)
"""


@pytest.mark.parametrize(("call", "when"), [(1, "after"), (2, "before")])
def test_killing_the_process_between_bytes_and_record_leaves_no_visible_version(
    api: Api, aws_environment: dict[str, str], call: int, when: Any
) -> None:
    name = f"killed-{call}-{when}"
    kill_at(SMALL_UPLOAD.format(name=name), aws_environment, call=call, when=when)
    assert api.fetch(name).json()["error_code"] == "MODEL_NOT_FOUND"
    assert api.upload(name, b"again").json()["version"] == 1


def test_three_writers_of_model_code_and_dataset_lose_no_pointer(api: Api) -> None:
    names = [f"pointers-{number}" for number in range(100)]
    kinds = ("model", "code", "dataset")

    def write_one(name: str, kind: str) -> str:
        answer = api.upload(name, kind.encode(), kind=kind)
        assert answer.status_code == 200, answer.text
        return str(answer.json()["s3_key"])

    def write(kind: str) -> list[str]:
        return [write_one(name, kind) for name in names]

    with ThreadPoolExecutor(len(kinds)) as pool:
        written = dict(zip(kinds, pool.map(write, kinds), strict=True))

    for number, name in enumerate(names):
        model = api.metadata(name)["model"]
        assert [model[f"{kind}_key"] for kind in kinds] == [written[kind][number] for kind in kinds]


def test_uploads_to_one_name_at_once_all_succeed_with_numbers_of_their_own(api: Api) -> None:
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda n: api.upload("crowd", b"%d" % n), range(24)))

    assert [answer.status_code for answer in answers] == [200] * 24
    assert sorted(answer.json()["version"] for answer in answers) == list(range(1, 25))
    for number, answer in enumerate(answers):
        version = answer.json()["version"]
        assert api.fetch("crowd", params={"version": version}).content == b"%d" % number


def test_health_and_documentation_answer(api: Api) -> None:
    assert api.ask("GET", "/health").json() == {"status": "ok"}
    assert api.ask("GET", "/openapi.json").json()["openapi"].startswith("3.1")
    assert "swagger" in api.ask("GET", "/docs").text.lower()
