"""Use cases: begin, resume, complete and abort an upload session."""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from lambdas.contract.limits import SESSION_MARGIN_SECONDS, SESSION_SECONDS
from lambdas.registry import names
from lambdas.registry.access import Scope
from lambdas.registry.call import Call
from lambdas.registry.clock import timestamp
from lambdas.registry.errors import ConflictError, UploadNotFoundError, VersionNotFoundError
from lambdas.registry.model import Model, Record
from lambdas.registry.operation import Operation
from lambdas.registry.parallel import parallel_map
from lambdas.registry.ports import AnswerMaker, Commit, Completion, ContendedError, Table
from lambdas.registry.retry import read_and_retry, retry
from lambdas.registry.scores import scored
from lambdas.registry.uploads.offers import Offer, Signer
from lambdas.registry.uploads.ports import CommittedFiles, Leftovers, Parts, SessionTable
from lambdas.registry.uploads.session import (
    Declaration,
    PlannedFile,
    Session,
    State,
    check_declaration,
)
from lambdas.registry.uploads.small import Receipt
from lambdas.registry.uploads.storage import (
    Arrival,
    Assembly,
    arrivals,
    held_files,
    remove_leftovers,
)
from lambdas.registry.verdict import Inspection
from lambdas.registry.version import Version

_UPLOAD_ID: Final = re.compile(r"^[0-9a-f]{32}\Z")


