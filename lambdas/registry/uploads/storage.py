"""What has arrived in S3 of a session, its assembly into a version's files, and its removal."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from lambdas.contract.limits import MAX_FILES_COMPARED
from lambdas.registry.errors import UploadIncompleteError
from lambdas.registry.model import Record
from lambdas.registry.parallel import parallel_map
from lambdas.registry.ports import ContendedError
from lambdas.registry.uploads.ports import (
    CommittedFiles,
    Leftovers,
    Parts,
    StoredObject,
    StoredPart,
)
from lambdas.registry.uploads.session import Identity, PlannedFile, Session, identity_of, part_count
from lambdas.registry.version import File


@dataclass(frozen=True, slots=True)
class Arrival:
    """How much of one file has arrived.

    `stored` is its finished object. Until then, `etags` are those of the parts that have arrived,
    by number, and `multipart_id` is the upload that takes further parts, if one has been started.
    `different` is whether the key holds other bytes, which S3 accepts through none of our URLs, or
    bytes with a header of the uploader's own, which S3 would repeat to every reader.
    """

    file: PlannedFile
    stored: File | None = None
    multipart_id: str | None = None
    etags: Mapping[int, str] = field(default_factory=dict)
    different: bool = False

    @property
    def missing_parts(self) -> list[int]:
        """The numbers of the parts that have not arrived, from 1."""
        return [n for n in range(1, part_count(self.file.size) + 1) if n not in self.etags]

    @property
    def arrived(self) -> bool:
        """Whether all bytes of the file have arrived."""
        if self.stored:
            return True
        return bool(self.file.part_sha256) and not self.missing_parts


def held_files(
    committed: CommittedFiles,
    record: Record | None,
    artifact_type: str,
    files: Iterable[PlannedFile],
) -> dict[Identity, File]:
    """Return those of the files that committed versions of this model and type already store.

    In a very long history only the newest files are compared; older ones are sent again.
    """
    compared = 0
    missing = {file.identity for file in files}
    held: dict[Identity, File] = {}
    if record is None or not record.counts.get(artifact_type):
        return held
    for number, committed_files in committed.by_version(record.model.name, artifact_type):
        if record.gone(artifact_type, number):
            break  # it was deleted together with all older ones, and their bytes are being removed
        compared += len(committed_files)
        for file in committed_files:
            if identity_of(file) in missing:
                missing.discard(identity_of(file))
                held[identity_of(file)] = file
        if not missing or compared >= MAX_FILES_COMPARED:
            break
    return held


def arrivals(bucket: Parts, session: Session, files: Iterable[PlannedFile]) -> list[Arrival]:
    """Return how much of these files of a session S3 has."""
    return parallel_map(lambda file: _arrival(bucket, session, file), files)


def described(bucket: Parts, file: PlannedFile) -> Arrival:
    """Return the arrival of a file by its object alone, ignoring parts."""
    found = bucket.describe(file.key)
    if found is None:
        return Arrival(file)
    if not _matches(found, file):
        return Arrival(file, different=True)
    return Arrival(file, stored=file.stored(found.s3_version))


def _arrival(bucket: Parts, session: Session, file: PlannedFile) -> Arrival:
    if not file.part_sha256:
        return described(bucket, file)
    multipart_id = session.multiparts.get(file.key)
    if multipart_id is None:
        return Arrival(file)
    parts = bucket.parts(file.key, multipart_id)
    if parts is None:
        return described(bucket, file)  # assembled by an earlier attempt, or aborted by S3
    etags = {part.number: part.etag for part in parts if _is_part(part, file)}
    return Arrival(file, multipart_id=multipart_id, etags=etags)


def _matches(found: StoredObject, file: PlannedFile) -> bool:
    sha256, size, composite = file.identity
    return found.plain and (found.size, found.checksum) == (size, composite or sha256)


def _is_part(part: StoredPart, file: PlannedFile) -> bool:
    if part.number > len(file.part_sha256) or part.size != file.part_bytes(part.number):
        return False
    # A store that does not report a part's checksum verifies it when the parts are assembled.
    return part.checksum in {"", file.part_sha256[part.number - 1]}


class Assembly:
    """Assembles a session's own objects; what has been found once is not looked up again."""

    def __init__(self, bucket: Parts) -> None:
        self._bucket = bucket
        self._own: dict[str, File] = {}

    def files(self, session: Session, held: Mapping[Identity, File]) -> tuple[File, ...]:
        """Return the session's files: the `held` ones unchanged, the others assembled in S3.

        Raises:
            UploadIncompleteError: A file has not arrived; nothing is assembled.
            ContendedError: Another request is assembling the same file.
        """
        unfinished = [
            file
            for file in session.files
            if file.identity not in held and file.key not in self._own
        ]
        found = arrivals(self._bucket, session, unfinished)
        missing = [_report(arrival) for arrival in found if not arrival.arrived]
        if missing:
            raise UploadIncompleteError(
                f"{len(missing)} of the {len(session.files)} files have not arrived as declared",
                missing=missing,
            )
        finished = parallel_map(self._finished, found)
        self._own |= {arrival.file.key: file for arrival, file in zip(found, finished, strict=True)}
        return tuple(
            replace(held[file.identity], path=file.path)
            if file.identity in held
            else self._own[file.key]
            for file in session.files
        )

    def _finished(self, arrival: Arrival) -> File:
        if arrival.stored:
            return arrival.stored
        file = arrival.file
        if arrival.multipart_id is not None:
            etags = [arrival.etags[number] for number in sorted(arrival.etags)]
            self._bucket.assemble(file, arrival.multipart_id, etags)
        finished = described(self._bucket, file).stored
        if finished is None:
            raise ContendedError
        return finished


def _report(arrival: Arrival) -> dict[str, Any]:
    """Describe a file that has not arrived, for the error body."""
    report = {
        "path": arrival.file.path,
        "reason": "different" if arrival.different else "missing",
    }
    parts = arrival.missing_parts
    if not parts or arrival.different:
        return report
    partial = 0 < len(parts) < part_count(arrival.file.size)
    return {**report, "parts": parts} if partial else report


def remove_leftovers(leftovers: Leftovers, session: Session, *, used: Collection[str] = ()) -> None:
    """Abort the session's multipart uploads and remove its objects, except the `used` keys.

    Repeating it is harmless. A key in use may still have a multipart upload, one that was started
    and, after a crash, started again.
    """
    leftovers.abort_multiparts(file.key for file in session.files if file.part_sha256)
    leftovers.remove_objects(file.key for file in session.files if file.key not in used)
