"""The audit trail: who did what, or was refused it."""

from dataclasses import dataclass
from typing import Protocol

from lambdas.registry.operation import Operation
from lambdas.registry.page import Page

ANONYMOUS = "anonymous"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts, as the gateway knows them; from which address; in which request."""

    principal: str = ANONYMOUS
    address: str = ""
    request_id: str = ""


@dataclass(frozen=True, slots=True)
class AuditEvent:
    """An operation, by whom and when (RFC 3339); kept until `expires_at` (Unix seconds)."""

    operation: Operation
    actor: Actor
    at: str
    expires_at: int

    @property
    def position(self) -> str:
        """Its place among the events of its name, in order of time."""
        return f"{self.at}/{self.actor.request_id}"


class AuditTrail(Protocol):
    """Keeps events that change nothing else; those of writes are stored with their effect."""

    def note(self, event: AuditEvent) -> None:
        """Store an event."""

    def events(self, name: str, before: str | None, limit: int) -> Page[AuditEvent]:
        """Return a model's events, newest first, before a position if one is given.

        Events that belong to no model have the empty name.
        """
