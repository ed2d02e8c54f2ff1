"""Finds the session that a request means."""

import re
from dataclasses import dataclass
from typing import Final

from lambdas.registry import names
from lambdas.registry.access import Access, Scope
from lambdas.registry.errors import UploadNotFoundError
from lambdas.registry.ports import Clock
from lambdas.registry.session import Session, State
from lambdas.registry.session_ports import SessionTable

_UPLOAD_ID: Final = re.compile(r"^[0-9a-f]{32}\Z")


@dataclass(frozen=True, slots=True)
class Lookup:
    """Looks sessions up, and hides those that their caller cannot use (any more)."""

    sessions: SessionTable
    now: Clock
    access: Access

    def find(self, artifact_type: str, upload_id: str) -> Session:
        """Return a session of this type that is open or done: one query.

        Raises:
            RegistryError: INVALID_ARTIFACT_TYPE, UPLOAD_NOT_FOUND.
        """
        session = self.find_any(artifact_type, upload_id)
        if session.state is State.ABORTED or session.expires_at <= self.now().timestamp():
            raise _not_found()
        return session

    def find_any(self, artifact_type: str, upload_id: str) -> Session:
        """Return a session of this type, whatever became of it."""
        names.artifact_type(artifact_type)
        if not _UPLOAD_ID.match(upload_id):
            raise _not_found()
        session = self.sessions.session(upload_id)
        if session is None or session.artifact_type != artifact_type:
            raise _not_found()
        if not self.access.allows(Scope.WRITE, session.name):
            raise _not_found()
        return session


def _not_found() -> UploadNotFoundError:
    return UploadNotFoundError("There is no such upload, or it was aborted or has expired")
