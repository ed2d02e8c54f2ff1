"""Everything the client raises.

ModelGuardError
├── ConfigError              no registry or credentials are set, or a setting is not valid
├── LocalFileError           a local file cannot be read, written or pushed
├── IntegrityError           bytes do not match the recorded SHA-256
├── TransportError           no complete response from the registry or its storage
└── ApiError                 the registry responded with an error
    ├── InvalidRequestError  400, 412, 413, 422 and other 4xx
    ├── UnauthorizedError    401
    ├── ForbiddenError       403: no access, or the verdict forbids it
    ├── NotFoundError        404
    ├── ConflictError        409
    │   └── PendingError     409 ARTIFACT_PENDING
    ├── ThrottledError       429
    └── ServerError          5xx
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


class ModelGuardError(Exception):
    """Base class of all errors; `hint` is a sentence on what to do next, or empty."""

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class ConfigError(ModelGuardError):
    """The registry or the credentials are not configured, or a setting is not valid."""


class LocalFileError(ModelGuardError):
    """A file on this machine cannot be read, written or pushed as it is."""


class IntegrityError(ModelGuardError):
    """Bytes do not match the SHA-256 that the registry recorded."""


class TransportError(ModelGuardError):
    """There was no complete response; `retryable` is whether another attempt may succeed."""

    def __init__(self, message: str, *, hint: str = "", retryable: bool = True) -> None:
        super().__init__(message, hint=hint)
        self.retryable = retryable


class ApiError(ModelGuardError):
    """An error response of the registry: HTTP `status`, API error `code`, its other `details`."""

    default_hint: ClassVar[str] = ""

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        *,
        request_id: str,
        details: Mapping[str, Any],
        hint: str = "",
    ) -> None:
        super().__init__(message, hint=hint)
        self.status = status
        self.code = code
        self.request_id = request_id
        self.details = details
        self.retry_after_s = 0.0
        """How long the registry asks to wait; 0 if it does not say."""


class InvalidRequestError(ApiError):
    """The registry does not accept the request as it is (400, 412, 413, 422)."""


class UnauthorizedError(ApiError):
    """The registry does not recognize the caller (401)."""

    default_hint = "run `modelguard login`, or set MODELGUARD_TOKEN"


class ForbiddenError(ApiError):
    """The caller lacks access, or the inspection's verdict forbids the request (403)."""

    default_hint = "`modelguard whoami` shows who you are; ask the registry's operator for access"


class NotFoundError(ApiError):
    """There is no such model, version, file, upload or token (404)."""

    default_hint = "check the registry's URL: modelguard whoami"


class ConflictError(ApiError):
    """The request conflicts with the current state or with another request (409)."""


class PendingError(ConflictError):
    """The version is still being inspected (409 ARTIFACT_PENDING)."""

    default_hint = "try again soon"


class ThrottledError(ApiError):
    """There were too many requests, even after waiting (429)."""

    default_hint = "try again in a minute"


class ServerError(ApiError):
    """The registry failed, even after retries (5xx)."""

    default_hint = "try again; if it persists, give the request id to the registry's operator"


@dataclass(frozen=True, slots=True)
class Subject:
    """What a request was about; a part that the request does not name is empty."""

    type: str = ""
    name: str = ""
    version: str = ""

    @property
    def reference(self) -> str:
        """The subject as the command line takes it, for example `bert:3 -t code`."""
        numbered = f"{self.name or 'NAME'}:{self.version}" if self.version else self.name or "NAME"
        return numbered + self.type_option

    @property
    def type_option(self) -> str:
        """The command line's option for the artifact type; empty for a model."""
        return f" -t {self.type}" if self.type not in {"", "model"} else ""


_HINTS = {
    "FILE_REQUIRED": "name one with --file; `modelguard show {reference}` lists them",
    "ARTIFACT_MALICIOUS": "read the findings: modelguard show {reference}",
    "ARTIFACT_NOT_CLEARED": "read the findings: modelguard show {reference}",
    "IN_PROGRESS": "try again in a moment",
    "MODEL_NOT_FOUND": "`modelguard ls` lists the models",
    "ARTIFACT_NOT_FOUND": "`modelguard show {name}` lists what is stored under this name",
    "VERSION_NOT_FOUND": "`modelguard versions {name}{type_option}` lists the versions",
    "FILE_NOT_FOUND": "`modelguard show {reference}` lists the files",
    "UPLOAD_NOT_FOUND": "push again",
    "TOKEN_NOT_FOUND": "`modelguard token list` lists the tokens",
}
_BY_STATUS: dict[int, type[ApiError]] = {
    401: UnauthorizedError,
    403: ForbiddenError,
    404: NotFoundError,
    409: ConflictError,
    429: ThrottledError,
}
_FIRST_SERVER_STATUS = 500
_MAX_MESSAGE = 1_000


def api_error(
    status: int, body: Mapping[str, Any], request_id: str = "", subject: Subject | None = None
) -> ApiError:
    """Return the error that a response of the registry stands for."""
    code = _code(body.get("error_code")) or f"HTTP_{status}"
    given = body.get("error") or body.get("message")
    message = given if isinstance(given, str) else f"The registry responded {status}"
    if len(message) > _MAX_MESSAGE:
        message = f"{message[:_MAX_MESSAGE]}…"
    kind = _class_of(status, code)
    hint = _hint(code, kind, subject or Subject())
    message, _, advice = message.partition("; ")
    if code == "ARTIFACT_NOT_CLEARED" and "allow_unverified" in advice:
        hint += "; to download it anyway, add --allow-unverified"
    elif advice and (not hint or code == "ARTIFACT_NOT_CLEARED"):
        message = f"{message}; {advice}"  # otherwise it is advice for users of plain HTTP
    details = {key: value for key, value in body.items() if key not in {"error", "error_code"}}
    return kind(status, code, message, request_id=request_id, details=details, hint=hint)


def _hint(code: str, kind: type[ApiError], subject: Subject) -> str:
    text = _HINTS.get(code, kind.default_hint)
    return text.format(
        reference=subject.reference, name=subject.name or "NAME", type_option=subject.type_option
    )


def _class_of(status: int, code: str) -> type[ApiError]:
    if code == "ARTIFACT_PENDING":
        return PendingError
    if status >= _FIRST_SERVER_STATUS:
        return ServerError
    return _BY_STATUS.get(status, InvalidRequestError)


def _code(given: object) -> str:
    """Return an error code of the API; anything else is not one."""
    known = isinstance(given, str) and len(given) <= 64 and given.replace("_", "").isalnum()  # noqa: PLR2004
    return str(given) if known else ""


@contextmanager
def local_errors() -> Iterator[None]:
    """Turn an OSError of this machine's files into LocalFileError."""
    try:
        yield
    except OSError as error:
        reason = error.strerror or str(error) or type(error).__name__
        text = f"{error.filename}: {reason}" if error.filename else reason
        raise LocalFileError(text) from error
