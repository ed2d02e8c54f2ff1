"""Who calls, what they may do, and how what they do is kept."""

import os
from typing import Any

from aws_lambda_powertools.utilities.data_classes.common import BaseProxyEvent

from lambdas.contract.environment import DEFAULT_AUDIT_DAYS, ENV_AUDIT_DAYS, ENV_AUTH
from lambdas.registry.access import Access
from lambdas.registry.audit import ANONYMOUS, Actor
from lambdas.registry.call import Call

GRANTS = "grants"
"""The authorizer's word for what a token grants, separated by spaces."""
_DAY_SECONDS = 24 * 60 * 60


def principal_of(event: BaseProxyEvent) -> str:
    """Return the caller as the gateway knows it: an ARN, a token's id, or `anonymous`."""
    identity, authorizer = _context(event, "identity"), _context(event, "authorizer")
    known = (identity.get("userArn"), identity.get("caller"), authorizer.get("principalId"))
    return next((str(principal) for principal in known if principal), ANONYMOUS)


def access_of(event: BaseProxyEvent) -> Access:
    """Return what the caller may do: all that the gateway lets through, unless it takes tokens."""
    if os.environ.get(ENV_AUTH) != "token":
        return Access()
    return Access.parse(str(_context(event, "authorizer").get(GRANTS, "")).split())


def call_of(event: BaseProxyEvent) -> Call:
    """Return what a use case needs to know of the request."""
    actor = Actor(
        principal=principal_of(event),
        address=str(_context(event, "identity").get("sourceIp") or ""),
        request_id=str((event.get("requestContext") or {}).get("requestId") or ""),
    )
    days = int(os.environ.get(ENV_AUDIT_DAYS) or DEFAULT_AUDIT_DAYS)
    return Call(actor, access_of(event), days * _DAY_SECONDS)


def _context(event: BaseProxyEvent, part: str) -> dict[str, Any]:
    return (event.get("requestContext") or {}).get(part) or {}
