"""Use case: store a small upload as the next version."""

import hashlib
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final

from lambdas.contract.limits import (
    INTENT_SECONDS,
    MAX_FILES_PER_VERSION,
    MAX_LICENSE_CHARS,
    MAX_MESSAGE_CHARS,
)
from lambdas.registry import names
from lambdas.registry.call import Call
from lambdas.registry.clock import timestamp
from lambdas.registry.errors import ConflictError, InvalidRequestError
from lambdas.registry.model import Model, Record, found_license
from lambdas.registry.operation import Operation
from lambdas.registry.ports import AnswerMaker, Bucket, Commit, Intent, Table
from lambdas.registry.retry import read_and_retry, retry
from lambdas.registry.scores import scored
from lambdas.registry.verdict import Inspection
from lambdas.registry.version import File, Version

_PARALLEL_PUTS: Final = 8


@dataclass(frozen=True, slots=True)
class IncomingFile:
    """A file as a client sent it, not yet validated."""

    path: str
    content: bytes
    content_type: str


Inspect = Callable[[str, Sequence[IncomingFile]], Inspection]


@dataclass(frozen=True, slots=True)
class Upload:
    """A small upload as a client sent it, not yet validated."""

    artifact_type: str
    name: str
    files: tuple[IncomingFile, ...]
    license: str | None = None
    message: str = ""


@dataclass(frozen=True, slots=True)
class Receipt:
    """The result of an upload: the committed version, and the model right after the commit.

    `repeated` is whether an earlier request had already committed it.
    """

    model: Model
    version: Version
    repeated: bool = False


@dataclass(frozen=True, slots=True)
class Uploader:
    """Inspects small uploads and stores them in three steps: intent, bytes, commit."""

    inspect: Inspect
    bucket: Bucket
    table: Table
    call: Call

    def store(self, upload: Upload, make_answer: AnswerMaker[Receipt] | None = None) -> Receipt:
        """Store the files and commit them as the next version of their type and name.

        Raises:
            RegistryError: INVALID_ARTIFACT_TYPE, INVALID_NAME, INVALID_REQUEST before anything is
                written; CONFLICT, S3_ERROR, DYNAMODB_ERROR with nothing made visible.
        """
        _check(upload)
        planned = [
            (
                names.object_key(upload.artifact_type, upload.name, self.call.new_id(), file.path),
                file,
            )
            for file in upload.files
        ]
        inspection = self.inspect(upload.artifact_type, upload.files)
        intent = Intent(
            upload_id=self.call.new_id(),
            keys=tuple(key for key, _ in planned),
            expires_at=self.call.now_seconds + INTENT_SECONDS,
        )
        opened = retry(lambda: self.table.open_intent(upload.name, intent), self.call.pause)
        files = self._put_all(planned)
        return self._commit(upload, inspection, intent, files, opened, make_answer)

    def _put_all(self, planned: list[tuple[str, IncomingFile]]) -> tuple[File, ...]:
        if len(planned) == 1:
            return (self._put(planned[0]),)
        with ThreadPoolExecutor(max_workers=min(_PARALLEL_PUTS, len(planned))) as pool:
            return tuple(pool.map(self._put, planned))

    def _put(self, planned: tuple[str, IncomingFile]) -> File:
        key, file = planned
        sha256 = hashlib.sha256(file.content).hexdigest()
        s3_version = self.bucket.put(
            key, file.content, sha256=sha256, content_type=file.content_type
        )
        return File(
            path=file.path,
            size=len(file.content),
            sha256=sha256,
            s3_key=key,
            content_type=file.content_type,
            s3_version=s3_version,
        )

    def _commit(
        self,
        upload: Upload,
        inspection: Inspection,
        intent: Intent,
        files: tuple[File, ...],
        record: Record,
        make_answer: AnswerMaker[Receipt] | None,
    ) -> Receipt:
        """Commit under the next number, retrying if another upload takes it first."""

        def read() -> Record:
            current = self.table.record(upload.name)
            if current is None:
                raise ConflictError("The record was removed during the upload; send it again")
            return current

        def attempt(current: Record) -> Receipt:
            now = self.call.now()
            version = Version(
                artifact_type=upload.artifact_type,
                number=current.counts.get(upload.artifact_type, 0) + 1,
                files=files,
                created_at=timestamp(now),
                message=upload.message,
                inspection=inspection,
            )
            license_name = upload.license or found_license(current, version)
            receipt = Receipt(scored(current.committed(version, license_name)), version)
            stored_answer = make_answer(receipt) if make_answer else None
            event = self.call.event(Operation.upload(upload.name, version), now)
            self.table.commit(
                Commit(upload.name, version, intent, license_name, event, stored_answer)
            )
            return receipt

        return read_and_retry(read, attempt, self.call.pause, first=record)


def _check(upload: Upload) -> None:
    names.artifact_type(upload.artifact_type)
    names.model_name(upload.name)
    if not 1 <= len(upload.files) <= MAX_FILES_PER_VERSION:
        raise InvalidRequestError(
            f"An upload must have 1 to {MAX_FILES_PER_VERSION} files", field="file"
        )
    paths = [names.file_path(file.path) for file in upload.files]
    if names.conflicting_path(paths) is not None:
        raise InvalidRequestError(
            "Two paths conflict: they are the same, or one is a parent of the other", field="file"
        )
    names.free_text(upload.license or "", field="license", max_chars=MAX_LICENSE_CHARS)
    names.free_text(upload.message, field="message", max_chars=MAX_MESSAGE_CHARS)
