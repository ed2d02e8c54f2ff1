"""Every error has one code and one status, as the contract lists them."""

from lambdas.registry.errors import InvalidRequestError, RegistryError
from lambdas.web.errors import STATUS, body_of, status_of

CONTRACT = {
    400: "INVALID_ARTIFACT_TYPE INVALID_NAME INVALID_REQUEST MISSING_BODY MISSING_ID "
    "MALFORMED_MULTIPART FILE_REQUIRED DIGEST_MISMATCH INVALID_TOKEN",
    403: "FORBIDDEN ARTIFACT_MALICIOUS ARTIFACT_NOT_CLEARED",
    404: "MODEL_NOT_FOUND ARTIFACT_NOT_FOUND VERSION_NOT_FOUND FILE_NOT_FOUND UPLOAD_NOT_FOUND "
    "TOKEN_NOT_FOUND NOT_FOUND",
    409: "ARTIFACT_PENDING UPLOAD_INCOMPLETE IN_PROGRESS CONFLICT",
    412: "PRECONDITION_FAILED",
    413: "PAYLOAD_TOO_LARGE",
    422: "IDEMPOTENCY_KEY_REUSED",
    429: "THROTTLED",
    500: "S3_ERROR DYNAMODB_ERROR INTERNAL",
}


def subclasses(error: type[RegistryError]) -> set[type[RegistryError]]:
    return {error}.union(*(subclasses(child) for child in error.__subclasses__()))


def test_the_table_has_every_error_and_the_contracts_status_for_it() -> None:
    expected = {(status, code) for status, codes in CONTRACT.items() for code in codes.split()}
    assert {(int(status), error.code) for error, status in STATUS.items()} | {
        (500, "INTERNAL")
    } == expected
    assert set(STATUS) | {RegistryError} == subclasses(RegistryError)


def test_a_code_belongs_to_one_class() -> None:
    codes = [error.code for error in subclasses(RegistryError)]
    assert len(codes) == len(set(codes))


def test_the_base_error_is_internal() -> None:
    assert status_of(RegistryError("x")) == 500


def test_details_are_members_next_to_message_and_code() -> None:
    assert body_of(InvalidRequestError("Bad limit", field="limit")) == {
        "error": "Bad limit",
        "error_code": "INVALID_REQUEST",
        "field": "limit",
    }
