"""Bearer tokens, as the registry describes them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from modelguard._body import Body
from modelguard._errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping

_TOKEN_ID: Final = re.compile(r"[0-9a-f]{16}")


@dataclass(frozen=True, slots=True)
class Token:
    """What the registry stores of a token, which is all but its secret; times are RFC 3339."""

    token_id: str
    grants: tuple[str, ...] = ()
    """Each is `SCOPE:PATTERN`: `read`, `write` or `admin`, and a name, `PREFIX*` or `*`."""
    description: str = ""
    created_at: str = ""
    created_by: str = ""
    expires_at: str = ""

    @classmethod
    def of(cls, body: Mapping[str, Any]) -> Token:
        """Parse the registry's JSON."""
        return cls(**_members(Body(body)))


@dataclass(frozen=True, slots=True)
class NewToken(Token):
    """A newly created token with its secret, `token`, which its repr leaves out."""

    token: str = field(default="", repr=False)

    @classmethod
    def of(cls, body: Mapping[str, Any]) -> NewToken:
        """Parse the registry's JSON."""
        given = Body(body)
        return cls(**_members(given), token=given.text("token"))


@dataclass(frozen=True, slots=True)
class Identity:
    """A caller as the registry sees it; fields that do not apply are empty."""

    actor: str
    """An ARN, `token:` and a token's id, or `anonymous`."""
    grants: tuple[str, ...] = ()
    description: str = ""
    expires_at: str = ""

    @classmethod
    def of(cls, body: Mapping[str, Any]) -> Identity:
        """Parse the registry's JSON."""
        given = Body(body)
        return cls(
            given.text("actor"),
            given.texts("grants"),
            given.text("description", ""),
            given.text("expires_at", ""),
        )


def check_token_id(token_id: str) -> str:
    """Return a token id, or raise ConfigError if it is not one.

    An id becomes part of a URL, which servers and proxies log, so a whole token must not pass.
    """
    if not _TOKEN_ID.fullmatch(token_id):
        raise ConfigError(
            "Not a token id: expected 16 hexadecimal digits",
            hint="`modelguard token list` shows the ids",
        )
    return token_id


def _members(body: Body) -> dict[str, Any]:
    texts = ("description", "created_at", "created_by", "expires_at")
    return {
        "token_id": body.text("token_id"),
        "grants": body.texts("grants"),
        **{key: body.text(key, "") for key in texts},
    }
