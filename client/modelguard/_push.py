"""Push: a small artifact in one request, a larger one through an upload session."""

from __future__ import annotations

import base64
import hashlib
import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from modelguard._api import Api, path_of
from modelguard._body import Body
from modelguard._errors import NotFoundError
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

    def run(self) -> Version:
        """Upload the files as the next version and return that version."""
        version = self._in_one_request() if self._is_small() else self._in_a_session()
        return replace(version, message=self.message)  # the response's `message` is a status text

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

    def _in_a_session(self) -> Version:
        target = (self.api.url, self.artifact_type, self.name)
        state = PushState.load(target, self.files)
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
