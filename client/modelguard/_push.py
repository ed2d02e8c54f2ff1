"""Push: a small artifact in one request, a larger one through an upload session."""

from __future__ import annotations

import base64
import hashlib
import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from modelguard._api import Api, path_of
from modelguard._body import Body
from modelguard._errors import ForbiddenError, NotFoundError
from modelguard._form import encode_form
from modelguard._hashing import Digest, changed, digest_of, reading
from modelguard._http import Request
from modelguard._limits import INLINE_LIMIT_BYTES
from modelguard._push_state import PushState
from modelguard._session import UploadSession
from modelguard._types import Version

if TYPE_CHECKING:
    from modelguard._files import LocalFile
    from modelguard._offer import Offer
    from modelguard._progress import Progress

_FORM_OVERHEAD_BYTES: Final = 512
"""An upper bound for the boundary and headers of one form part, without the file's path."""
_SAVE_EVERY_BYTES: Final = 256 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Push:
    """The upload of one artifact."""

    api: Api
    files: tuple[LocalFile, ...]
    artifact_type: str
    name: str
    license: str
    message: str
    progress: Progress
    jobs: int
    force: bool = False
    """Make a new version even if the newest one has the same files."""

    def run(self) -> Version:
        """Upload the files as the next version and return that version.

        If the newest version has the same files already, return that one.
        """
        state = PushState.load((self.api.url, self.artifact_type, self.name), self.files)
        if not self.force and (newest := self._newest()) and self._is_same(newest, state):
            state.forget()
            self.progress.note(
                f"{self.name}:{newest.number} already has these files, so nothing was pushed;"
                " use --force to make a new version"
            )
            return newest
        version = self._in_one_request() if self._is_small() else self._in_a_session(state)
        # The response's `message` is a status text.
        return replace(version, name=self.name, type=self.artifact_type, message=self.message)

    def _is_small(self) -> bool:
        """Return whether the form with all files is certainly within the limit."""
        texts = len(self.name.encode()) + len(self.license.encode()) + len(self.message.encode())
        files = sum(
            file.size + 3 * len(file.path.encode()) + _FORM_OVERHEAD_BYTES for file in self.files
        )
        return files + texts + 4 * _FORM_OVERHEAD_BYTES <= INLINE_LIMIT_BYTES

    def _in_one_request(self) -> Version:
        self.progress.begin(f"pushing {self.name}", sum(file.size for file in self.files))
        fields = {"model_name": self.name, "license": self.license, "message": self.message}
        contents = [(file.path, _content(file)) for file in self.files]
        given = {key: value for key, value in fields.items() if value}
        content_type, body = encode_form(given, contents)
        digest = base64.b64encode(hashlib.sha256(body).digest()).decode()
        headers = {"Content-Type": content_type, "Content-Digest": f"sha-256=:{digest}:"}
        url = self.api.address(path_of("artifact", self.artifact_type))
        answer = self.api.ask(Request("POST", url, headers, body))
        self.progress.advance(sum(file.size for file in self.files))
        return self.api.read(Version.of, answer)

    def _newest(self) -> Version | None:
        """Return the newest version with its files, if it can be what is being pushed."""
        path = path_of("artifacts", self.artifact_type, self.name)
        of = partial(Version.of, name=self.name, artifact_type=self.artifact_type)
        try:
            listed = next(self.api.pages(f"{path}/versions", "versions", {"limit": "1"}), None)
            newest = self.api.read(of, listed) if listed else None
            if newest is None or newest.size != sum(file.size for file in self.files):
                return None
            query = {"metadata_only": "true", "version": str(newest.number)}
            return self.api.read(Version.with_files, self.api.json("GET", path, query))
        except (NotFoundError, ForbiddenError):
            return None

    def _is_same(self, newest: Version, state: PushState) -> bool:
        """Return whether a version has exactly the files that are being pushed."""
        sizes = {file.path: file.size for file in newest.files}
        if sizes != {file.path: file.size for file in self.files}:
            return False
        digests = self._digests(state)
        return all(digests[file.path].sha256 == file.sha256 for file in newest.files)

    def _in_a_session(self, state: PushState) -> Version:
        digests = self._digests(state)
        body = self._begin_body(digests)
        manifest = hashlib.sha256(json.dumps(body).encode()).hexdigest()
        session, offer = self._resume(state, manifest) or self._begin(state, manifest, body)
        version = session.finish(offer)
        state.forget()
        return version

    def _digests(self, state: PushState) -> dict[str, Digest]:
        """Hash the files without a saved digest, several at a time."""
        known = {file.path: state.digest(file) for file in self.files}
        todo = [file for file in self.files if known[file.path] is None]
        unsaved = 0
        if todo:
            self.progress.begin(f"hashing {self.name}", sum(file.size for file in todo))
        with ThreadPoolExecutor(self.jobs) as pool:
            digests = pool.map(lambda file: digest_of(file, self.progress.advance), todo)
            for file, digest in zip(todo, digests, strict=True):
                known[file.path] = digest
                state.remember(file, digest)
                unsaved += file.size
                if unsaved >= _SAVE_EVERY_BYTES:
                    state.save()
                    unsaved = 0
        return {path: digest for path, digest in known.items() if digest}

    def _begin_body(self, digests: dict[str, Digest]) -> dict[str, Any]:
        files = []
        for file in self.files:
            digest = digests[file.path]
            entry: dict[str, Any] = {
                "path": file.path,
                "size": file.size,
                "sha256": digest.sha256,
            }
            files.append({**entry, "part_sha256": digest.parts} if digest.parts else entry)
        texts = {"license": self.license, "message": self.message}
        given = {key: value for key, value in texts.items() if value}
        return {"model_name": self.name, **given, "files": files}

    def _resume(self, state: PushState, manifest: str) -> tuple[UploadSession, Offer] | None:
        """Return the session that an earlier run began with the same files, if it still exists."""
        if not state.upload_id:
            return None
        session = self._session(state.upload_id)
        try:
            if state.manifest == manifest:
                return session, session.ask()
            session.abort()
        except NotFoundError:
            pass
        return None

    def _begin(
        self, state: PushState, manifest: str, body: dict[str, Any]
    ) -> tuple[UploadSession, Offer]:
        answer = self.api.json(
            "POST", path_of("artifact", self.artifact_type, "uploads"), None, body
        )
        state.upload_id = self.api.read(lambda body: Body(body).text("upload_id"), answer)
        state.manifest = manifest
        state.save()
        session = self._session(state.upload_id)
        return session, session.offer_of(answer)

    def _session(self, upload_id: str) -> UploadSession:
        return UploadSession(
            self.api,
            path_of("artifact", self.artifact_type, "uploads", upload_id),
            self.name,
            {file.path: file for file in self.files},
            self.progress,
            self.jobs,
        )


def _content(file: LocalFile) -> bytes:
    """Read a small file, which must still have the size it was listed with."""
    with reading(file.source):
        content = file.source.read_bytes()
    if len(content) != file.size:
        raise changed(file)
    return content
