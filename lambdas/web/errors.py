"""The mapping from the registry's errors to HTTP, and the shape of error responses."""

from collections.abc import Mapping
from http import HTTPStatus
from types import MappingProxyType
from typing import Final

from lambdas.registry import errors

STATUS: Final[Mapping[type[errors.RegistryError], HTTPStatus]] = MappingProxyType(
    {
        errors.InvalidArtifactTypeError: HTTPStatus.BAD_REQUEST,
        errors.InvalidNameError: HTTPStatus.BAD_REQUEST,
        errors.InvalidRequestError: HTTPStatus.BAD_REQUEST,
        errors.MissingBodyError: HTTPStatus.BAD_REQUEST,
        errors.MissingIdError: HTTPStatus.BAD_REQUEST,
        errors.MalformedMultipartError: HTTPStatus.BAD_REQUEST,
        errors.FileRequiredError: HTTPStatus.BAD_REQUEST,
        errors.DigestMismatchError: HTTPStatus.BAD_REQUEST,
        errors.InvalidTokenError: HTTPStatus.BAD_REQUEST,
        errors.ForbiddenError: HTTPStatus.FORBIDDEN,
        errors.ArtifactMaliciousError: HTTPStatus.FORBIDDEN,
        errors.ArtifactNotClearedError: HTTPStatus.FORBIDDEN,
        errors.ModelNotFoundError: HTTPStatus.NOT_FOUND,
        errors.ArtifactNotFoundError: HTTPStatus.NOT_FOUND,
        errors.VersionNotFoundError: HTTPStatus.NOT_FOUND,
        errors.FileNotInVersionError: HTTPStatus.NOT_FOUND,
        errors.UploadNotFoundError: HTTPStatus.NOT_FOUND,
        errors.TokenNotFoundError: HTTPStatus.NOT_FOUND,
        errors.RouteNotFoundError: HTTPStatus.NOT_FOUND,
        errors.ArtifactPendingError: HTTPStatus.CONFLICT,
        errors.UploadIncompleteError: HTTPStatus.CONFLICT,
        errors.InProgressError: HTTPStatus.CONFLICT,
        errors.ConflictError: HTTPStatus.CONFLICT,
        errors.PreconditionFailedError: HTTPStatus.PRECONDITION_FAILED,
        errors.PayloadTooLargeError: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        errors.IdempotencyKeyReusedError: HTTPStatus.UNPROCESSABLE_ENTITY,
        errors.ThrottledError: HTTPStatus.TOO_MANY_REQUESTS,
        errors.BucketError: HTTPStatus.INTERNAL_SERVER_ERROR,
        errors.TableError: HTTPStatus.INTERNAL_SERVER_ERROR,
    }
)
RETRY_AFTER_S: Final[Mapping[type[errors.RegistryError], int]] = MappingProxyType(
    {errors.ArtifactPendingError: 5, errors.InProgressError: 1, errors.ThrottledError: 1}
)


def status_of(error: errors.RegistryError) -> HTTPStatus:
    """Return the HTTP status of an error; any error not in the table is a 500."""
    return STATUS.get(type(error), HTTPStatus.INTERNAL_SERVER_ERROR)


def headers_of(error: errors.RegistryError) -> dict[str, str]:
    """Return the additional headers of an error response."""
    seconds = RETRY_AFTER_S.get(type(error))
    return {} if seconds is None else {"Retry-After": str(seconds)}


def body_of(error: errors.RegistryError) -> dict[str, object]:
    """Return the JSON body of an error response."""
    return {"error": error.message, "error_code": error.code, **error.details}
