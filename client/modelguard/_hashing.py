"""SHA-256 while reading: a file's digest and those of its parts in one pass."""

from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from modelguard._errors import LocalFileError
from modelguard._limits import BLOCK_BYTES, part_size_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from modelguard._files import LocalFile


@dataclass(frozen=True, slots=True)
class Digest:
    """The SHA-256 in hex of a file and, if it is sent in parts, of each part."""

    sha256: str
    parts: tuple[str, ...] = ()


def digest_of(file: LocalFile, advance: Callable[[int], None]) -> Digest:
    """Return the digest of a file to push, read once.

    Raises:
        LocalFileError: The file cannot be read, or its size has changed since it was listed.
    """
    part_size = part_size_of(file.size)
    if part_size is None:
        return Digest(sha256_of(file.source, advance))
    whole, parts, done = hashlib.sha256(), [hashlib.sha256()], 0
    # hashlib releases the GIL, so the part's digest is computed in parallel.
    with reading(file.source), file.source.open("rb") as source, ThreadPoolExecutor(1) as parallel:
        while block := source.read(BLOCK_BYTES):
            if done and done % part_size == 0:
                parts.append(hashlib.sha256())
            part = parallel.submit(parts[-1].update, block)
            whole.update(block)
            part.result()
            done += len(block)
            advance(len(block))
    if done != file.size:
        raise changed(file)
    return Digest(whole.hexdigest(), tuple(part.hexdigest() for part in parts))


def sha256_of(path: Path, advance: Callable[[int], None] = lambda _: None) -> str:
    """Return a file's SHA-256 in hex.

    Raises:
        LocalFileError: The file cannot be read.
    """
    digest, buffer = hashlib.sha256(), memoryview(bytearray(BLOCK_BYTES))
    with reading(path), path.open("rb", buffering=0) as source:
        while count := source.readinto(buffer):
            digest.update(buffer[:count])
            advance(count)
    return digest.hexdigest()


def changed(file: LocalFile) -> LocalFileError:
    """Return the error for a file that has changed since it was hashed."""
    return LocalFileError(
        f"{file.source} changed while it was being pushed",
        hint="push again once nothing writes to it",
    )


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Turn OSError from reading a file into LocalFileError."""
    try:
        yield
    except OSError as error:
        raise LocalFileError(f"{path} cannot be read: {error.strerror}") from error
