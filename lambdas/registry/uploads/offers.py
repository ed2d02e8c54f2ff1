"""Offers: what a client still has to send, as presigned requests."""

from collections.abc import Iterable
from dataclasses import dataclass

from lambdas.contract.limits import MAX_URLS_PER_ANSWER, PUT_URL_SECONDS
from lambdas.registry.uploads.ports import Parts, SignedRequest
from lambdas.registry.uploads.session import PlannedFile, Session, part_size
from lambdas.registry.uploads.storage import Arrival


@dataclass(frozen=True, slots=True)
class FileOffer:
    """What is left to send of one file: nothing if `have`, else one PUT or one for each part.

    `parts` are pairs of number and request; `part_size` is in bytes.
    """

    path: str
    have: bool
    put: SignedRequest | None = None
    parts: tuple[tuple[int, SignedRequest], ...] = ()
    part_size: int = 0


@dataclass(frozen=True, slots=True)
class Offer:
    """What is left to send in a session until `expires_at` (Unix seconds).

    `more` is whether URLs were left out, which resuming the session provides.
    """

    upload_id: str
    files: tuple[FileOffer, ...]
    expires_at: int
    more: bool


class Signer:
    """Signs requests as long as they fit into one answer."""

    def __init__(self, bucket: Parts) -> None:
        self._bucket = bucket
        self._left = MAX_URLS_PER_ANSWER
        self._refused = False

    def offer(self, session: Session, found: Iterable[Arrival]) -> Offer:
        """Return the offer of a session; files missing from `found` are already stored."""
        by_path = {arrival.file.path: arrival for arrival in found}
        files = tuple(self._file(file, by_path.get(file.path)) for file in session.files)
        return Offer(session.upload_id, files, session.expires_at, more=self._refused)

    def _file(self, file: PlannedFile, arrival: Arrival | None) -> FileOffer:
        if arrival is None or arrival.arrived:
            return FileOffer(file.path, have=True)
        if arrival.multipart_id is None:
            put = self._bucket.put_url(file, seconds=PUT_URL_SECONDS) if self._room() else None
            return FileOffer(file.path, have=False, put=put)
        parts = tuple(
            (number, self._part(file, arrival.multipart_id, number))
            for number in arrival.missing_parts
            if self._room()
        )
        return FileOffer(file.path, have=False, parts=parts, part_size=part_size(file.size))

    def _part(self, file: PlannedFile, multipart_id: str, number: int) -> SignedRequest:
        return self._bucket.part_url(file, multipart_id, number, seconds=PUT_URL_SECONDS)

    def _room(self) -> bool:
        """Reserve room for one URL; return whether there was any left."""
        if not self._left:
            self._refused = True
            return False
        self._left -= 1
        return True
