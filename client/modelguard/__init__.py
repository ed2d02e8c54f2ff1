"""ModelGuard: push and pull machine-learning artifacts that were inspected before they are served.

    from modelguard import Client

    with Client("https://…") as registry:
        registry.push("bert/", name="bert")
        registry.pull("bert", to="copy")

Everything public is here; modules that begin with an underscore may change. Names are loaded when
they are first used, so that `import modelguard` costs nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from modelguard._version import __version__

if TYPE_CHECKING:
    from modelguard._access import Event, NewToken, Token
    from modelguard._auth import Auth, AwsAuth, BearerAuth, NoAuth
    from modelguard._client import Client
    from modelguard._errors import (
        ApiError,
        ConfigError,
        ConflictError,
        ForbiddenError,
        IntegrityError,
        InvalidRequestError,
        LocalFileError,
        ModelGuardError,
        NotFoundError,
        PendingError,
        ServerError,
        ThrottledError,
        TransportError,
        UnauthorizedError,
    )
    from modelguard._http import HttpTransport, Request, Response, Transport
    from modelguard._progress import Progress
    from modelguard._types import (
        Difference,
        File,
        Finding,
        Model,
        Pulled,
        Verification,
        Version,
    )

_MODULES = {
    "_access": ("Event", "NewToken", "Token"),
    "_auth": ("Auth", "AwsAuth", "BearerAuth", "NoAuth"),
    "_client": ("Client",),
    "_errors": (
        "ApiError",
        "ConfigError",
        "ConflictError",
        "ForbiddenError",
        "IntegrityError",
        "InvalidRequestError",
        "LocalFileError",
        "ModelGuardError",
        "NotFoundError",
        "PendingError",
        "ServerError",
        "ThrottledError",
        "TransportError",
        "UnauthorizedError",
    ),
    "_http": ("HttpTransport", "Request", "Response", "Transport"),
    "_progress": ("Progress",),
    "_types": (
        "Difference",
        "File",
        "Finding",
        "Model",
        "Pulled",
        "Verification",
        "Version",
    ),
}
_HOME = {name: module for module, names in _MODULES.items() for name in names}

__all__ = [
    "ApiError",
    "Auth",
    "AwsAuth",
    "BearerAuth",
    "Client",
    "ConfigError",
    "ConflictError",
    "Difference",
    "Event",
    "File",
    "Finding",
    "ForbiddenError",
    "HttpTransport",
    "IntegrityError",
    "InvalidRequestError",
    "LocalFileError",
    "Model",
    "ModelGuardError",
    "NewToken",
    "NoAuth",
    "NotFoundError",
    "PendingError",
    "Progress",
    "Pulled",
    "Request",
    "Response",
    "ServerError",
    "ThrottledError",
    "Token",
    "Transport",
    "TransportError",
    "UnauthorizedError",
    "Verification",
    "Version",
    "__version__",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'modelguard' has no attribute {name!r}")
    from importlib import import_module  # noqa: PLC0415 - only when a name is first used

    return getattr(import_module(f"modelguard.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return __all__
