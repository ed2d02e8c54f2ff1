"""Everything the registry refuses or fails at, one class per stable error code."""

from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    from lambdas.registry.operation import Operation


class RegistryError(Exception):
    """Base of all errors that a caller may see.

    `code` is stable and part of the API, `message` is for people, and `details` are further
    members of the error body, for example the field that was wrong. `operation` is what was
    refused, where the audit trail records refusals.
    """

    code: ClassVar[str] = "INTERNAL"
    operation: "Operation | None" = None

    def __init__(self, message: str, **details: Any) -> None:
        super().__init__(message)
        self.message = message
        self.details = details


class InvalidArtifactTypeError(RegistryError):
    code = "INVALID_ARTIFACT_TYPE"


class InvalidNameError(RegistryError):
    code = "INVALID_NAME"


class InvalidRequestError(RegistryError):
    """A field of the request is wrong; `field` names it."""

    code = "INVALID_REQUEST"

    def __init__(self, message: str, *, field: str) -> None:
        super().__init__(message, field=field)


class MissingBodyError(RegistryError):
    code = "MISSING_BODY"


class MissingIdError(RegistryError):
    code = "MISSING_ID"


class MalformedMultipartError(RegistryError):
    code = "MALFORMED_MULTIPART"


class FileRequiredError(RegistryError):
    """The version has several files and the request named none of them."""

    code = "FILE_REQUIRED"


class DigestMismatchError(RegistryError):
    code = "DIGEST_MISMATCH"


class InvalidTokenError(RegistryError):
    """A page token that this registry did not hand out."""

    code = "INVALID_TOKEN"


class ForbiddenError(RegistryError):
    code = "FORBIDDEN"


class ArtifactMaliciousError(RegistryError):
    code = "ARTIFACT_MALICIOUS"


class ArtifactNotClearedError(RegistryError):
    code = "ARTIFACT_NOT_CLEARED"


class ModelNotFoundError(RegistryError):
    code = "MODEL_NOT_FOUND"


class ArtifactNotFoundError(RegistryError):
    code = "ARTIFACT_NOT_FOUND"


class VersionNotFoundError(RegistryError):
    code = "VERSION_NOT_FOUND"


class FileNotInVersionError(RegistryError):
    code = "FILE_NOT_FOUND"


class UploadNotFoundError(RegistryError):
    code = "UPLOAD_NOT_FOUND"


class TokenNotFoundError(RegistryError):
    code = "TOKEN_NOT_FOUND"


class RouteNotFoundError(RegistryError):
    code = "NOT_FOUND"


class ArtifactPendingError(RegistryError):
    code = "ARTIFACT_PENDING"


class UploadIncompleteError(RegistryError):
    """Files of an upload that have not arrived as declared; `missing` lists them."""

    code = "UPLOAD_INCOMPLETE"


class InProgressError(RegistryError):
    code = "IN_PROGRESS"


class ConflictError(RegistryError):
    code = "CONFLICT"


class PreconditionFailedError(RegistryError):
    code = "PRECONDITION_FAILED"


class PayloadTooLargeError(RegistryError):
    code = "PAYLOAD_TOO_LARGE"


class IdempotencyKeyReusedError(RegistryError):
    code = "IDEMPOTENCY_KEY_REUSED"


class ThrottledError(RegistryError):
    code = "THROTTLED"


class BucketError(RegistryError):
    """S3 failed; the caller is told no more than that."""

    code = "S3_ERROR"


class TableError(RegistryError):
    """DynamoDB failed; the caller is told no more than that."""

    code = "DYNAMODB_ERROR"
