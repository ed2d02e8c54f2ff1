"""What of a session has arrived: its objects and parts as S3 tells, and what is stored already."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from lambdas.contract import MAX_FILES_COMPARED
from lambdas.registry.model import Record
from lambdas.registry.parallel import each
from lambdas.registry.session import Identity, PlannedFile, Session, identity_of, part_count
from lambdas.registry.session_ports import History, Parts, StoredObject, StoredPart
from lambdas.registry.version import File


@dataclass(frozen=True, slots=True)
class Arrival:
    """How much of one file is there.

    `stored` is its finished object. Until then, `etags` are those of its parts that arrived by
    number, and `multipart_id` is where further parts may go; without one there is nothing yet.
    `different` tells that the key holds other bytes, which S3 accepts from no URL of ours.
    """

    file: PlannedFile
    stored: File | None = None
    multipart_id: str | None = None
    etags: Mapping[int, str] = field(default_factory=dict)
    different: bool = False

    @property
    def missing_parts(self) -> list[int]:
        """The numbers of the parts that have not arrived."""
        return [n for n in range(1, part_count(self.file.size) + 1) if n not in self.etags]

    @property
    def arrived(self) -> bool:
        """Whether nothing of the file needs to be sent."""
        if self.stored:
            return True
        return bool(self.file.part_sha256) and not self.missing_parts


def held_files(
    history: History, record: Record | None, artifact_type: str, wanted: Iterable[PlannedFile]
) -> dict[Identity, File]:
    """Return the wanted files that committed versions of this model and type already store.

    Of a very long history only the newest files are looked at; others are sent again.
    """
    compared = 0
    missing = {file.identity for file in wanted}
    held: dict[Identity, File] = {}
    if record is None or not record.counts.get(artifact_type):
        return held
    for number, files in history.versions(record.model.name, artifact_type):
        if record.gone(artifact_type, number):
            break  # it was deleted with all before it, and its bytes are being removed
        compared += len(files)
        for file in files:
            if identity_of(file) in missing:
                missing.discard(identity_of(file))
                held[identity_of(file)] = file
        if not missing or compared >= MAX_FILES_COMPARED:
            break
    return held


def arrivals(bucket: Parts, session: Session, files: Iterable[PlannedFile]) -> list[Arrival]:
    """Return what S3 has of these files of a session."""
    return each(lambda file: _arrival(bucket, session, file), files)


def described(bucket: Parts, file: PlannedFile) -> Arrival:
    """Return the arrival of a file by its object alone."""
    found = bucket.describe(file.key)
    if found is None:
        return Arrival(file)
    if not _is(found, file):
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


def _is(found: StoredObject, file: PlannedFile) -> bool:
    sha256, size, composite = file.identity
    return (found.size, found.checksum) == (size, composite or sha256)


def _is_part(part: StoredPart, file: PlannedFile) -> bool:
    if part.number > len(file.part_sha256) or part.size != file.part_bytes(part.number):
        return False
    # A store that keeps a part's checksum to itself compares it when the parts are assembled.
    return part.checksum in {"", file.part_sha256[part.number - 1]}
