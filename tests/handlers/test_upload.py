"""Small uploads: what is stored, what is refused, and that refusing writes nothing."""

import base64
import hashlib

import pytest

from lambdas.contract.limits import INLINE_LIMIT_BYTES
from lambdas.functions.upload_artifact.handler import lambda_handler
from tests.support import aws, events
from tests.support.gateway import EventTooLargeError, invoke, rest_event

EVERY_BYTE = bytes(range(256)) * 17


def digest(content: bytes) -> str:
    return f"sha-256=:{base64.b64encode(hashlib.sha256(content).digest()).decode()}:"


def test_raw_bytes_become_version_one_with_their_checksum() -> None:
    answer = events.upload(EVERY_BYTE)

    assert answer.status == 200
    assert answer.json["version"] == 1
    assert answer.json["sha256"] == hashlib.sha256(EVERY_BYTE).hexdigest()
    assert answer.json["size"] == len(EVERY_BYTE)
    assert answer.json["verdict"] == "unknown"  # every byte value is no format
    assert events.fetch().body == EVERY_BYTE


def test_each_upload_is_the_next_version_and_the_old_ones_stay() -> None:
    numbers = [events.upload(content).json["version"] for content in (b"one", b"two", b"three")]
    assert numbers == [1, 2, 3]
    assert [events.fetch(query=f"version={n}").body for n in numbers] == [b"one", b"two", b"three"]
    assert events.fetch().body == b"three"


def test_types_are_numbered_separately_and_share_one_record() -> None:
    events.upload(b"weights")
    events.upload(b"print()", kind="code")

    last = events.upload(b"a,b", kind="dataset").json

    assert last["version"] == 1
    model = events.metadata()["model"]
    assert model["size"] == len(b"weights")
    assert model["model_key"].startswith("model/bert-base/")
    assert model["code_key"].startswith("code/bert-base/")
    assert model["dataset_key"] == last["s3_key"]


def test_a_form_may_carry_many_files_with_paths() -> None:
    files = [("config.json", b"{}"), ("weights/a.bin", b"aa"), ("weights/b.bin", b"bbb")]

    answer = events.upload_form(*files, model_name="many", license="MIT", message="first try")

    assert answer.status == 200
    assert [file["path"] for file in answer.json["files"]] == [path for path, _ in files]
    assert answer.json["size"] == 7
    assert answer.json["model"]["license"] == "MIT"
    assert answer.json["s3_key"] == answer.json["files"][2]["s3_key"]
    assert events.metadata("many")["message"] == "first try"
    assert events.fetch("many", "file=weights/a.bin").body == b"aa"


def test_a_thousand_files_with_the_longest_paths_fit_one_version() -> None:
    paths = [(hashlib.sha512(str(n).encode()).hexdigest() * 2)[:255] for n in range(1000)]
    answer = events.upload_form(*((path, b"x") for path in paths), model_name="wide")
    assert answer.status == 200
    assert [file["path"] for file in events.metadata("wide")["files"]] == paths


def test_a_license_is_kept_until_another_one_is_given() -> None:
    events.upload_form(("a", b"1"), model_name="m", license="MIT")
    events.upload_form(("a", b"2"), model_name="m")
    assert events.metadata("m")["model"]["license"] == "MIT"
    events.upload_form(("a", b"3"), model_name="m", license="Apache-2.0")
    assert events.metadata("m")["model"]["license"] == "Apache-2.0"


def test_the_form_field_names_the_model_before_the_header_and_a_uuid_after_both() -> None:
    by_field = events.upload_form(
        ("a", b"1"), headers={"X-Model-Name": "header"}, model_name="field"
    )
    by_header = events.upload_form(("a", b"1"), headers={"X-Model-Name": "header"})
    by_chance = events.upload_form(("a", b"1"))

    assert by_field.json["model_name"] == "field"
    assert by_header.json["model_name"] == "header"
    assert len(by_chance.json["model_name"]) == 36


def test_a_text_body_that_is_not_base64_is_stored_as_utf8() -> None:
    event = rest_event("POST", "/artifact/code", headers={"X-Model-Name": "text"})
    answer = invoke(lambda_handler, {**event, "body": "prïnt", "isBase64Encoded": False})
    assert answer.status == 200
    assert events.fetch("text", kind="code").body == "prïnt".encode()


@pytest.mark.parametrize("header", ["Content-Digest", "Repr-Digest"])
def test_a_matching_digest_is_accepted(header: str) -> None:
    assert events.upload(b"bytes", headers={header: digest(b"bytes")}).status == 200


@pytest.mark.parametrize("header", ["Content-Digest", "Repr-Digest"])
def test_a_wrong_digest_is_refused_and_leaves_nothing(header: str) -> None:
    answer = events.upload(b"bytes", headers={header: digest(b"other")})
    assert (answer.status, answer.error_code) == (400, "DIGEST_MISMATCH")
    assert (aws.objects(), aws.items()) == ([], [])


