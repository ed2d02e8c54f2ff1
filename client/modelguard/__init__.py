"""ModelGuard: push and pull machine-learning artifacts; each is inspected before it is served.

    from modelguard import Client

    with Client("https://…") as registry:
        registry.push("bert/", name="bert")
        registry.pull("bert", to="copy")

The public API is what this package exports; modules with a leading underscore may change. Names are
loaded on first use, so that `import modelguard` costs next to nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from modelguard._version import __version__

if TYPE_CHECKING:
    from modelguard._audit import Event
    from modelguard._auth import Auth, AwsAuth, BearerAuth, NoAuth
    from modelguard._client import Client, InsecureTransportWarning
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
    from modelguard._tokens import Identity, NewToken, Token
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
    "_audit": ("Event",),
    "_auth": ("Auth", "AwsAuth", "BearerAuth", "NoAuth"),
    "_client": ("Client", "InsecureTransportWarning"),
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
    "_tokens": ("Identity", "NewToken", "Token"),
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
    "Identity",
    "InsecureTransportWarning",
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
    from importlib import import_module  # noqa: PLC0415 - on first use

    return getattr(import_module(f"modelguard.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return __all__
