"""Downloads: the right bytes, headers and refusals."""

import base64
import hashlib
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lambdas.contract.limits import GET_URL_SECONDS, INLINE_LIMIT_BYTES
from tests.support import aws, events, use_cases

LARGE = b"\x00\xff" * (INLINE_LIMIT_BYTES // 2 + 1)


def upload_large() -> None:
    """Store a version whose one file is over the inline limit."""
    use_cases.upload(LARGE, "large", "m.bin")


def test_the_headers_name_the_bytes_the_version_and_the_verdict() -> None:
    events.upload(b"weights", filename="dir/model.bin")
    digest = hashlib.sha256(b"weights")

    headers = events.fetch().headers

    assert headers["ETag"] == f'"{digest.hexdigest()}"'
    assert headers["Repr-Digest"] == f"sha-256=:{base64.b64encode(digest.digest()).decode()}:"
    assert headers["X-Artifact-Version"] == "1"
    assert headers["X-Artifact-Verdict"] == "clean"
    assert headers["X-Artifact-Size"] == "7"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Content-Disposition"].startswith('attachment; filename="model.bin"')


def test_a_hostile_file_name_cannot_leave_its_header() -> None:
    events.upload(filename='a";\u202e x=ü%.bin')
    disposition = events.fetch().headers["Content-Disposition"]
    assert disposition.isascii()
    assert disposition.count('"') == 2
    assert disposition.endswith("filename*=UTF-8''a%22%3B%E2%80%AE%20x%3D%C3%BC%25.bin")


def test_a_type_that_a_browser_would_run_is_kept_but_only_attached() -> None:
    events.upload(b"<script>", headers={"Content-Type": "text/html; charset=utf-8"})
    answer = events.fetch()
    assert answer.headers["Content-Type"] == "text/html"
    assert answer.headers["Content-Disposition"].startswith("attachment")


@pytest.mark.parametrize("tag", ['"{}"', 'W/"{}"', '"other", "{}"', "*"])
def test_a_client_that_has_the_bytes_gets_304_and_no_object_is_read(
    tag: str, calls: aws.AwsCalls
) -> None:
    sha256 = events.upload(b"weights").json["sha256"]
    calls.made.clear()
    answer = events.fetch(headers={"If-None-Match": tag.format(sha256)})
    assert (answer.status, answer.body) == (304, b"")
    assert answer.headers["ETag"] == f'"{sha256}"'
    assert calls.made == ["dynamodb:GetItem"]


def test_another_tag_gets_the_bytes() -> None:
    events.upload(b"weights")
    assert events.fetch(headers={"If-None-Match": '"0"'}).body == b"weights"


def test_head_has_the_headers_and_reads_no_object(calls: aws.AwsCalls) -> None:
    events.upload(b"weights")
    calls.made.clear()

    answer = events.fetch(method="HEAD")

    assert (answer.status, answer.body) == (200, b"")
    assert calls.made == ["dynamodb:GetItem"]
    assert {"ETag", "Repr-Digest", "X-Artifact-Size"} <= set(answer.headers)
    assert events.fetch(method="HEAD", headers={"If-None-Match": "*"}).status == 304


def test_a_large_file_is_a_redirect_to_its_pinned_object_version() -> None:
    upload_large()

    answer = events.fetch("large")

    location = urlsplit(answer.headers["Location"])
    query = parse_qs(location.query)
    assert (answer.status, answer.body) == (302, b"")
    assert answer.headers["Cache-Control"] == "no-store"
    assert location.netloc == "modelguard-artifacts.s3.amazonaws.com"
    assert query["X-Amz-Expires"] == [str(GET_URL_SECONDS)]
    assert query["response-content-disposition"] == [answer.headers["Content-Disposition"]]
    assert query["versionId"] == aws.version_ids(location.path.removeprefix("/"))
    assert events.fetch("large", method="HEAD").headers["X-Artifact-Size"] == str(len(LARGE))


def test_the_newest_versions_metadata_is_one_read(calls: aws.AwsCalls) -> None:
    events.upload()
    calls.made.clear()
    events.metadata()
    assert calls.made == ["dynamodb:GetItem"]


def test_a_numbered_versions_metadata_is_one_read(calls: aws.AwsCalls) -> None:
    events.upload()
    calls.made.clear()
    events.metadata(version="1")
    assert calls.made == ["dynamodb:BatchGetItem"]


def test_a_big_manifest_costs_the_newest_version_a_second_read(calls: aws.AwsCalls) -> None:
    events.upload_form(*((f"shard-{n}.bin", b"x") for n in range(200)), model_name="wide")
    calls.made.clear()
    files = events.metadata("wide")["files"]
    assert len(files) == 200
    assert calls.made == ["dynamodb:GetItem", "dynamodb:GetItem"]


@pytest.mark.parametrize(
    ("path", "query", "status", "code"),
    [
        ("bert-base", "version=2", 404, "VERSION_NOT_FOUND"),
        ("bert-base", "version=0", 400, "INVALID_REQUEST"),
        ("bert-base", "version=-1", 400, "INVALID_REQUEST"),
        ("bert-base", "version=%20", 400, "INVALID_REQUEST"),
        ("bert-base", "version=" + "9" * 40, 400, "INVALID_REQUEST"),
        ("bert-base", "metadata_only=banana", 400, "INVALID_REQUEST"),
        ("bert-base", "file=none.bin", 404, "FILE_NOT_FOUND"),
        ("wide", "", 400, "FILE_REQUIRED"),
        ("nobody", "", 404, "MODEL_NOT_FOUND"),
        ("a--b", "", 400, "INVALID_NAME"),
        ("x" * 97, "", 400, "INVALID_NAME"),
    ],
)
def test_a_request_that_cannot_be_served_says_why(
    path: str, query: str, status: int, code: str
) -> None:
    events.upload()
    events.upload_form(("a", b"1"), ("b", b"2"), model_name="wide")
    answer = events.fetch(path, query)
    assert (answer.status, answer.error_code) == (status, code)


@given(name=st.text(min_size=1, max_size=200))
@settings(
    max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_no_name_gets_a_5xx(name: str) -> None:
    assert 400 <= events.fetch(name).status < 500


def test_a_vanished_object_is_s3_error_without_the_cause() -> None:
    events.upload()
    aws.destroy_objects()
    answer = events.fetch()
    assert (answer.status, answer.error_code) == (500, "S3_ERROR")
    assert "NoSuch" not in answer.json["error"]
    assert aws.BUCKET not in answer.json["error"]


def test_a_missing_table_is_dynamodb_error() -> None:
    aws.destroy_table()
    answers = [events.fetch(), events.upload()]
    assert [(a.status, a.error_code) for a in answers] == [(500, "DYNAMODB_ERROR")] * 2


def test_a_missing_bucket_is_s3_error_and_nothing_is_visible() -> None:
    aws.destroy_bucket()
    answer = events.upload()
    assert (answer.status, answer.error_code) == (500, "S3_ERROR")
    assert events.fetch().error_code == "MODEL_NOT_FOUND"
