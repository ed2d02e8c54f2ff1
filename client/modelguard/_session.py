"""An upload session: send what the registry says is missing until nothing is, then commit.

Expired URLs, responses with only some of the URLs, and lost parts are all handled the same way: ask
again and send what is still needed.
"""

from __future__ import annotations

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from modelguard._errors import ApiError, TransportError
from modelguard._offer import Offer
from modelguard._types import Version

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from modelguard._api import Api
    from modelguard._files import LocalFile
    from modelguard._piece import Piece
    from modelguard._progress import Progress

_MOST_TRIES_OF_A_PIECE: Final = 4
"""If this many URLs in a row fail for one piece, another one will not help."""
_MAX_ROUNDS: Final = 100_000
"""More than the responses that the URLs of 1,000 files in 10,000 parts take."""


@dataclass(slots=True)
class UploadSession:
    """The client's side of one session; `path` is its path below the registry's URL."""

    api: Api
    path: str
    name: str
    files: Mapping[str, LocalFile]
    progress: Progress
    jobs: int
    _tries: Counter[tuple[str, int]] = field(default_factory=Counter, init=False)

    def ask(self) -> Offer:
        """Return what is still needed, with URLs."""
        return self.offer_of(self.api.json("GET", self.path))

    def offer_of(self, body: Mapping[str, Any]) -> Offer:
        """Parse a response about this session, or raise ServerError."""
        of = partial(Offer.of, files=self.files, encrypted=self.api.encrypted)
        return self.api.read(of, body)

    def abort(self) -> None:
        """Abort the session; the registry deletes what has arrived."""
        self.api.json("DELETE", self.path)

    def finish(self, offer: Offer) -> Version:
        """Send everything that is needed and return the committed version.

        Raises:
            LocalFileError: A file cannot be read or has changed.
            TransportError: The storage refused a piece or stayed unreachable.
            ApiError: The registry refused a request.
        """
        self.progress.begin(f"pushing {self.name}", offer.n_bytes)
        for _ in range(_MAX_ROUNDS):
            if offer.without_urls and not offer.pieces:
                raise TransportError("The registry offered no URL to upload to", retryable=False)
            if self._send(offer.pieces) and not offer.without_urls:
                try:
                    return self._commit()
                except ApiError as error:
                    if error.code != "UPLOAD_INCOMPLETE" or not offer.pieces:
                        raise
            offer = self.ask()
        raise TransportError("The registry keeps asking for files already sent", retryable=False)

    def _commit(self) -> Version:
        self.progress.begin(f"committing {self.name}", 0)
        return self.api.read(Version.of, self.api.json("POST", f"{self.path}/complete", None, {}))

    def _send(self, pieces: Iterable[Piece]) -> bool:
        """Send pieces in parallel and return whether all arrived; a stale URL ends the round."""
        stale = threading.Event()

        def send(piece: Piece) -> None:
            if stale.is_set():
                return
            self._count(piece)
            if not piece.put(self.api.transport, self.progress.advance):
                stale.set()

        with ThreadPoolExecutor(self.jobs) as pool:
            futures = [pool.submit(send, piece) for piece in pieces]
            try:
                for future in futures:
                    future.result()
            except BaseException:
                stale.set()  # Ctrl-C or an error: start no further piece
                raise
        return not stale.is_set()

    def _count(self, piece: Piece) -> None:
        self._tries[piece.key] += 1
        if self._tries[piece.key] > _MOST_TRIES_OF_A_PIECE:
            raise TransportError(
                f"{piece.file.path} could not be uploaded through any of its URLs",
                hint="check this machine's clock, then push again",
                retryable=False,
            )
