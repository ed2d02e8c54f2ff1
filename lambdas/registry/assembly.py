"""From what has arrived to the files of a version."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from lambdas.registry.arrivals import Arrival, arrivals, described
from lambdas.registry.errors import UploadIncompleteError
from lambdas.registry.parallel import each
from lambdas.registry.ports import ContendedError
from lambdas.registry.session import Identity, Session, part_count
from lambdas.registry.session_ports import Parts
from lambdas.registry.version import File


class Assembly:
    """A session's own objects; what was found once is not asked for again."""

    def __init__(self, bucket: Parts) -> None:
        self._bucket = bucket
        self._own: dict[str, File] = {}

    def files(self, session: Session, held: Mapping[Identity, File]) -> tuple[File, ...]:
        """Return the session's files: those that are `held` as they are, the others from S3.

        Raises:
            UploadIncompleteError: when something is missing; nothing is assembled then.
            ContendedError: when somebody else assembles the same.
        """
        wanted = [
            file
            for file in session.files
            if file.identity not in held and file.key not in self._own
        ]
        found = arrivals(self._bucket, session, wanted)
        missing = [_report(arrival) for arrival in found if not arrival.arrived]
        if missing:
            raise UploadIncompleteError(
                f"{len(missing)} of {len(session.files)} files have not arrived as declared",
                missing=missing,
            )
        finished = each(self._finished, found)
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
    """Return what an answer says of a file that has not arrived."""
    report = {
        "path": arrival.file.path,
        "reason": "different" if arrival.different else "missing",
    }
    parts = arrival.missing_parts
    if not parts or arrival.different:
        return report
    some = 0 < len(parts) < part_count(arrival.file.size)
    return {**report, "parts": parts} if some else report
