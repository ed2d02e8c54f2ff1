"""The caller of a request: identity and access, from the gateway's event."""

import os
from typing import Any

from aws_lambda_powertools.utilities.data_classes.common import BaseProxyEvent

from lambdas.contract.environment import DEFAULT_AUDIT_DAYS, ENV_AUDIT_DAYS, ENV_AUTH
from lambdas.registry.access import Access
from lambdas.registry.audit import ANONYMOUS, Actor
from lambdas.registry.call import Call
from lambdas.registry.errors import ForbiddenError

GRANTS = "grants"
"""The key of the authorizer's context under which it passes a token's grants, space-separated."""
_DAY_SECONDS = 24 * 60 * 60


def principal_of(event: BaseProxyEvent) -> str:
    """Return the caller as the gateway identifies it: an ARN, `token:{id}` or `anonymous`."""
    identity, authorizer = _context(event, "identity"), _context(event, "authorizer")
    candidates = (identity.get("userArn"), identity.get("caller"), authorizer.get("principalId"))
    return next((str(principal) for principal in candidates if principal), ANONYMOUS)


def require_signature(event: BaseProxyEvent) -> None:
    """Raise FORBIDDEN unless the request carries an AWS signature, which the gateway verifies."""
    signed = (event.headers.get("Authorization") or "").startswith("AWS4-HMAC-SHA256 ")
    if not signed and not _context(event, "identity").get("userArn"):
        raise ForbiddenError("Tokens are managed with AWS credentials, not with a token")


def access_of(event: BaseProxyEvent) -> Access:
    """Return what the caller may do: what its token grants or, without tokens, everything."""
    if os.environ.get(ENV_AUTH) != "token":
        return Access()
    return Access.parse(str(_context(event, "authorizer").get(GRANTS, "")).split())


def call_of(event: BaseProxyEvent) -> Call:
    """Return the call that a request makes."""
    actor = Actor(
        principal=principal_of(event),
        address=str(_context(event, "identity").get("sourceIp") or ""),
        request_id=str((event.get("requestContext") or {}).get("requestId") or ""),
    )
    days = int(os.environ.get(ENV_AUDIT_DAYS) or DEFAULT_AUDIT_DAYS)
    return Call(actor, access_of(event), days * _DAY_SECONDS)


def _context(event: BaseProxyEvent, part: str) -> dict[str, Any]:
    return (event.get("requestContext") or {}).get(part) or {}