@dataclass(frozen=True, slots=True)
class UploadSessions:
    """Uploads whose bytes clients send directly to S3, committed as one version or not at all."""

    sessions: SessionTable
    table: Table
    committed: CommittedFiles
    bucket: Parts
    leftovers: Leftovers
    call: Call
    new_upload_id: Callable[[], str]

    def open(self, declaration: Declaration, make_answer: AnswerMaker[str] | None = None) -> str:
        """Store a new session without preparing S3 for it; return its id.

        Raises:
            RegistryError: As `check_declaration`; DYNAMODB_ERROR.
        """
        return self._opened(declaration, make_answer).upload_id

    def begin(self, declaration: Declaration) -> Offer:
        """Store a new session and prepare S3 for it; neither is visible to readers.

        Raises:
            RegistryError: As `check_declaration`; S3_ERROR, DYNAMODB_ERROR.
        """
        session = self._opened(declaration, None)
        try:
            return self._offer(session, lambda files: [Arrival(file) for file in files])
        except ContendedError:
            # No other request knows the session, so the answer to one of our own writes was lost.
            return self.resume(session.artifact_type, session.upload_id)

    def resume(self, artifact_type: str, upload_id: str) -> Offer:
        """Return what has arrived, and new URLs for what has not.

        Raises:
            RegistryError: INVALID_ARTIFACT_TYPE, UPLOAD_NOT_FOUND, CONFLICT, S3_ERROR,
                DYNAMODB_ERROR.
        """

        def attempt(session: Session) -> Offer:
            if session.state is State.DONE:
                return Signer(self.bucket).offer(session, [])
            return self._offer(session, lambda files: arrivals(self.bucket, session, files))

        return read_and_retry(
            lambda: self._usable(artifact_type, upload_id), attempt, self.call.pause
        )

    def complete(self, artifact_type: str, upload_id: str) -> Receipt:
        """Commit the uploaded files as the next version; repeating it returns the same receipt.

        Raises:
            RegistryError: INVALID_ARTIFACT_TYPE, UPLOAD_NOT_FOUND, UPLOAD_INCOMPLETE, CONFLICT,
                VERSION_NOT_FOUND if its version has been deleted since, S3_ERROR, DYNAMODB_ERROR.
        """
        assembly = Assembly(self.bucket)

        def attempt(session: Session) -> Receipt:
            if session.state is State.DONE:
                return self._receipt(session)
            return self._commit(session, assembly)

        return read_and_retry(
            lambda: self._usable(artifact_type, upload_id), attempt, self.call.pause
        )

    def abort(self, artifact_type: str, upload_id: str) -> None:
        """End an open session and remove what it stored; repeating it removes again.

        The session itself stays, hidden, until the last of its URLs has expired, so that the sweep
        removes whatever is still stored through one of them.

        Raises:
            RegistryError: INVALID_ARTIFACT_TYPE, UPLOAD_NOT_FOUND; CONFLICT if it is complete;
                S3_ERROR, DYNAMODB_ERROR.
        """

        def attempt(session: Session) -> Session:
            if session.state is State.DONE:
                raise ConflictError("The upload is already complete; delete its version instead")
            if session.state is State.OPEN:
                self.sessions.abort(session, self.call.now_seconds + SESSION_MARGIN_SECONDS)
            return session

        ended = read_and_retry(
            lambda: self._session(artifact_type, upload_id), attempt, self.call.pause
        )
        remove_leftovers(self.leftovers, ended)

    def _opened(self, declaration: Declaration, make_answer: AnswerMaker[str] | None) -> Session:
        check_declaration(declaration)
        session = self._planned(declaration)
        stored_answer = make_answer(session.upload_id) if make_answer else None
        retry(lambda: self.sessions.create(session, stored_answer), self.call.pause)
        return session

    def _planned(self, declaration: Declaration) -> Session:
        def planned(path: str) -> str:
            return names.object_key(
                declaration.artifact_type, declaration.name, self.call.new_id(), path
            )

        return Session(
            upload_id=self.new_upload_id(),
            artifact_type=declaration.artifact_type,
            name=declaration.name,
            files=tuple(
                PlannedFile(f.path, f.size, f.sha256, f.part_sha256, planned(f.path))
                for f in declaration.files
            ),
            expires_at=self.call.now_seconds + SESSION_SECONDS,
            license=declaration.license,
            message=declaration.message,
        )

    def _offer(self, session: Session, look: Callable[[list[PlannedFile]], list[Arrival]]) -> Offer:
        """Return an offer of what is neither committed yet nor found by `look`."""
        record = self.table.record(session.name)
        held = held_files(self.committed, record, session.artifact_type, session.files)
        found = look([file for file in session.files if file.identity not in held])
        return Signer(self.bucket).offer(session, self._started(session, found))

    def _started(self, session: Session, found: list[Arrival]) -> list[Arrival]:
        """Return the arrivals, starting a multipart upload for each that needs one."""
        waiting = [a.file for a in found if _needs_multipart(a)]
        if not waiting:
            return found
        ids = dict(parallel_map(lambda file: (file.key, self.bucket.start(file.key)), waiting))
        self.sessions.save_multiparts(session, {**session.multiparts, **ids})
        return [replace(a, multipart_id=ids[a.file.key]) if a.file.key in ids else a for a in found]

    def _commit(self, session: Session, assembly: Assembly) -> Receipt:
        # Read the record first: deleting a version after this read makes the commit fail.
        record = self.table.record(session.name)
        kind = session.artifact_type
        held = held_files(self.committed, record, kind, session.files)
        now = self.call.now()
        version = Version(
            artifact_type=kind,
            number=(record.counts.get(kind, 0) if record else 0) + 1,
            files=assembly.files(session, held),
            created_at=timestamp(now),
            message=session.message,
        )
        before = record or Record(Model(session.name))
        model = scored(before.committed(version, session.license))
        generation = record.generations.get(kind, 0) if record else 0
        completion = Completion(session.upload_id, model, generation)
        event = self.call.event(Operation.upload(session.name, version), now)
        self.table.commit(
            Commit(session.name, version, None, session.license, event, completion=completion)
        )
        return Receipt(model, version)

    def _receipt(self, session: Session) -> Receipt:
        """Return the receipt of a completed session, whatever has become of the model since."""
        if session.model is None or session.version is None:
            raise ValueError("a completed session has a version")
        version = self.table.version(session.name, session.artifact_type, session.version)
        if version is None:
            raise VersionNotFoundError(
                "The upload was completed, but its version has been deleted since"
            )
        # The first receipt was issued before the inspection.
        return Receipt(session.model, replace(version, inspection=Inspection()), repeated=True)

    def _usable(self, artifact_type: str, upload_id: str) -> Session:
        """Return a session of this type that is open or done, or raise UPLOAD_NOT_FOUND."""
        session = self._session(artifact_type, upload_id)
        if session.state is State.ABORTED or session.expires_at <= self.call.now().timestamp():
            raise _not_found()
        return session

    def _session(self, artifact_type: str, upload_id: str) -> Session:
        """Return a session of this type that the caller may use, in any state."""
        names.artifact_type(artifact_type)
        if not _UPLOAD_ID.match(upload_id):
            raise _not_found()
        session = self.sessions.session(upload_id)
        if session is None or session.artifact_type != artifact_type:
            raise _not_found()
        if not self.call.access.allows(Scope.WRITE, session.name):
            raise _not_found()
        return session


def _needs_multipart(arrival: Arrival) -> bool:
    return bool(arrival.file.part_sha256) and not arrival.stored and arrival.multipart_id is None


def _not_found() -> UploadNotFoundError:
    return UploadNotFoundError("There is no such upload; it may have expired or been aborted")
