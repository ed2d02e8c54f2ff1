"""Text of any length, piece by piece, with the proof that it is text."""

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from modelguard_scanner.scanning import Scan
    from modelguard_scanner.source import Source

PIECE: Final = 8 * 1024 * 1024
"""Bytes of one piece: nearly every text is one."""
OVERLAP: Final = 64 * 1024
"""Characters of the piece before that are seen again, for what stands across the border."""
CONTROLS: Final = bytes({*range(0x20), 0x7F} - set(b"\t\n\r\f\x1b"))
"""What does not occur in text. Escape does in logs, where it may only color or erase."""
COLOR: Final = re.compile(rb"\x1b\[[0-9;]{0,32}[mK]")


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of a text; `is_text` is False from the first byte on that no text has."""

    text: str
    is_text: bool
    is_first: bool
    is_whole: bool


def pieces(scan: "Scan", source: "Source") -> Iterator[Piece]:
    """Yield the pieces of a source, decoded as UTF-8, or as Latin-1 where it is not."""
    decoder = codecs.getincrementaldecoder("utf-8-sig")()
    offset, carried, is_text = 0, "", True
    while offset < source.size:
        scan.budget.check_time()
        data = source.read_at(offset, PIECE)
        offset += len(data)
        is_text = is_text and not has_controls(data)
        try:
            text = decoder.decode(data, final=offset >= source.size)
        except UnicodeDecodeError:
            is_text = False
            decoder.reset()
            text = data.decode("latin-1")
        is_text = is_text and "\ufffd" not in text
        yield Piece(
            carried + text, is_text, is_first=offset == len(data), is_whole=len(data) == source.size
        )
        carried = text[-OVERLAP:]


def has_controls(data: bytes) -> bool:
    """Return whether the bytes hold what no text does."""
    if len(data.translate(None, CONTROLS)) != len(data):
        return True
    return b"\x1b" in data and b"\x1b" in COLOR.sub(b"", data)
