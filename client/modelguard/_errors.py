"""Everything the client raises: one tree, so that `except ModelGuardError` catches all of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    from collections.abc import Mapping


class ModelGuardError(Exception):
    """Base of all errors; `hint` says in a sentence what to do next, when there is something."""

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class ConfigError(ModelGuardError):
    """The client does not know where to go or who it is."""


class LocalFileError(ModelGuardError):
    """A file on this machine cannot be read, written or sent as it is."""


class IntegrityError(ModelGuardError):
    """Bytes do not have the SHA-256 that the registry recorded."""


class TransportError(ModelGuardError):
    """No complete answer came back; `retryable` tells whether the client would try again."""

    def __init__(self, message: str, *, hint: str = "", retryable: bool = True) -> None:
        super().__init__(message, hint=hint)
        self.retryable = retryable


class ApiError(ModelGuardError):
    """The registry refused or failed: `status` of HTTP, `code` of the API, its other `details`."""

    default_hint: ClassVar[str] = ""

    def __init__(
        self, status: int, code: str, message: str, *, request_id: str, details: Mapping[str, Any]
    ) -> None:
        super().__init__(message, hint=_HINTS.get(code, self.default_hint))
        self.status = status
        self.code = code
        self.request_id = request_id
        self.details = details


class InvalidRequestError(ApiError):
    """The registry does not accept the request as it is (400, 412, 413, 422)."""


class UnauthorizedError(ApiError):
    """The registry does not know the caller (401)."""

    default_hint = "run `modelguard login`, or set MODELGUARD_TOKEN"


class ForbiddenError(ApiError):
    """The caller may not do this, or the inspection's verdict forbids it (403)."""

    default_hint = "ask the registry's operator for access, or check with `modelguard whoami`"


class NotFoundError(ApiError):
    """There is no such model, version, file, upload or token (404)."""

    default_hint = "`modelguard ls` and `modelguard versions NAME` show what there is"


class ConflictError(ApiError):
    """What is there stands against it, or somebody else is at it (409)."""


class PendingError(ConflictError):
    """The version is still being inspected (409 ARTIFACT_PENDING)."""

    default_hint = "wait for the inspection and try again"


class ThrottledError(ApiError):
    """Too many requests, and waiting did not help (429)."""

    default_hint = "try again in a minute"


class ServerError(ApiError):
    """The registry failed, and trying again did not help (5xx)."""

    default_hint = "try again; if it stays, give the request id to the registry's operator"


_HINTS = {
    "FILE_REQUIRED": "name one with --file",
    "ARTIFACT_MALICIOUS": "the findings are in `modelguard show NAME`",
    "ARTIFACT_NOT_CLEARED": "read the findings in `modelguard show NAME`;"
    " --allow-unverified takes it all the same",
    "IN_PROGRESS": "try again in a moment",
    "NOT_FOUND": "check the registry's URL with `modelguard whoami`",
    "TOKEN_NOT_FOUND": "`modelguard token list` shows what there is",
}
_BY_STATUS: dict[int, type[ApiError]] = {
    401: UnauthorizedError,
    403: ForbiddenError,
    404: NotFoundError,
    409: ConflictError,
    429: ThrottledError,
}
_FIRST_SERVER_STATUS = 500


def api_error(status: int, body: Mapping[str, Any], request_id: str) -> ApiError:
    """Return the error that an answer of the registry means."""
    code = str(body.get("error_code") or f"HTTP_{status}")
    message = str(body.get("error") or body.get("message") or f"The registry answered {status}")
    details = {key: value for key, value in body.items() if key not in {"error", "error_code"}}
    return _class_of(status, code)(status, code, message, request_id=request_id, details=details)


def _class_of(status: int, code: str) -> type[ApiError]:
    if code == "ARTIFACT_PENDING":
        return PendingError
    if status >= _FIRST_SERVER_STATUS:
        return ServerError
    return _BY_STATUS.get(status, InvalidRequestError)
