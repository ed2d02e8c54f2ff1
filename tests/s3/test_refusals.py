"""What a real S3 server does with the URLs: it takes the declared bytes and no others."""

import hashlib
import uuid
import zlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
import requests

from lambdas.aws.s3.bucket import S3Bucket
from lambdas.aws.s3.leftovers import S3Leftovers
from lambdas.aws.s3.parts import S3Parts
from lambdas.registry.gate import ClearedFile
from lambdas.registry.uploads.ports import SignedRequest
from lambdas.registry.uploads.session import PlannedFile, Session, part_count, part_size
from lambdas.registry.uploads.storage import Assembly, described
from lambdas.web.file_headers import content_disposition
from tests.support.contents import MIB, declare, small_parts

CONTENT = b"weights"
LARGE = bytes(range(256)) * 4096 * 11
"""11 MiB: parts of 5, 5 and 1."""


@pytest.fixture(autouse=True)
def _small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """S3 takes no parts below 5 MiB, but the last."""
    small_parts(monkeypatch)
    monkeypatch.setattr("lambdas.registry.uploads.session.MIN_PART_BYTES", 5 * MIB)


def planned(content: bytes) -> PlannedFile:
    """Return a file that waits for these bytes under a key of its own."""
    one = declare("dir/model.bin", content)
    key = f"model/m/{uuid.uuid4()}.bin"
    return PlannedFile(one.path, one.size, one.sha256, one.part_sha256, key)


def put(request: SignedRequest, content: bytes, **changed: str) -> requests.Response:
    headers = {**request.headers, **{n.replace("_", "-"): v for n, v in changed.items()}}
    return requests.put(request.url, data=content, headers=headers, timeout=10)


def refused(answer: requests.Response, status: int, code: str) -> bool:
    return answer.status_code == status and f"<Code>{code}</Code>" in answer.text


def test_the_declared_bytes_are_taken_with_exactly_the_headers_of_the_answer(
    parts: S3Parts,
) -> None:
    file = planned(CONTENT)

    answer = put(parts.put_url(file, seconds=60), CONTENT)

    assert answer.status_code == 200
    stored = described(parts, file).stored
    assert stored
    assert (stored.sha256, stored.size) == (hashlib.sha256(CONTENT).hexdigest(), len(CONTENT))
    assert stored.s3_version


def test_an_empty_file_is_taken(parts: S3Parts) -> None:
    file = planned(b"")
    assert put(parts.put_url(file, seconds=60), b"").status_code == 200
    assert described(parts, file).stored


@pytest.mark.parametrize(
    ("content", "changed", "status", "code"),
    [
        pytest.param(b"weighty", {}, 400, "BadDigest", id="other bytes"),
        pytest.param(
            b"weighty",
            {"x_amz_checksum_sha256": "hAJbRw9qU9N6ixoLCF3LTzRhIbJpl0H0cPlhcmbTKtk="},
            403,
            "SignatureDoesNotMatch",
            id="other bytes with their own digest",
        ),
        pytest.param(
            b"more weights", {"Content_Length": "12"}, 403, "SignatureDoesNotMatch", id="longer"
        ),
        pytest.param(
            b"weight", {"Content_Length": "6"}, 403, "SignatureDoesNotMatch", id="shorter"
        ),
        pytest.param(
            CONTENT, {"If_None_Match": '"x"'}, 403, "SignatureDoesNotMatch", id="overwriting"
        ),
    ],
)
def test_other_bytes_are_refused(
    parts: S3Parts, content: bytes, changed: dict[str, str], status: int, code: str
) -> None:
    file = planned(CONTENT)
    answer = put(parts.put_url(file, seconds=60), content, **changed)
    assert refused(answer, status, code), answer.text
    assert parts.describe(file.key) is None


@pytest.mark.parametrize(
    "tamper",
    [
        pytest.param(lambda url: url.replace("model/m/", "model/n/"), id="key"),
        pytest.param(lambda url: url.replace("X-Amz-Expires=60", "X-Amz-Expires=6000"), id="time"),
        pytest.param(lambda url: url.replace("if-none-match%3B", ""), id="signed headers"),
        pytest.param(lambda url: url[:-1] + ("0" if url[-1] != "0" else "1"), id="signature"),
        pytest.param(lambda url: url.replace("AKIDEXAMPLE", "AKIDOTHERS1"), id="signer"),
    ],
)
def test_a_tampered_url_is_refused(parts: S3Parts, tamper: Callable[[str], str]) -> None:
    file = planned(CONTENT)
    request = parts.put_url(file, seconds=60)
    url = tamper(request.url)
    assert url != request.url

    answer = put(SignedRequest(url, request.headers), CONTENT)

    assert answer.status_code == 403
    assert parts.describe(file.key) is None


def test_an_expired_url_is_refused(parts: S3Parts, monkeypatch: pytest.MonkeyPatch) -> None:
    # GIVEN one that was signed an hour and a minute ago
    past = datetime.now(UTC) - timedelta(seconds=3_660)
    file = planned(CONTENT)
    with monkeypatch.context() as patch:
        patch.setattr("botocore.auth.get_current_datetime", lambda *_, **__: past)
        request = parts.put_url(file, seconds=3_600)

    answer = put(request, CONTENT)

    assert answer.status_code == 403
    assert "expired" in answer.text.lower()
    assert parts.describe(file.key) is None


def test_a_key_is_written_once(parts: S3Parts) -> None:
    file = planned(CONTENT)
    request = parts.put_url(file, seconds=60)
    first = put(request, CONTENT)
    version = parts.describe(file.key)

    second = put(request, CONTENT)

    assert (first.status_code, second.status_code) == (200, 412)
    assert parts.describe(file.key) == version


