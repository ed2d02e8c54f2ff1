"""An upload session: send what the registry says is missing until nothing is, then commit.

Expired URLs, responses with only some of the URLs, and lost parts are all handled the same way: ask
again and send what is still needed.
"""

from __future__ import annotations

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from modelguard._errors import ApiError, TransportError
from modelguard._limits import part_size_of
from modelguard._piece import Piece
from modelguard._types import Version

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from modelguard._api import Api
    from modelguard._files import LocalFile
    from modelguard._progress import Progress

_MOST_TRIES_OF_A_PIECE: Final = 4
"""If this many URLs in a row fail for one piece, another one will not help."""


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

    def ask(self) -> dict[str, Any]:
        """Return which files have arrived, and URLs for those that have not."""
        return self.api.json("GET", self.path)

    def abort(self) -> None:
        """Abort the session; the registry deletes what has arrived."""
        self.api.json("DELETE", self.path)

    def finish(self, answer: dict[str, Any]) -> Version:
        """Send everything that is needed and return the committed version.

        Raises:
            LocalFileError: A file cannot be read or has changed.
            TransportError: The storage refused a piece or stayed unreachable.
            ApiError: The registry refused a request.
        """
        self.progress.begin(f"pushing {self.name}", self._needed_bytes(answer))
        while True:
            pieces = list(self._pieces(answer))
            lacking = self._lacks_urls(answer)
            if lacking and not pieces:
                raise TransportError("The registry offered no URL to upload to", retryable=False)
            if self._send(pieces) and not lacking:
                try:
                    done = self.api.json("POST", f"{self.path}/complete", None, {})
                    return self.api.read(Version.of, done)
                except ApiError as error:
                    if error.code != "UPLOAD_INCOMPLETE" or not pieces:
                        raise
            answer = self.ask()

    def _send(self, pieces: list[Piece]) -> bool:
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
                f"{piece.file.path} could not be uploaded, whatever URL was used",
                hint="check this machine's clock, then push again",
                retryable=False,
            )

    def _pieces(self, answer: dict[str, Any]) -> Iterator[Piece]:
        """Yield the pieces that a response has URLs for."""
        for entry in _needed(answer):
            file = self.files[entry["path"]]
            if "url" in entry:
                yield Piece(file, 0, 0, file.size, entry["url"], entry["headers"])
            part_size = part_size_of(file.size) or 0
            for part in entry.get("parts") or ():
                number = int(part["part_number"])
                offset = (number - 1) * part_size
                length = min(part_size, file.size - offset)
                yield Piece(file, number, offset, length, part["url"], part["headers"])

    def _lacks_urls(self, answer: dict[str, Any]) -> bool:
        """Return whether a response left out the URLs of some needed file."""
        return any(not entry.get("url") and not entry.get("parts") for entry in _needed(answer))

    def _needed_bytes(self, answer: dict[str, Any]) -> int:
        """Return how many bytes are to be sent, as far as the response tells."""
        known = sum(piece.length for piece in self._pieces(answer))
        hidden = (
            self.files[entry["path"]].size
            for entry in _needed(answer)
            if not entry.get("url") and not entry.get("parts")
        )
        return known + sum(hidden)


def _needed(answer: dict[str, Any]) -> list[dict[str, Any]]:
    return [entry for entry in answer["files"] if entry["state"] == "need"]
