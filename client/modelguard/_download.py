"""Downloading one file: fetch ranges in parallel, hash them in order, rename the file last."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Final

from modelguard._body import content_length
from modelguard._errors import IntegrityError, TransportError
from modelguard._partial import Partial, unwritable
from modelguard._source import NoRangesError, blocks_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Executor, Future
    from pathlib import Path

    from modelguard._http import Response
    from modelguard._source import Source

_MOST_TRIES: Final = 2
"""Damaged bytes are fetched once more; the same damage twice is not an accident of the network."""


@dataclass(frozen=True, slots=True)
class Download:
    """The download of one file to `target`, kept in `work` until it is complete."""

    source: Source
    target: Path
    work: Path
    advance: Callable[[int], None]
    ahead: int
    """How many ranges may be ahead of hashing, so that hashing reads from the page cache."""

    def run(self, executor: Executor) -> None:
        """Fetch, verify and rename the file.

        Raises:
            IntegrityError: The bytes do not match the SHA-256 that the registry recorded.
            ModelGuardError: The bytes could not be fetched or written.
        """
        try:
            self._run(executor)
        except OSError as error:
            raise unwritable(self.target, error) from error

    def _run(self, executor: Executor) -> None:
        file = self.source.file
        with Partial(self.work, file) as partial:
            for _ in range(_MOST_TRIES):
                digest = self.source.retry.run(lambda: self._fetch(partial, executor))
                if digest == file.sha256:
                    partial.move(self.target)
                    return
                partial.restart()
                self.advance(-file.size)
            partial.discard()
        raise IntegrityError(
            f"{file.path} does not have the SHA-256 that the registry recorded",
            hint="nothing was kept; pull again, and if it persists tell the registry's operator",
        )

    def _fetch(self, partial: Partial, executor: Executor) -> str:
        """Write all bytes to the partial file and return their SHA-256 in hex."""
        inline = self.source.open()
        if inline:
            return self._stream(partial, inline)
        try:
            return self._ranges(partial, executor)
        except NoRangesError:
            return self._stream(partial, self.source.whole())

    def _stream(self, partial: Partial, response: Response) -> str:
        """Write all bytes of one response to the partial file and return their SHA-256 in hex."""
        digest, offset, file = hashlib.sha256(), 0, self.source.file
        try:
            if content_length(response) not in {None, file.size}:
                return ""  # a body of another size cannot be the recorded file
            for block in blocks_of(response, file.size, file.path):
                digest.update(block)
                partial.write(block, offset)
                offset += len(block)
                self.advance(len(block))
            return "" if _goes_on(response) else digest.hexdigest()
        except BaseException:
            self.advance(-offset)
            raise
        finally:
            response.close()

    def _ranges(self, partial: Partial, executor: Executor) -> str:
        """Fetch the missing ranges, and hash each one as soon as its predecessors are hashed."""
        digest = hashlib.sha256()
        todo = (start for start in partial.starts if start not in partial.done)
        ahead: dict[int, Future[None]] = {}
        try:
            for start in partial.starts:
                # Few are submitted at a time: one future per range of 5 TB would fill the memory.
                for next_start in islice(todo, self.ahead - len(ahead)):
                    ahead[next_start] = executor.submit(self._range, partial, next_start)
                if start in ahead:
                    ahead.pop(start).result()
                else:
                    self.advance(partial.length(start))
                partial.hash_range(start, digest)
        finally:
            for future in ahead.values():
                if not future.cancel():
                    future.exception()  # wait: it must not write after the file is closed
        return digest.hexdigest()

    def _range(self, partial: Partial, start: int) -> None:
        def sink(block: memoryview, offset: int) -> None:
            partial.write(block, offset)
            self.advance(len(block))

        self.source.fetch(start, partial.length(start), sink)
        partial.finish(start)


def _goes_on(response: Response) -> bool:
    """Return whether a body is longer than the file, and so cannot be the recorded one."""
    try:
        return bool(response.readinto(memoryview(bytearray(1))))
    except TransportError as error:
        error.retryable = False  # a server that keeps the client waiting would do so again
        raise
