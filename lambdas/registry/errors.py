"""Every error that a caller can see: one class for each stable error code.

All derive directly from `RegistryError`; the groups below only sort them.

    RegistryError                      a bug
    ├── the request is invalid
    │   ├── InvalidArtifactTypeError
    │   ├── InvalidNameError
    │   ├── InvalidRequestError        `field` names what is invalid
    │   ├── MissingBodyError
    │   ├── MissingIdError
    │   ├── MalformedMultipartError
    │   ├── FileRequiredError
    │   ├── DigestMismatchError
    │   ├── InvalidTokenError          a page token
    │   └── PayloadTooLargeError
    ├── the caller may not do this
    │   ├── ForbiddenError
    │   ├── ArtifactMaliciousError
    │   └── ArtifactNotClearedError
    ├── there is no such thing
    │   ├── ModelNotFoundError
    │   ├── ArtifactNotFoundError
    │   ├── VersionNotFoundError
    │   ├── FileNotInVersionError
    │   ├── UploadNotFoundError
    │   ├── TokenNotFoundError
    │   └── RouteNotFoundError
    ├── the request conflicts with the present state
    │   ├── ArtifactPendingError       retry later
    │   ├── UploadIncompleteError      `missing` lists what has not arrived
    │   ├── InProgressError            retry later
    │   ├── ConflictError
    │   ├── PreconditionFailedError
    │   └── IdempotencyKeyReusedError
    └── the request is fine, but was not served
        ├── ThrottledError             retry later
        ├── BucketError
        └── TableError

`lambdas.web.errors` maps each class to its HTTP status.
"""

from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    from lambdas.registry.operation import Operation


class RegistryError(Exception):
    """Base class of all errors that a caller can see.

    `code` is stable and part of the API, `message` is for humans, and `details` are further members
    of the error body, for example the invalid field. `operation` is set where the refusal belongs
    in the audit trail.
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
    """A field of the request is invalid; `field` names it."""

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
    """The version has several files, and the request names none of them."""

    code = "FILE_REQUIRED"


class DigestMismatchError(RegistryError):
    code = "DIGEST_MISMATCH"


class InvalidTokenError(RegistryError):
    """The page token was not issued by this registry for this listing."""

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
    """Some files of the upload have not arrived as declared; `missing` lists them."""

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
    """S3 failed; callers learn nothing more."""

    code = "S3_ERROR"


class TableError(RegistryError):
    """DynamoDB failed; callers learn nothing more."""

    code = "DYNAMODB_ERROR"
