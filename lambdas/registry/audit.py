"""Audit events: who did what, and who was refused."""

from dataclasses import dataclass

from lambdas.registry.operation import Operation

ANONYMOUS = "anonymous"


@dataclass(frozen=True, slots=True)
class Actor:
    """The caller as the gateway identifies it, its IP address, and the id of its request."""

    principal: str = ANONYMOUS
    address: str = ""
    request_id: str = ""


@dataclass(frozen=True, slots=True)
class AuditEvent:
    """An operation, its actor and its time `at` (RFC 3339); kept until `expires_at` (Unix s)."""

    operation: Operation
    actor: Actor
    at: str
    expires_at: int

    @property
    def position(self) -> str:
        """The event's sort key among the events of its name, in chronological order."""
        return f"{self.at}/{self.actor.request_id}"
