"""The audit trail: what was done, or refused, and by whom."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from modelguard._body import Body

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Event:
    """An audit event: an action that was done or refused; fields that do not apply are empty."""

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
    """Whether the caller downloaded what the inspection had not cleared."""
    token_id: str = ""
    grants: tuple[str, ...] = ()
    error_code: str = ""
    """Why the action was refused."""

    @property
    def refused(self) -> bool:
        """Whether the action was refused."""
        return bool(self.error_code)

    @classmethod
    def of(cls, body: Mapping[str, Any]) -> Event:
        """Parse the registry's JSON."""
        texts = ("address", "request_id", "artifact_type", "file", "sha256", "alias", "token_id")
        given = Body(body)
        return cls(
            at=given.text("at"),
            action=given.text("action"),
            actor=given.text("actor"),
            **{key: given.text(key, "") for key in (*texts, "error_code")},
            version=given.number("version") if "version" in given else None,
            unverified=given.flag("unverified"),
            grants=given.texts("grants"),
        )
