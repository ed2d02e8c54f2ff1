"""A small registry in memory: versions with their files, as the API describes them."""

from __future__ import annotations

import hashlib
import json
import re
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, unquote

from tests.client.fakes import Answer, answer, refusal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from modelguard import Request

_FIELD = re.compile(
    rb'name="([a-z_]+)"(?:; filename="([^"]*)")?\r\n(?:[^\r]*\r\n)*?\r\n(.*)\Z', re.DOTALL
)


@dataclass
class Stored:
    """A version: contents by path, and its verdict after some questions about it."""

    files: Mapping[str, bytes]
    verdict: str = "clean"
    pending: int = 0
    """How many more questions are answered with `pending`."""


@dataclass
class Registry:
    """A transport that answers for stored versions, by artifact type and name."""

    stored: dict[tuple[str, str], dict[int, Stored]] = field(default_factory=dict)
    aliases: dict[tuple[str, str], dict[str, int]] = field(default_factory=dict)
    verdict: str = "clean"
    """What the inspection will find in what is pushed, and after how many questions."""
    pending: int = 0
    log: list[tuple[str, str]] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def add(
        self, files: Mapping[str, bytes], name: str = "m", artifact_type: str = "model", **more: Any
    ) -> int:
        versions = self.stored.setdefault((artifact_type, name), {})
        number = max(versions, default=0) + 1
        versions[number] = Stored(dict(files), **more)
        return number

    def send(self, request: Request) -> Answer:
        path, _, text = request.url.removeprefix("http://registry").partition("?")
        query = {key: values[0] for key, values in parse_qs(text).items()}
        with self.lock:
            self.log.append((request.method, path))
            parts = [unquote(each) for each in path.split("/")[1:]]
            return self._answer(request, parts, query)

    def close(self) -> None:
        pass

    def wrote(self) -> list[tuple[str, str]]:
        """The requests that change something."""
        return [each for each in self.log if each[0] != "GET"]

    def _answer(  # noqa: PLR0911 - one per route
        self, request: Request, parts: list[str], query: dict[str, str]
    ) -> Answer:
        match request.method, parts:
            case "POST", ["artifact", artifact_type]:
                return self._push(artifact_type, bytes(request.body or b""))  # type: ignore[arg-type]
            case "GET", ["models", name]:
                return self._model(name)
            case "DELETE", ["models", name]:
                for key in [key for key in self.stored if key[1] == name]:
                    del self.stored[key]
                return Answer(204)
            case "GET", ["artifacts", artifact_type, name, "versions"]:
                return self._versions((artifact_type, name))
            case _, ["artifacts", artifact_type, name, "aliases", alias]:
                return self._alias(request, (artifact_type, name), alias)
            case method, ["artifacts", artifact_type, name]:
                return self._version(method, (artifact_type, name), query)
        return refusal(404, "NOT_FOUND")

    def _push(self, artifact_type: str, body: bytes) -> Answer:
        boundary = body.partition(b"\r\n")[0]
        found = [_FIELD.search(part[:-2]) for part in body.split(boundary)[1:-1]]
        fields = [(each[1].decode(), each[2], each[3]) for each in found if each]
        name = next(value.decode() for key, _, value in fields if key == "model_name")
        files = {path.decode(): content for key, path, content in fields if key == "file"}
        more = {"verdict": self.verdict, "pending": self.pending}
        number = self.add(files, name, artifact_type, **more)
        return answer(self._body((artifact_type, name), number))

    def _model(self, name: str) -> Answer:
        kinds = {kind: versions for (kind, other), versions in self.stored.items() if other == name}
        if not any(kinds.values()):
            return refusal(404, "MODEL_NOT_FOUND")
        newest = {kind: max(versions) for kind, versions in kinds.items() if versions}
        bodies = {kind: self._body((kind, name), number) for kind, number in newest.items()}
        aliases = {kind: self.aliases.get((kind, name), {}) for kind in newest}
        return answer({"name": name, "versions": bodies, "aliases": aliases})

    def _versions(self, key: tuple[str, str]) -> Answer:
        if not self.stored.get(key):
            return refusal(404, "ARTIFACT_NOT_FOUND")
        numbers = sorted(self.stored[key], reverse=True)
        bodies = [self._body(key, number) for number in numbers]
        listed = [{**each, "files": len(each["files"])} for each in bodies]
        return answer({"versions": listed})

    def _alias(self, request: Request, key: tuple[str, str], alias: str) -> Answer:
        named = self.aliases.setdefault(key, {})
        if request.method == "DELETE":
            named.pop(alias, None)
            return Answer(204)
        number = json.loads(bytes(request.body or b""))["version"]  # type: ignore[arg-type]
        stored = self.stored[key][number]
        if stored.pending:
            return refusal(409, "ARTIFACT_PENDING")
        if stored.verdict not in {"clean", "unknown"}:
            return refusal(403, "ARTIFACT_MALICIOUS")
        named[alias] = number
        return answer({"version": number})

    def _version(self, method: str, key: tuple[str, str], query: dict[str, str]) -> Answer:
        versions, asked = self.stored.get(key, {}), query.get("version", "latest")
        if not versions:
            return refusal(404, "ARTIFACT_NOT_FOUND")
        number = self.aliases.get(key, {}).get(asked) or (
            max(versions) if asked == "latest" else int(asked) if asked.isdigit() else 0
        )
        if number not in versions:
            return refusal(404, "VERSION_NOT_FOUND")
        if method == "DELETE":
            if number in self.aliases.get(key, {}).values():
                return answer(
                    {"error": "named", "error_code": "CONFLICT", "aliases": ["prod"]}, 409
                )
            del versions[number]
            return Answer(204)
        if "metadata_only" in query:
            body = self._body(key, number)
            versions[number].pending = max(0, versions[number].pending - 1)
            return answer(body)
        content = versions[number].files[query["file"]]
        return Answer(200, content, {"content-length": str(len(content))})

    def _body(self, key: tuple[str, str], number: int) -> dict[str, Any]:
        stored = self.stored[key][number]
        files = [
            {"path": path, "size": len(each), "sha256": hashlib.sha256(each).hexdigest()}
            for path, each in stored.files.items()
        ]
        return {
            "model_name": key[1], "artifact_type": key[0], "version": number, "files": files,
            "size": sum(len(each) for each in stored.files.values()),
            "verdict": "pending" if stored.pending else stored.verdict,
        }  # fmt: skip
