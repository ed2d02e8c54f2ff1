"""Use case: complete an upload session, all of it or nothing."""

from dataclasses import dataclass, replace

from lambdas.registry.access import Access
from lambdas.registry.arrivals import held_files
from lambdas.registry.assembly import Assembly
from lambdas.registry.audit import Deed, Scribe
from lambdas.registry.clock import timestamp
from lambdas.registry.errors import VersionNotFoundError
from lambdas.registry.model import Model, Record
from lambdas.registry.ports import Clock, Commit, Completion
from lambdas.registry.retry import Pause, settle
from lambdas.registry.scores import scored
from lambdas.registry.session import Session, State
from lambdas.registry.session_lookup import Lookup
from lambdas.registry.session_ports import History, Parts, Registry, SessionTable
from lambdas.registry.upload import Receipt
from lambdas.registry.verdict import Inspection
from lambdas.registry.version import Version


@dataclass(frozen=True, slots=True)
class Completer:
    """Commits what S3 has as one version; the client's word is not asked."""

    sessions: SessionTable
    registry: Registry
    history: History
    bucket: Parts
    now: Clock
    pause: Pause
    scribe: Scribe
    access: Access

    def complete(self, artifact_type: str, upload_id: str) -> Receipt:
        """Commit the session as the next version; repeating it gives the same receipt.

        Raises:
            RegistryError: INVALID_ARTIFACT_TYPE, UPLOAD_NOT_FOUND, UPLOAD_INCOMPLETE, CONFLICT,
                VERSION_NOT_FOUND when it was completed and deleted since, S3_ERROR, DYNAMODB_ERROR.
        """
        lookup = Lookup(self.sessions, self.now, self.access)
        assembly = Assembly(self.bucket)

        def attempt(session: Session) -> Receipt:
            if session.state is State.DONE:
                return self._receipt(session)
            return self._commit(session, assembly)

        return settle(lambda: lookup.find(artifact_type, upload_id), attempt, self.pause)

    def _commit(self, session: Session, assembly: Assembly) -> Receipt:
        # The record first: a version that is deleted after it was read makes the commit fail.
        record = self.registry.record(session.name)
        kind = session.artifact_type
        held = held_files(self.history, record, kind, session.files)
        now = self.now()
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
        event = self.scribe.event(Deed.upload(session.name, version), now)
        self.registry.commit(
            Commit(session.name, version, None, session.license, event, completion=completion)
        )
        return Receipt(model, version)

    def _receipt(self, session: Session) -> Receipt:
        """Return what completing led to, however the model changed since."""
        if session.model is None or session.version is None:
            raise ValueError("a completed session has a version")
        version = self.registry.version(session.name, session.artifact_type, session.version)
        if version is None:
            raise VersionNotFoundError("The upload was completed, and its version deleted since")
        # The first answer came before the inspection.
        return Receipt(session.model, replace(version, inspection=Inspection()), repeated=True)
