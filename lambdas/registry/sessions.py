"""Use cases: begin an upload session, resume it, abort it."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from lambdas.contract import SESSION_MARGIN_SECONDS, SESSION_SECONDS
from lambdas.registry import names
from lambdas.registry.access import Access
from lambdas.registry.arrivals import Arrival, arrivals, held_files
from lambdas.registry.cleaning import clean
from lambdas.registry.declaration import Declaration, check
from lambdas.registry.errors import ConflictError
from lambdas.registry.offers import Offer, Signer
from lambdas.registry.parallel import each
from lambdas.registry.ports import Clock, ContendedError, Once
from lambdas.registry.retry import Pause, settle
from lambdas.registry.session import PlannedFile, Session, State
from lambdas.registry.session_lookup import Lookup
from lambdas.registry.session_ports import History, Leftovers, Parts, Registry, SessionTable


@dataclass(frozen=True, slots=True)
class Sessions:
    """Begins, resumes and aborts upload sessions: clients send the bytes to S3 themselves."""

    sessions: SessionTable
    registry: Registry
    history: History
    bucket: Parts
    leftovers: Leftovers
    now: Clock
    new_id: Callable[[], str]
    new_upload_id: Callable[[], str]
    pause: Pause
    access: Access

    def open(self, declaration: Declaration, once: Once[str] | None = None) -> str:
        """Write a new session down, and nothing else; return its id.

        Raises:
            RegistryError: as `declaration.check`; DYNAMODB_ERROR.
        """
        return self._opened(declaration, once).upload_id

    def begin(self, declaration: Declaration) -> Offer:
        """Write the session down, then prepare S3 for it; nothing of either is visible.

        Raises:
            RegistryError: as `declaration.check`; S3_ERROR, DYNAMODB_ERROR.
        """
        session = self._opened(declaration, None)
        try:
            return self._offer(session, lambda files: [Arrival(file) for file in files])
        except ContendedError:
            # Nobody else knows of it: an answer to this very request was lost on its way.
            return self.resume(session.artifact_type, session.upload_id)

    def resume(self, artifact_type: str, upload_id: str) -> Offer:
        """Return what has arrived, and fresh URLs for what has not.

        Raises:
            RegistryError: INVALID_ARTIFACT_TYPE, UPLOAD_NOT_FOUND, CONFLICT, S3_ERROR,
                DYNAMODB_ERROR.
        """

        def attempt(session: Session) -> Offer:
            if session.state is State.DONE:
                return Signer(self.bucket).offer(session, [])
            return self._offer(session, lambda files: arrivals(self.bucket, session, files))

        lookup = Lookup(self.sessions, self.now, self.access)
        return settle(lambda: lookup.find(artifact_type, upload_id), attempt, self.pause)

    def abort(self, artifact_type: str, upload_id: str) -> None:
        """End an open session and remove what it stored; repeating it cleans again.

        The session itself stays, out of sight, until the last of its URLs is dead: what one of
        them still stores, the clean-up removes.

        Raises:
            RegistryError: INVALID_ARTIFACT_TYPE, UPLOAD_NOT_FOUND; CONFLICT when it is complete;
                S3_ERROR, DYNAMODB_ERROR.
        """

        def attempt(session: Session) -> Session:
            if session.state is State.DONE:
                raise ConflictError("The upload is complete; delete its version instead")
            if session.state is State.OPEN:
                self.sessions.abort(session, self._seconds() + SESSION_MARGIN_SECONDS)
            return session

        lookup = Lookup(self.sessions, self.now, self.access)
        ended = settle(lambda: lookup.find_any(artifact_type, upload_id), attempt, self.pause)
        clean(self.leftovers, ended)

    def _opened(self, declaration: Declaration, once: Once[str] | None) -> Session:
        check(declaration)
        session = self._planned(declaration)
        marker = once(session.upload_id) if once else None
        settle(lambda: session, lambda new: self.sessions.create(new, marker), self.pause)
        return session

    def _planned(self, declaration: Declaration) -> Session:
        def planned(path: str) -> str:
            return names.object_key(
                declaration.artifact_type, declaration.name, self.new_id(), path
            )

        return Session(
            upload_id=self.new_upload_id(),
            artifact_type=declaration.artifact_type,
            name=declaration.name,
            files=tuple(
                PlannedFile(f.path, f.size, f.sha256, f.part_sha256, planned(f.path))
                for f in declaration.files
            ),
            expires_at=self._seconds() + SESSION_SECONDS,
            license=declaration.license,
            message=declaration.message,
        )

    def _offer(self, session: Session, look: Callable[[list[PlannedFile]], list[Arrival]]) -> Offer:
        """Offer what is neither committed already nor seen by `look`."""
        record = self.registry.record(session.name)
        held = held_files(self.history, record, session.artifact_type, session.files)
        found = look([file for file in session.files if file.identity not in held])
        return Signer(self.bucket).offer(session, self._started(session, found))

    def _started(self, session: Session, found: list[Arrival]) -> list[Arrival]:
        """Return the arrivals, with a multipart upload for each that needs one."""
        waiting = [a.file for a in found if _needs_multipart(a)]
        if not waiting:
            return found
        ids = dict(each(lambda file: (file.key, self.bucket.start(file.key)), waiting))
        self.sessions.note_multiparts(session, {**session.multiparts, **ids})
        return [replace(a, multipart_id=ids[a.file.key]) if a.file.key in ids else a for a in found]

    def _seconds(self) -> int:
        return int(self.now().timestamp())


def _needs_multipart(arrival: Arrival) -> bool:
    return bool(arrival.file.part_sha256) and not arrival.stored and arrival.multipart_id is None
