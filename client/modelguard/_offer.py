"""What the registry still needs for an upload, and the presigned requests to send it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from modelguard._body import Body, UnexpectedBodyError
from modelguard._limits import part_size_of
from modelguard._piece import Piece
from modelguard._url import is_url

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

    from modelguard._files import LocalFile

_HEADER_NAME: Final = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_HEADER_VALUE: Final = re.compile(r"[ -~]*")


@dataclass(frozen=True, slots=True)
class Offer:
    """The pieces that have URLs, and the sizes in bytes of needed files that have none yet."""

    pieces: tuple[Piece, ...]
    without_urls: tuple[int, ...]

    @property
    def n_bytes(self) -> int:
        """How many bytes are to be sent, as far as the registry has said."""
        return sum(piece.length for piece in self.pieces) + sum(self.without_urls)

    @classmethod
    def of(
        cls, body: Mapping[str, Any], files: Mapping[str, LocalFile], *, encrypted: bool
    ) -> Offer:
        """Parse the registry's JSON about an upload of these files, by path.

        If the registry is `encrypted`, the URLs that it offers have to be, too.

        Raises:
            UnexpectedBodyError: It is about other files, or its URLs or headers are not valid.
        """
        given = Body(body)
        if not given.is_list("files"):
            raise UnexpectedBodyError("files is not a list")
        pieces: list[Piece] = []
        without_urls: list[int] = []
        for entry in given.objects("files"):
            path, state = entry.text("path"), entry.text("state")
            if path not in files or state not in {"have", "need"}:
                raise UnexpectedBodyError("a file that is not part of the upload")
            if state == "need":
                found = list(_pieces(entry, files[path]))
                pieces += found
                if not found:
                    without_urls.append(files[path].size)
        if len({piece.key for piece in pieces}) < len(pieces):
            raise UnexpectedBodyError("a piece is offered twice")
        if not all(is_url(piece.url, encrypted=encrypted) for piece in pieces):
            raise UnexpectedBodyError("not a URL to send anything to")
        return cls(tuple(pieces), tuple(without_urls))


def _pieces(entry: Body, file: LocalFile) -> Iterator[Piece]:
    if "url" in entry:
        yield Piece(file, 0, 0, file.size, *_request_of(entry))
    part_size = part_size_of(file.size)
    for part in entry.objects("parts"):
        number = part.number("part_number", least=1)
        offset = (number - 1) * (part_size or 0)
        if part_size is None or offset >= file.size:
            raise UnexpectedBodyError("a part that the file does not have")
        yield Piece(file, number, offset, min(part_size, file.size - offset), *_request_of(part))


def _request_of(entry: Body) -> tuple[str, dict[str, str]]:
    """Return a presigned URL and the headers to send with it."""
    url, headers = entry.text("url"), entry.child("headers").text_map()
    valid = all(
        _HEADER_NAME.fullmatch(name) and _HEADER_VALUE.fullmatch(value)
        for name, value in headers.items()
    )
    if not valid:
        raise UnexpectedBodyError("not a header")
    return url, headers
