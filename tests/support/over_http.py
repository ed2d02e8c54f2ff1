"""The API as an HTTP client sees it, which knows of the registry only what its documents say."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import requests
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest

from local.engine import REGION
from tests.support.contents import wanted
from tests.support.forms import multipart
from tests.support.waiting import wait_until

if TYPE_CHECKING:
    from botocore.credentials import Credentials

    from tests.support.contents import Contents

MIB = 1024**2
SINGLE_PUT_BYTES = 64 * MIB
PART_BYTES = 16 * MIB
TIMEOUT_S = 60


@dataclass(frozen=True)
class Api:
    """One deployed API, by its base URL without a trailing slash, for callers with one token."""

    url: str
    token: str = ""

    def ask(
        self,
        method: str,
        path: str,
        *,
        token: str = "",
        signer: Credentials | None = None,
        allow_redirects: bool = True,
        **options: Any,
    ) -> requests.Response:
        """Send a request with a bearer token, with an AWS signature, or with neither.

        `token` takes the place of the API's own.
        """
        with requests.Session() as session:
            request = session.prepare_request(
                requests.Request(method, f"{self.url}{path}", **options)
            )
            if signer:
                signed = AWSRequest(method, request.url, data=request.body or b"")
                SigV4Auth(signer, "execute-api", REGION).add_auth(signed)
                request.headers.update(dict(signed.headers.items()))
            if token or self.token:
                request.headers["Authorization"] = f"Bearer {token or self.token}"
            return session.send(request, timeout=TIMEOUT_S, allow_redirects=allow_redirects)

    def upload(
        self, name: str, content: bytes = b"weights", *, kind: str = "model", **options: Any
    ) -> requests.Response:
        """Upload raw bytes."""
        headers = {"Content-Type": "application/octet-stream", "X-Model-Name": name}
        return self.ask("POST", f"/artifact/{kind}", data=content, headers=headers, **options)

    def upload_form(
        self, *files: tuple[str, bytes], kind: str = "model", **fields: str
    ) -> requests.Response:
        """Upload a form."""
        body, headers = multipart(*files, fields=fields)
        return self.ask("POST", f"/artifact/{kind}", data=body, headers=headers)

    def fetch(self, name: str, *, kind: str = "model", **options: Any) -> requests.Response:
        """Get an artifact."""
        return self.ask("GET", f"/artifacts/{kind}/{name}", **options)

    def metadata(self, name: str, *, kind: str = "model") -> Any:
        """Get the metadata of an artifact's newest version."""
        return self.fetch(name, kind=kind, params={"metadata_only": "true"}).json()

    def begin(self, name: str, contents: Contents) -> Any:
        """Begin an upload session."""
        files = []
        for path, content in contents.items():
            file: dict[str, Any] = {"path": path, "size": len(content), "sha256": sha256(content)}
            if len(content) > SINGLE_PUT_BYTES:
                parts = range(0, len(content), PART_BYTES)
                file["part_sha256"] = [sha256(content[at : at + PART_BYTES]) for at in parts]
            files.append(file)
        body = {"model_name": name, "files": files}
        answer = self.ask("POST", "/artifact/model/uploads", json=body)
        assert answer.status_code == requests.codes.created, answer.text
        return answer.json()

    def resume(self, session: Any) -> requests.Response:
        """Ask what has arrived, and for fresh URLs."""
        return self.ask("GET", f"/artifact/model/uploads/{session['upload_id']}")

    def complete(self, session: Any) -> requests.Response:
        """Complete an upload session."""
        return self.ask("POST", f"/artifact/model/uploads/{session['upload_id']}/complete", json={})

    def abort(self, session: Any) -> requests.Response:
        """Abort an upload session."""
        return self.ask("DELETE", f"/artifact/model/uploads/{session['upload_id']}")

    def fetch_inspected(self, name: str, **options: Any) -> requests.Response:
        """Get a model once it has been inspected."""
        answers: list[requests.Response] = []

        def inspected() -> bool:
            answers.append(self.fetch(name, **options))
            return answers[-1].status_code != requests.codes.conflict

        wait_until(inspected, timeout_s=TIMEOUT_S)
        return answers[-1]


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def send(session: Any, contents: Contents, *, most: int | None = None) -> int:
    """Send what a session needs, in at most `most` requests; return how many bytes were sent."""
    requested = wanted(session["files"], contents)[:most]
    for request, content in requested:
        answer = requests.put(
            request["url"], data=content, headers=request["headers"], timeout=TIMEOUT_S
        )
        assert answer.status_code == requests.codes.ok, answer.text
    return sum(len(content) for _, content in requested)
