"""Bearer tokens: shown once, stored as a hash, and checked by the gateway's authorizer."""

import hashlib
import hmac
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, Protocol

from lambdas.contract.limits import (
    MAX_GRANTS,
    MAX_TOKEN_DAYS,
    MAX_TOKEN_DESCRIPTION_CHARS,
    TOKEN_PATTERN,
)
from lambdas.registry import names
from lambdas.registry.access import Grant
from lambdas.registry.audit import AuditEvent
from lambdas.registry.call import Call, utc_now
from lambdas.registry.clock import Clock, timestamp
from lambdas.registry.errors import InvalidRequestError, TokenNotFoundError
from lambdas.registry.operation import Action, Operation
from lambdas.registry.page import Page

_TOKEN: Final = re.compile(rf"^{TOKEN_PATTERN}\Z")
_TOKEN_ID: Final = re.compile(r"^[0-9a-f]{16}\Z")


@dataclass(frozen=True, slots=True)
class AccessToken:
    """What the registry stores of a token: everything but the token itself.

    `secret_hash` is the SHA-256 (hex) of the whole token; a slow hash would add nothing to a
    secret of 256 random bits. `expires_at` is in Unix seconds.
    """

    token_id: str
    secret_hash: str
    grants: tuple[Grant, ...]
    description: str
    created_at: str
    created_by: str
    expires_at: int


@dataclass(frozen=True, slots=True)
class TokenRequest:
    """A request for a new token, not yet validated."""

    grants: tuple[str, ...]
    description: str
    days: int


class TokenTable(Protocol):
    """Stores tokens. Reads are consistent. Failures are raised as DYNAMODB_ERROR."""

    def add(self, token: AccessToken, event: AuditEvent) -> None:
        """Store a new token and its audit event."""

    def remove(self, token_id: str, event: AuditEvent) -> bool:
        """Remove a token and store the audit event; return whether the token existed."""

    def find(self, token_id: str) -> AccessToken | None:
        """Return a token by its id."""

    def page(self, after: str | None, limit: int) -> Page[AccessToken]:
        """Return tokens in order of their ids, starting after the id `after` if it is given."""


@dataclass(frozen=True, slots=True)
class TokenKeeper:
    """Creates, lists and revokes tokens."""

    tokens: TokenTable
    call: Call
    new_id: Callable[[], str]
    new_secret: Callable[[], str]

    def create(self, request: TokenRequest) -> tuple[str, AccessToken]:
        """Return a new token, which cannot be retrieved again, and what is stored of it.

        Raises:
            RegistryError: INVALID_REQUEST, DYNAMODB_ERROR.
        """
        grants = _checked(request)
        now = self.call.now()
        token_id = self.new_id()
        text = f"mgt_{token_id}_{self.new_secret()}"
        token = AccessToken(
            token_id=token_id,
            secret_hash=_hash(text),
            grants=grants,
            description=request.description,
            created_at=timestamp(now),
            created_by=self.call.actor.principal,
            expires_at=int((now + timedelta(days=request.days)).timestamp()),
        )
        granted = tuple(str(grant) for grant in grants)
        operation = Operation(Action.CREATE_TOKEN, token_id=token_id, grants=granted)
        self.tokens.add(token, self.call.event(operation, now))
        return text, token

    def page(self, after: str | None, limit: int) -> Page[AccessToken]:
        """Return tokens in order of their ids, including expired ones not yet deleted."""
        return self.tokens.page(after, limit)

    def revoke(self, token_id: str) -> None:
        """Remove a token, or raise TOKEN_NOT_FOUND."""
        operation = Operation(Action.REVOKE_TOKEN, token_id=token_id)
        well_formed = bool(_TOKEN_ID.match(token_id))
        if not well_formed or not self.tokens.remove(token_id, self.call.event(operation)):
            raise TokenNotFoundError("There is no such token, or it has been revoked")


@dataclass(frozen=True, slots=True)
class TokenChecker:
    """Authenticates callers by their tokens."""

    tokens: TokenTable
    now: Clock = utc_now

    def check(self, text: str) -> AccessToken | None:
        """Return what is stored of a token, or None if it is invalid, revoked or expired.

        A well-formed token costs one read, any other none.
        """
        if not _TOKEN.match(text):
            return None
        token = self.tokens.find(text.split("_")[1])
        if token is None or not hmac.compare_digest(token.secret_hash, _hash(text)):
            return None
        return token if token.expires_at > self.now().timestamp() else None


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _checked(request: TokenRequest) -> tuple[Grant, ...]:
    if not 1 <= len(request.grants) <= MAX_GRANTS:
        raise InvalidRequestError(f"A token must have 1 to {MAX_GRANTS} grants", field="grants")
    if not 1 <= request.days <= MAX_TOKEN_DAYS:
        raise InvalidRequestError(
            f"A token must expire in 1 to {MAX_TOKEN_DAYS} days", field="expires_in_days"
        )
    names.free_text(request.description, field="description", max_chars=MAX_TOKEN_DESCRIPTION_CHARS)
    return tuple(sorted({Grant.parse(grant) for grant in request.grants}))
