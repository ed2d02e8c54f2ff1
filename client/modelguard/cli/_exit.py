"""The exit statuses, in one table; scripts may rely on them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from modelguard._errors import ModelGuardError

OK: Final = 0
OTHER: Final = 1
USAGE: Final = 2
NOT_FOUND: Final = 3
REFUSED: Final = 4
TRY_LATER: Final = 5
DAMAGED: Final = 6
UNREACHABLE: Final = 7
INTERRUPTED: Final = 130

MEANING: Final = {
    OK: "done",
    OTHER: "other failure, such as a local file error or a request that is not valid",
    USAGE: "usage error, or no registry is configured",
    NOT_FOUND: "no such model, version, file, alias or token",
    REFUSED: "access denied, or the inspection's verdict forbids it",
    TRY_LATER: "try again later: inspection pending, concurrent change or throttled",
    DAMAGED: "bytes do not match what the registry recorded",
    UNREACHABLE: "the registry or its storage failed or cannot be reached",
    INTERRUPTED: "interrupted with Ctrl-C; the same command resumes",
}


def status_of(error: ModelGuardError) -> int:
    """Return the exit status of an error."""
    from modelguard import _errors as errors  # noqa: PLC0415 - only after a failure

    if isinstance(error, errors.ConflictError) and "aliases" in error.details:
        return OTHER  # trying again does not help: the aliases have to be moved first
    table: tuple[tuple[type[ModelGuardError], int], ...] = (
        (errors.NotFoundError, NOT_FOUND),
        (errors.UnauthorizedError, REFUSED),
        (errors.ForbiddenError, REFUSED),
        (errors.ConflictError, TRY_LATER),
        (errors.ThrottledError, TRY_LATER),
        (errors.IntegrityError, DAMAGED),
        (errors.ServerError, UNREACHABLE),
        (errors.TransportError, UNREACHABLE),
        (errors.ConfigError, USAGE),
    )
    return next((status for kind, status in table if isinstance(error, kind)), OTHER)
