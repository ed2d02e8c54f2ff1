"""The JSON bodies of the tokens endpoints."""

from datetime import UTC, datetime
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field

from lambdas.contract.limits import (
    DEFAULT_TOKEN_DAYS,
    MAX_GRANTS,
    MAX_TOKEN_DAYS,
    MAX_TOKEN_DESCRIPTION_CHARS,
)
from lambdas.registry.clock import timestamp
from lambdas.registry.tokens import AccessToken, TokenRequest


class CreateRequest(BaseModel):
    """The grants, description and lifetime of a new token."""

    model_config = ConfigDict(extra="forbid", strict=True)

    grants: Annotated[list[str], Field(min_length=1, max_length=MAX_GRANTS)] = Field(
        description="`read`, `write` or `admin`, a colon, and a name, a name prefix followed by "
        "`*`, or `*`; each scope includes the ones before it"
    )
    description: Annotated[str, Field(max_length=MAX_TOKEN_DESCRIPTION_CHARS)] = ""
    expires_in_days: Annotated[int, Field(ge=1, le=MAX_TOKEN_DAYS)] = DEFAULT_TOKEN_DAYS

    def to_request(self) -> TokenRequest:
        """Return the request in the domain's form, not yet validated."""
        return TokenRequest(tuple(self.grants), self.description, self.expires_in_days)


class TokenBody(BaseModel):
    """A token without its secret."""

    token_id: str
    grants: list[str]
    description: str
    created_at: str
    created_by: str
    expires_at: str

    @classmethod
    def of(cls, token: AccessToken) -> Self:
        """Return the body of a token."""
        return cls(**_fields(token))


class CreatedBody(TokenBody):
    """A new token; requests send `token` as `Authorization: Bearer`."""

    token: str

    @classmethod
    def of_new(cls, text: str, token: AccessToken) -> Self:
        """Return the body of a new token."""
        return cls(token=text, **_fields(token))


class TokensBody(BaseModel):
    """A page of tokens, sorted by id; `next` is absent on the last page."""

    tokens: list[TokenBody]
    next: str | None = None

    @classmethod
    def of(cls, tokens: tuple[AccessToken, ...], next_token: str | None) -> Self:
        """Return the body of a page."""
        return cls(tokens=[TokenBody.of(token) for token in tokens], next=next_token)


def _fields(token: AccessToken) -> dict[str, Any]:
    return {
        "token_id": token.token_id,
        "grants": [str(grant) for grant in token.grants],
        "description": token.description,
        "created_at": token.created_at,
        "created_by": token.created_by,
        "expires_at": timestamp(datetime.fromtimestamp(token.expires_at, UTC)),
    }
