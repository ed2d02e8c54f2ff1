"""A stored file as a seekable Python file object; only what is read is fetched."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from modelguard._body import read_bounded
from modelguard._errors import TransportError
from modelguard._source import NoRangesError, blocks_of

if TYPE_CHECKING:
    from typing import BinaryIO

    from modelguard._source import Source

_BUFFER_BYTES = 1024 * 1024


def open_source(source: Source) -> BinaryIO:
    """Return a readable file: a small one is fetched at once, a large one range by range."""
    content = source.retry.run(lambda: _inline(source))
    if content is not None:
        return io.BytesIO(content)
    return io.BufferedReader(_Ranges(source), _BUFFER_BYTES)


def _inline(source: Source) -> bytes | None:
    """Return the bytes if the registry returns them inline, else None."""
    response = source.open()
    if response is None:
        return None
    content = read_bounded(response, source.file.size)
    if len(content) != source.file.size:
        raise TransportError(f"{source.file.path}: the connection was closed early")
    return content


class _Ranges(io.RawIOBase):
    """Reads ranges; each read is one request, so it is wrapped in a buffered reader."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._source.file.size}[whence]
        if base + offset < 0:
            raise ValueError("negative seek position")
        self._at = base + offset
        return self._at

    def tell(self) -> int:
        return self._at

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        view = memoryview(buffer).cast("B")
        start = self._at
        length = min(len(view), max(0, self._source.file.size - start))

        def sink(block: memoryview, offset: int) -> None:
            view[offset - start : offset - start + len(block)] = block

        if length:
            try:
                self._source.fetch(start, length, sink)
            except NoRangesError:
                self._skip_to(start, view[:length])
        self._at += length
        return length

    def _skip_to(self, start: int, view: memoryview) -> None:
        """Fill a view from the whole file, for a storage that does not support ranges."""
        response = self._source.retry.run(self._source.whole)
        path = self._source.file.path
        try:
            for _ in blocks_of(response, start, path):
                pass
            offset = 0
            for block in blocks_of(response, len(view), path):
                view[offset : offset + len(block)] = block
                offset += len(block)
        finally:
            response.close()
