"""One PUT to the object storage: a whole file or one part of it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from modelguard._body import read_bounded
from modelguard._errors import LocalFileError, TransportError
from modelguard._hashing import changed
from modelguard._http import Request
from modelguard._limits import BLOCK_BYTES
from modelguard._retry import TRANSFER_RETRY, Retry, TryAgainError, check_storage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from io import FileIO

    from modelguard._files import LocalFile
    from modelguard._http import Response, Transport

_ARRIVED: Final = frozenset({HTTPStatus.OK, HTTPStatus.CREATED, HTTPStatus.NO_CONTENT})
_STALE: Final = frozenset({HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND})
"""The URL has expired or its upload is gone; the registry can issue another URL."""
_CODE = re.compile(rb"<Code>([A-Za-z0-9]{1,64})</Code>")
_MAX_ERROR_BYTES: Final = 1024 * 1024
_EXPIRED: Final = "ExpiredToken"
"""S3's error code (400) when the signing credentials expired before the URL did."""
_WRONG_BYTES: Final = frozenset({"BadDigest", "InvalidDigest", "XAmzContentChecksumMismatch"})
_PASSING: Final = frozenset({"RequestTimeout", "IncompleteBody", "ConditionalRequestConflict"})


@dataclass(frozen=True, slots=True)
class Piece:
    """Bytes `offset` to `offset + length` of a file, and the presigned request to send them."""

    file: LocalFile
    number: int
    offset: int
    length: int
    url: str
    headers: Mapping[str, str]

    @property
    def key(self) -> tuple[str, int]:
        """The identity of the piece, whatever its URL."""
        return self.file.path, self.number

    def put(
        self,
        transport: Transport,
        advance: Callable[[int], None],
        retry: Retry = TRANSFER_RETRY,
    ) -> bool:
        """Send the piece and return whether it arrived; False means that a new URL is needed.

        Raises:
            LocalFileError: The file has changed since it was hashed.
            TransportError: The storage refused the piece, or stayed unreachable.
        """
        return retry.run(lambda: self._attempt(transport, advance))

    def _attempt(self, transport: Transport, advance: Callable[[int], None]) -> bool:
        body = _Body(self, advance)
        arrived = False
        try:
            response = transport.send(Request("PUT", self.url, self.headers, body))
            arrived = self._arrived(response)
        finally:
            if not arrived:
                advance(-body.counted)
        return arrived

    def _arrived(self, response: Response) -> bool:
        check_storage(response, self.file.path)
        found = _CODE.search(read_bounded(response, _MAX_ERROR_BYTES))
        # 412: the signed If-None-Match found the object of an earlier PUT whose response was lost.
        if response.status in _ARRIVED or response.status == HTTPStatus.PRECONDITION_FAILED:
            return True
        code = found[1].decode() if found else str(response.status)
        if code in _WRONG_BYTES:
            self._check_unchanged()
            damaged = f"{self.file.path} arrived damaged at the storage ({code})"
            raise TryAgainError(
                TransportError(
                    damaged, hint="something on the network, such as a proxy, alters the data"
                )
            )
        if code in _PASSING:
            raise TryAgainError(TransportError(f"{self.file.path}: the storage responded {code}"))
        if response.status in _STALE or code == _EXPIRED:
            return False
        raise TransportError(
            f"The storage refused {self.file.path}: {response.status} {code}", retryable=False
        )

    def _check_unchanged(self) -> None:
        try:
            state = self.file.source.stat()
        except OSError as error:
            raise changed(self.file) from error
        if (state.st_size, state.st_mtime_ns) != (self.file.size, self.file.mtime_ns):
            raise changed(self.file)


class _Body:
    """The bytes of a piece, read again for each iteration, a block at a time."""

    def __init__(self, piece: Piece, advance: Callable[[int], None]) -> None:
        self.counted = 0
        self._piece = piece
        self._advance = advance

    def __iter__(self) -> Iterator[memoryview]:
        self._advance(-self.counted)  # a dead idle connection makes the transport restart
        self.counted, left = 0, self._piece.length
        buffer = memoryview(bytearray(min(BLOCK_BYTES, left)))
        with self._open() as source:
            source.seek(self._piece.offset)
            while left:
                count = source.readinto(buffer[: min(left, len(buffer))])
                if not count:
                    raise changed(self._piece.file)
                yield buffer[:count]
                left -= count
                self.counted += count
                self._advance(count)

    def _open(self) -> FileIO:
        source = self._piece.file.source
        try:
            return source.open("rb", buffering=0)
        except OSError as error:
            raise LocalFileError(f"{source} cannot be read: {error.strerror}") from error
