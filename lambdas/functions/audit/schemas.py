"""The JSON bodies of the audit trail."""

from typing import Self

from pydantic import BaseModel, Field

from lambdas.registry.audit import AuditEvent


class EventBody(BaseModel):
    """One audit event; members that do not apply are absent."""

    at: str
    action: str
    actor: str = Field(description="An ARN, `token:` followed by a token id, or `anonymous`")
    address: str = Field(description="The caller's IP address")
    request_id: str
    artifact_type: str | None = None
    version: int | None = None
    file: str | None = None
    sha256: str | None = Field(
        default=None, description="SHA-256 in hex of the file, or of the version's largest file"
    )
    alias: str | None = None
    unverified: bool | None = Field(
        default=None,
        description="The caller accepted a version that the inspection had not cleared",
    )
    verdict: str | None = Field(
        default=None, description="The verdict that a download was served or refused under"
    )
    token_id: str | None = None
    grants: list[str] | None = None
    error_code: str | None = Field(default=None, description="Why the operation was refused")

    @classmethod
    def of(cls, event: AuditEvent) -> Self:
        """Return the body of an event."""
        operation = event.operation
        return cls(
            at=event.at,
            action=operation.action.value,
            actor=event.actor.principal,
            address=event.actor.address,
            request_id=event.actor.request_id,
            artifact_type=operation.artifact_type or None,
            version=operation.version or None,
            file=operation.file or None,
            sha256=operation.sha256 or None,
            alias=operation.alias or None,
            unverified=operation.unverified or None,
            verdict=operation.verdict or None,
            token_id=operation.token_id or None,
            grants=list(operation.grants) or None,
            error_code=operation.error_code or None,
        )


class EventsBody(BaseModel):
    """A page of audit events, newest first; `next` is absent on the last page."""

    events: list[EventBody]
    next: str | None = None

    @classmethod
    def of(cls, events: tuple[AuditEvent, ...], next_token: str | None) -> Self:
        """Return the body of a page."""
        return cls(events=[EventBody.of(event) for event in events], next=next_token)
