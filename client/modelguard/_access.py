"""Who may use a registry and who did: tokens and the audit trail, as frozen values."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from modelguard._errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping

_TOKEN_ID: Final = re.compile(r"[0-9a-f]{16}")


@dataclass(frozen=True, slots=True)
class Token:
    """What the registry keeps of a token: everything but the token; times are RFC 3339."""

    token_id: str
    grants: tuple[str, ...] = ()
    """Each `read`, `write` or `admin`, a colon, and a name, a name's beginning and `*`, or `*`."""
    description: str = ""
    created_at: str = ""
    created_by: str = ""
    expires_at: str = ""

    @classmethod
    def of(cls, body: Mapping[str, Any]) -> Token:
        """Read the registry's JSON."""
        return cls(**_known(body))


@dataclass(frozen=True, slots=True)
class NewToken(Token):
    """A token that was just made; only here is the secret `token`, which its repr hides."""

    token: str = field(default="", repr=False)

    @classmethod
    def of(cls, body: Mapping[str, Any]) -> NewToken:
        """Read the registry's JSON."""
        return cls(**_known(body), token=str(body["token"]))


@dataclass(frozen=True, slots=True)
class Event:
    """Something that was done, or `refused`; what does not apply to it is empty."""

    at: str
    """RFC 3339, with milliseconds."""
    action: str
    """For example `upload`, `download` or `create_token`; `call` is any other refused request."""
    actor: str
    """An ARN, `token:` and a token's id, or `anonymous`."""
    address: str = ""
    request_id: str = ""
    artifact_type: str = ""
    version: int | None = None
    file: str = ""
    sha256: str = ""
    alias: str = ""
    unverified: bool = False
    """Whether the caller took what the inspection had not cleared."""
    token_id: str = ""
    grants: tuple[str, ...] = ()
    error_code: str = ""
    """Why it was refused."""

    @property
    def refused(self) -> bool:
        """Tell whether it was not done."""
        return bool(self.error_code)

    @classmethod
    def of(cls, body: Mapping[str, Any]) -> Event:
        """Read the registry's JSON."""
        texts = ("address", "request_id", "artifact_type", "file", "sha256", "alias", "token_id")
        version = body.get("version")
        return cls(
            at=str(body["at"]),
            action=str(body["action"]),
            actor=str(body["actor"]),
            **{key: str(body.get(key) or "") for key in (*texts, "error_code")},
            version=None if version is None else int(version),
            unverified=bool(body.get("unverified")),
            grants=_grants(body),
        )


def check_token_id(token_id: str) -> str:
    """Return a token's id, or raise ConfigError.

    An id becomes part of an address, which servers and proxies log: a whole token must not.
    """
    if not _TOKEN_ID.fullmatch(token_id):
        raise ConfigError(
            "That is no token's id, which has 16 hexadecimal digits",
            hint="`modelguard token list` shows the ids",
        )
    return token_id


def _known(body: Mapping[str, Any]) -> dict[str, Any]:
    texts = ("description", "created_at", "created_by", "expires_at")
    return {
        "token_id": str(body["token_id"]),
        "grants": _grants(body),
        **{key: str(body.get(key) or "") for key in texts},
    }


def _grants(body: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(str(each) for each in body.get("grants") or ())
