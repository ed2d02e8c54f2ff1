"""The audit trail: who did what, or was refused it."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Protocol, Self

from lambdas.registry.clock import timestamp
from lambdas.registry.errors import RegistryError
from lambdas.registry.page import Page
from lambdas.registry.version import Version

ANONYMOUS = "anonymous"


class Action(StrEnum):
    """What is kept for an auditor: every change that a reader can see, and every download."""

    UPLOAD = "upload"
    DOWNLOAD = "download"
    EDIT = "edit"
    DELETE_MODEL = "delete_model"
    DELETE_VERSION = "delete_version"
    SET_ALIAS = "set_alias"
    REMOVE_ALIAS = "remove_alias"
    RESCAN = "rescan"
    CREATE_TOKEN = "create_token"  # noqa: S105 - an action's name
    REVOKE_TOKEN = "revoke_token"  # noqa: S105 - an action's name
    CALL = "call"
    """Anything else, kept only when it is refused."""


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts, as the gateway knows it; from which address; in which request."""

    principal: str = ANONYMOUS
    address: str = ""
    request_id: str = ""


@dataclass(frozen=True, slots=True)
class Deed:
    """What is done: members that do not apply are empty.

    `name` is the model's, `sha256` (hex) that of `file` or of a version's largest file, and
    `error_code` says that it was refused, and why.
    """

    action: Action
    name: str = ""
    artifact_type: str = ""
    version: int = 0
    file: str = ""
    sha256: str = ""
    alias: str = ""
    unverified: bool = False
    token_id: str = ""
    grants: tuple[str, ...] = ()
    error_code: str = ""

    @classmethod
    def upload(cls, name: str, version: Version) -> Self:
        """Return the deed of committing a version."""
        return cls.on_version(Action.UPLOAD, name, version)

    @classmethod
    def on_version(cls, action: Action, name: str, version: Version) -> Self:
        """Return what is done to a whole version."""
        return cls(
            action,
            name,
            version.artifact_type,
            version.number,
            sha256=version.largest.sha256,
        )


@dataclass(frozen=True, slots=True)
class Event:
    """A deed, by whom and when; it is kept until `expires_at` (Unix seconds)."""

    deed: Deed
    actor: Actor
    at: str
    expires_at: int

    @property
    def position(self) -> str:
        """Where it stands among those of its name: in the order of time."""
        return f"{self.at}/{self.actor.request_id}"


@dataclass(frozen=True, slots=True)
class Scribe:
    """Makes the events of one request."""

    actor: Actor
    keep_seconds: int

    def event(self, deed: Deed, now: datetime) -> Event:
        """Return the event of a deed."""
        return Event(deed, self.actor, timestamp(now), int(now.timestamp()) + self.keep_seconds)

    def refusal(self, deed: Deed, error: RegistryError, now: datetime) -> Event:
        """Return the event of a deed that was refused."""
        return self.event(replace(deed, error_code=error.code), now)


class Trail(Protocol):
    """Keeps events that change nothing else; those of writes are kept with their effect."""

    def note(self, event: Event) -> None:
        """Keep an event."""

    def events(self, name: str, before: str | None, limit: int) -> Page[Event]:
        """Return a model's events newest first, before a position if it is given.

        Events that belong to no model have the empty name.
        """
