"""What a push saves to be resumable: the digests of unchanged files, and its session."""

from __future__ import annotations

import hashlib
import json
import os
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from modelguard._hashing import Digest

if TYPE_CHECKING:
    from collections.abc import Iterable

    from modelguard._files import LocalFile

ENV_CACHE: Final = "MODELGUARD_CACHE"
_FORGET_AFTER_S: Final = 2 * 24 * 3600
"""Longer than a session lives, which is a day."""


def cache_directory() -> Path:
    """Return the directory for data that may be lost."""
    if chosen := os.environ.get(ENV_CACHE):
        return Path(chosen)
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "modelguard"


@dataclass(slots=True)
class PushState:
    """The saved state of one push: of these files, to this name, at this registry.

    It is replaced atomically, so a kill leaves the previous state; losing it only costs time.
    """

    path: Path
    target: tuple[str, ...] = ()
    digests: dict[str, dict[str, Any]] = field(default_factory=dict)
    upload_id: str = ""
    manifest: str = ""
    """Digest of the request that began the session."""

    @classmethod
    def load(cls, target: Iterable[str], files: Iterable[LocalFile]) -> PushState:
        """Return the saved state of a push to `target` (URL, type, name), or an empty state."""
        sources = [f"{file.path}={file.source.absolute()}" for file in files]
        key = hashlib.sha256("\0".join([*target, *sources]).encode()).hexdigest()
        state = cls.read(_directory() / f"{key}.json")
        state.target = tuple(target)
        return state

    @classmethod
    def read(cls, path: Path) -> PushState:
        """Return the state in a file, or an empty one if it is damaged or not there."""
        state = cls(path)
        try:
            saved = json.loads(path.read_text(encoding="utf-8"))
            state.target = tuple(map(str, saved["target"]))
            state.digests = dict(saved["digests"])
            state.upload_id, state.manifest = str(saved["upload_id"]), str(saved["manifest"])
        except (OSError, ValueError, KeyError, TypeError):
            return cls(path)
        return state

    def digest(self, file: LocalFile) -> Digest | None:
        """Return the saved digest of a file, or None if the file has changed since."""
        known = self.digests.get(file.path, {})
        if (known.get("size"), known.get("mtime_ns")) != (file.size, file.mtime_ns):
            return None
        return Digest(known["sha256"], tuple(known["parts"]))

    def remember(self, file: LocalFile, digest: Digest) -> None:
        """Store a file's digest."""
        self.digests[file.path] = {
            "size": file.size,
            "mtime_ns": file.mtime_ns,
            "sha256": digest.sha256,
            "parts": digest.parts,
        }

    def save(self) -> None:
        """Write the state; failing to write it does not stop the push."""
        body = {
            "target": self.target,
            "digests": self.digests,
            "upload_id": self.upload_id,
            "manifest": self.manifest,
        }
        temporary = self.path.with_suffix(f".{os.getpid()}")
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            temporary.write_text(json.dumps(body), encoding="utf-8")
            temporary.replace(self.path)
        except OSError:
            temporary.unlink(missing_ok=True)

    def forget(self) -> None:
        """Delete the state of this finished push, and of those too old to be resumed."""
        with suppress(OSError):
            self.path.unlink()
        too_old_s = time.time() - _FORGET_AFTER_S
        for other in self.path.parent.glob("*"):
            with suppress(OSError):
                if other.stat().st_mtime < too_old_s:
                    other.unlink()


def unfinished(target: tuple[str, ...]) -> list[PushState]:
    """Return the saved states of pushes to a target that have begun a session."""
    try:
        found = [PushState.read(path) for path in _directory().glob("*.json")]
    except OSError:
        return []
    return [state for state in found if state.target == target and state.upload_id]


def _directory() -> Path:
    return cache_directory() / "pushes"
