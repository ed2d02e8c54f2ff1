"""The audit trail: who did what, or was refused it."""

from dataclasses import dataclass

from lambdas.registry.operation import Operation

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