def send_parts(parts: S3Parts, file: PlannedFile, content: bytes) -> str:
    multipart_id = parts.start(file.key)
    size = part_size(len(content))
    for number in range(1, part_count(len(content)) + 1):
        request = parts.part_url(file, multipart_id, number, seconds=60)
        assert put(request, content[(number - 1) * size : number * size]).status_code == 200
    return multipart_id


def session_of(file: PlannedFile, multipart_id: str) -> Session:
    return Session("0" * 32, "model", "m", (file,), 0, multiparts={file.key: multipart_id})


def test_parts_become_one_object_that_is_served_by_ranges(parts: S3Parts, bucket: S3Bucket) -> None:
    file = planned(LARGE)
    session = session_of(file, send_parts(parts, file, LARGE))

    (stored,) = Assembly(parts).files(session, {})

    assert (stored.size, stored.composite) == (len(LARGE), file.identity[2])
    disposition = content_disposition(stored)
    cleared = ClearedFile(stored, unverified=False)
    url = bucket.download_url(cleared, disposition=disposition, seconds=60)
    whole = requests.get(url, timeout=10)
    assert whole.content == LARGE
    assert whole.headers["Content-Disposition"] == disposition
    some = requests.get(url, headers={"Range": "bytes=5242878-5242881"}, timeout=10)
    assert (some.status_code, some.content) == (206, LARGE[5242878:5242882])


def test_an_object_that_was_assembled_before_is_found(parts: S3Parts) -> None:
    file = planned(LARGE)
    session = session_of(file, send_parts(parts, file, LARGE))
    first = Assembly(parts).files(session, {})
    assert Assembly(parts).files(session, {}) == first


@pytest.mark.parametrize(
    ("content", "changed", "code"),
    [
        pytest.param(LARGE[1 : 5 * MIB + 1], {}, "BadDigest", id="other bytes"),
        pytest.param(
            LARGE[: 5 * MIB - 1],
            {"Content_Length": str(5 * MIB - 1)},
            "SignatureDoesNotMatch",
            id="shorter",
        ),
    ],
)
def test_another_part_is_refused(
    parts: S3Parts, content: bytes, changed: dict[str, str], code: str
) -> None:
    file = planned(LARGE)
    multipart_id = parts.start(file.key)
    answer = put(parts.part_url(file, multipart_id, 1, seconds=60), content, **changed)
    assert f"<Code>{code}</Code>" in answer.text
    assert parts.parts(file.key, multipart_id) == ()


@pytest.mark.parametrize(
    "headers",
    [
        {"Content_Encoding": "deflate"},
        {"Content_Encoding": "br"},
        {"Cache_Control": "public, max-age=31536000"},
        {"Content_Disposition": "inline"},
        {"Content_Language": "tlh"},
        {"Expires": "Fri, 01 Jan 2100 00:00:00 GMT"},
    ],
    ids=" ".join,
)
def test_an_object_with_a_header_that_nothing_signed_never_becomes_a_file(
    parts: S3Parts, headers: dict[str, str]
) -> None:
    # GIVEN the declared bytes, sent with a header that S3 stores and repeats to readers
    file = planned(CONTENT)
    put(parts.put_url(file, seconds=60), CONTENT, **headers)

    # WHEN the registry looks for the file
    found = described(parts, file)

    # THEN it is either not stored at all, or not the file that was declared
    assert found.stored is None


def test_a_download_does_not_repeat_what_the_uploader_said_of_the_bytes(
    parts: S3Parts, bucket: S3Bucket
) -> None:
    # GIVEN an object whose bytes decode to others, stored with the encoding that does so
    inner = b"other bytes than those that were inspected"
    outer = zlib.compress(inner)
    file = planned(outer)
    put(parts.put_url(file, seconds=60), outer, Content_Encoding="deflate", Cache_Control="public")
    stored = file.stored(parts.describe(file.key).s3_version)  # type: ignore[union-attr]

    # WHEN a client that honours encodings downloads it
    url = bucket.download_url(ClearedFile(stored, unverified=False), disposition="x", seconds=60)
    answer = requests.get(url, timeout=10)

    # THEN it gets the inspected bytes
    assert answer.content == outer
    assert answer.headers["Cache-Control"] == "private"


def test_a_parts_url_takes_no_other_parts_place(parts: S3Parts) -> None:
    file = planned(LARGE)
    request = parts.part_url(file, parts.start(file.key), 1, seconds=60)
    moved = SignedRequest(request.url.replace("partNumber=1", "partNumber=2"), request.headers)
    assert put(moved, LARGE[: 5 * MIB]).status_code == 403


def test_no_multipart_upload_overwrites_an_object(parts: S3Parts) -> None:
    # GIVEN two uploads of one key, of which one is assembled
    file = planned(LARGE)
    first, second = (session_of(file, send_parts(parts, file, LARGE)) for _ in range(2))
    (stored,) = Assembly(parts).files(first, {})
    (again,) = Assembly(parts).files(second, {})
    assert again.s3_version == stored.s3_version


def test_leftovers_are_removed_completely(parts: S3Parts, leftovers: S3Leftovers) -> None:
    small, large = planned(CONTENT), planned(LARGE)
    put(parts.put_url(small, seconds=60), CONTENT)
    multipart_id = send_parts(parts, large, LARGE)

    for _ in range(2):
        leftovers.abort_multiparts([large.key])
        leftovers.remove_objects([small.key, large.key])

    assert parts.describe(small.key) is None
    assert parts.parts(large.key, multipart_id) is None
