"""One call to the registry: who makes it, what they may do, and where time and ids come from."""

import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from lambdas.registry.access import Access
from lambdas.registry.audit import Actor, AuditEvent
from lambdas.registry.clock import Clock, timestamp
from lambdas.registry.errors import RegistryError
from lambdas.registry.operation import Operation
from lambdas.registry.retry import Pause


def utc_now() -> datetime:
    """Return the current time."""
    return datetime.now(UTC)


def new_uuid() -> str:
    """Return a random UUID."""
    return str(uuid.uuid4())


@dataclass(frozen=True, slots=True)
class Call:
    """What a use case needs to know about the request it serves.

    Without arguments it is a call by the registry itself, which may do anything. Audit events are
    kept for `audit_seconds`.
    """

    actor: Actor = field(default_factory=Actor)
    access: Access = field(default_factory=Access)
    audit_seconds: int = 0
    now: Clock = utc_now
    pause: Pause = time.sleep
    new_id: Callable[[], str] = new_uuid

    @property
    def now_seconds(self) -> int:
        """The current time in Unix seconds."""
        return int(self.now().timestamp())

    def event(self, operation: Operation, now: datetime | None = None) -> AuditEvent:
        """Return the audit event of an operation that happens at `now`, the present by default."""
        now = now or self.now()
        expires_at = int(now.timestamp()) + self.audit_seconds
        return AuditEvent(operation, self.actor, timestamp(now), expires_at)

    def refusal(self, operation: Operation, error: RegistryError) -> AuditEvent:
        """Return the audit event of an operation that is being refused."""
        return self.event(replace(operation, error_code=error.code))