@pytest.mark.parametrize(
    "name",
    [
        "../../etc/passwd",
        "a..b",
        "a--b",
        "-a",
        "a-",
        ".hidden",
        "a/b",
        "a\\b",
        "a b",
        "a\x00b",
        "a\nb",
        "naïve",
        "\U0001f600",
        "%2e%2e",
        "a%2Fb",
        "x" * 97,
        "x" * 4000,
    ],
)
def test_a_naughty_name_is_refused_and_leaves_nothing(name: str) -> None:
    answers = [events.upload(name=name), events.upload_form(("a", b"1"), model_name=name)]
    for answer in answers:
        assert answer.status == 400
        assert answer.error_code in {"INVALID_NAME", "MALFORMED_MULTIPART"}
    assert (aws.objects(), aws.items()) == ([], [])


@pytest.mark.parametrize(
    "filename", ["../up", "a/../b", "a//b", "./a", "a\x00", "x" * 256, "é" * 128]
)
def test_a_naughty_path_is_refused_and_leaves_nothing(filename: str) -> None:
    answer = events.upload(filename=filename)
    assert (answer.status, answer.error_code) == (400, "INVALID_REQUEST")
    assert answer.json["field"] == "filename"
    assert (aws.objects(), aws.items()) == ([], [])


@pytest.mark.parametrize(
    ("sent", "kept"),
    [("C:\\models\\m.pkl", "m.pkl"), ("/home/me/m.pkl", "m.pkl"), ("a/m.pkl", "a/m.pkl")],
)
def test_only_the_last_segment_of_an_absolute_path_is_kept(sent: str, kept: str) -> None:
    assert events.upload(filename=sent).json["files"][0]["path"] == kept


def part(name: str, value: bytes) -> bytes:
    """Return a form with one text field, closed."""
    head = f'--b0undary\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n'
    return head.encode() + value + b"\r\n--b0undary--\r\n"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"--b0undary\r\n", "MALFORMED_MULTIPART"),
        (b"no form at all", "MALFORMED_MULTIPART"),
        (part("file", b"x")[:-16], "MALFORMED_MULTIPART"),
        (part("note", b"x"), "INVALID_REQUEST"),
        (part("license", b"\xff"), "MALFORMED_MULTIPART"),
    ],
)
def test_a_broken_form_is_refused_and_leaves_nothing(body: bytes, code: str) -> None:
    headers = {"Content-Type": "multipart/form-data; boundary=b0undary"}
    answer = invoke(
        lambda_handler, rest_event("POST", "/artifact/model", body=body, headers=headers)
    )
    assert (answer.status, answer.error_code) == (400, code)
    assert (aws.objects(), aws.items()) == ([], [])


def test_two_files_of_the_same_path_are_refused() -> None:
    answer = events.upload_form(("a", b"1"), ("a", b"2"), model_name="m")
    assert (answer.status, answer.json["field"]) == (400, "file")


@pytest.mark.parametrize(("field", "length"), [("license", 201), ("message", 2001)])
def test_a_field_over_its_length_is_refused_by_name(field: str, length: int) -> None:
    answer = events.upload_form(("a", b"1"), model_name="m", **{field: "x" * length})
    assert (answer.error_code, answer.json["field"]) == ("INVALID_REQUEST", field)


def test_a_body_that_is_not_base64_is_refused() -> None:
    event = rest_event("POST", "/artifact/model", body=b"x")
    answer = invoke(lambda_handler, {**event, "body": "%%%"})
    assert (answer.status, answer.error_code) == (400, "INVALID_REQUEST")


def test_the_largest_small_upload_goes_in_and_out_inline() -> None:
    content = b"\xff" * INLINE_LIMIT_BYTES
    # THEN the shim of `invoke` lets both the event and the response pass
    assert events.upload(content).status == 200
    assert events.fetch().body == content


def test_an_upload_over_the_limit_is_refused_with_the_limit_and_the_alternative() -> None:
    answer = events.upload(b"\xff" * (INLINE_LIMIT_BYTES + 1))
    assert (answer.status, answer.error_code) == (413, "PAYLOAD_TOO_LARGE")
    assert str(INLINE_LIMIT_BYTES) in answer.json["error"]
    assert "/uploads" in answer.json["error"]
    assert (aws.objects(), aws.items()) == ([], [])


def test_what_lambda_itself_refuses_never_reaches_the_handler() -> None:
    with pytest.raises(EventTooLargeError):
        events.upload(b"\xff" * 4_800_000)


def test_a_small_upload_takes_three_aws_calls(calls: aws.AwsCalls) -> None:
    events.upload()
    assert calls.made == [
        "dynamodb:UpdateItem",
        "s3:PutObject",
        "dynamodb:TransactWriteItems",
    ]


def test_a_refused_upload_takes_no_aws_call(calls: aws.AwsCalls) -> None:
    events.upload(name="a--b")
    assert calls.made == []


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("call", [0, 1, 2])
def test_a_crash_at_any_call_shows_all_of_the_version_or_nothing(
    calls: aws.AwsCalls, when: str, call: int
) -> None:
    calls.crash(when, call)

    with pytest.raises(aws.CrashError):
        events.upload(b"first")

    committed = (when, call) == ("after", 2)
    assert events.fetch().status == (200 if committed else 404)
    # WHEN the client tries again
    retried = events.upload(b"second")

    assert retried.json["version"] == (2 if committed else 1)
    assert events.fetch().body == b"second"
