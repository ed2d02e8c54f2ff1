"""The SDK's entry point: one class with a method for each thing a registry can do."""

from __future__ import annotations

import warnings
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Final, Self

from modelguard._api import Api, path_of
from modelguard._auth import BearerAuth
from modelguard._config import resolve
from modelguard._errors import ConfigError, LocalFileError, ModelGuardError, local_errors
from modelguard._http import HttpTransport
from modelguard._limits import TOKEN_DAYS
from modelguard._platform import check_platform
from modelguard._progress import Silence
from modelguard._types import LATEST, ArtifactType, Model, Pulled, Verification, Version
from modelguard._url import is_loopback

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable, Iterator, Mapping
    from types import TracebackType

    from modelguard._audit import Event
    from modelguard._auth import Auth
    from modelguard._http import Transport
    from modelguard._progress import Progress
    from modelguard._tokens import NewToken, Token
    from modelguard._types import File

WAIT_S: Final = 600.0
"""How long a pull waits for a pending inspection by default."""
JOBS: Final = 4
"""Concurrent requests of one transfer by default."""


class InsecureTransportWarning(UserWarning):
    """A token is sent without encryption."""


class Client:
    """A registry client; thread-safe, and a context manager that closes its connections.

    `url` and `token` default to the environment (MODELGUARD_URL, MODELGUARD_TOKEN), then to what
    `modelguard login` saved. `auth` overrides how requests are signed and `transport` how they are
    sent. Every error that a method raises is a ModelGuardError.
    """

    def __init__(
        self,
        url: str | None = None,
        *,
        token: str | None = None,
        auth: Auth | None = None,
        transport: Transport | None = None,
        progress: Progress | None = None,
        jobs: int = JOBS,
    ) -> None:
        check_platform()
        if jobs < 1:
            raise ConfigError("jobs must be at least 1")
        # With an explicit `auth`, the saved kind may be unusable and does not matter.
        settings = resolve(url, token, "none" if auth else None)
        signing = auth or settings.make_auth()
        self._transport = transport or HttpTransport()
        self._api = Api(settings.url, self._transport, signing)
        if isinstance(signing, BearerAuth) and not self._api.encrypted:
            _warn_of_plain_http(settings.url)
        self._progress = progress or Silence()
        self._jobs = jobs

    @property
    def url(self) -> str:
        """The registry's URL."""
        return self._api.url

    def push(
        self,
        *paths: str | os.PathLike[str],
        name: str,
        artifact_type: ArtifactType = "model",
        license: str = "",  # noqa: A002 - the registry's word
        message: str = "",
        alias: str = "",
    ) -> Version:
        """Store files and directories as the next version of `name` and return that version.

        Running an interrupted push again resumes it: nothing that arrived is sent twice. With
        `alias`, that alias is then pointed at the new version.

        Raises:
            LocalFileError: There is nothing to push, or a file is unreadable or changed meanwhile.
            ApiError: The registry refused the request.
            TransportError: The registry or its storage could not be reached.
        """
        from modelguard._files import collect  # noqa: PLC0415 - what only a push needs
        from modelguard._push import Push  # noqa: PLC0415

        with local_errors():
            files = collect(paths)
            push = Push(
                self._api, files, artifact_type, name, license, message, self._progress, self._jobs
            )
            version = push.run()
        if alias:
            try:
                self.set_alias(name, alias, version.number, artifact_type=artifact_type)
            except ModelGuardError as error:
                error.hint = (
                    f"version {version.number} is stored, only the alias is not set;"
                    f" to set it: modelguard alias {name}:{version.number} ALIAS"
                )
                raise
        return version

    def pull(  # noqa: PLR0913 - keywords, each with a default
        self,
        name: str,
        version: str | int = LATEST,
        *,
        to: str | os.PathLike[str] | None = None,
        artifact_type: ArtifactType = "model",
        file: str | None = None,
        allow_unverified: bool = False,
        overwrite: bool = False,
        wait_s: float = WAIT_S,
    ) -> Pulled:
        """Download a version's files, or just `file`, into a directory.

        The directory is `./NAME` by default, and `./NAME--code` or `./NAME--dataset` for these
        types. Files that no pull brought, or that were changed since, are replaced only with
        `overwrite`; files of an earlier pull that the version lacks are removed. One pull at a time
        works in a directory, the others wait.

        A file gets its final name only once its SHA-256 matches the recorded one. Running an
        interrupted pull again resumes it; files that are already present are not fetched. While the
        inspection is pending, the pull waits up to `wait_s` seconds.

        Raises:
            NotFoundError: There is no such model, version or file.
            PendingError: The inspection did not finish in time.
            ForbiddenError: The caller lacks access, or the verdict forbids the download.
            IntegrityError: The bytes did not match the recorded SHA-256, twice.
            LocalFileError: The directory cannot be written, a path would leave it, or a local file
                is in the way.
        """
        from modelguard._pull import Pull  # noqa: PLC0415 - what only a pull needs
        from modelguard._source import Asking  # noqa: PLC0415

        found = self.version(name, version, artifact_type=artifact_type)
        files = found.files if file is None else (_file_of(found, file),)
        asking = Asking(allow_unverified, wait_s, self._progress.note)
        default = name if artifact_type == "model" else f"{name}--{artifact_type}"
        directory = Path(default if to is None else to)
        pull = Pull(
            self._api, found, files, directory, asking, self._progress, self._jobs, overwrite
        )
        with local_errors():
            return pull.run()

    def open(
        self,
        name: str,
        version: str | int = LATEST,
        *,
        file: str | None = None,
        artifact_type: ArtifactType = "model",
        allow_unverified: bool = False,
        wait_s: float = WAIT_S,
    ) -> BinaryIO:
        """Open a stored file for reading and seeking; of a large one, only what is read is fetched.

        The bytes are not verified, since not all of them are read; use `pull` for that. Without
        `file`, the version must have exactly one.

        Raises:
            NotFoundError, PendingError, ForbiddenError: As for `pull`.
            LocalFileError: The version has no such file, or several and none is named.
        """
        from modelguard._reader import open_source  # noqa: PLC0415 - what only this needs
        from modelguard._source import Asking, Source  # noqa: PLC0415

        found = self.version(name, version, artifact_type=artifact_type)
        asking = Asking(allow_unverified, wait_s, self._progress.note)
        return open_source(Source(self._api, found, _file_of(found, file), asking))

    def verify(
        self,
        directory: str | os.PathLike[str],
        name: str | None = None,
        version: str | int = LATEST,
        *,
        artifact_type: ArtifactType = "model",
    ) -> tuple[Verification, ...]:
        """Hash a directory's files and compare them with what the registry recorded.

        Without `name`, compare with everything that was pulled into the directory.

        Raises:
            LocalFileError: No `name` is given, and nothing was pulled into the directory.
        """
        from modelguard._origin import read_origins  # noqa: PLC0415
        from modelguard._verify import compare, extra_files  # noqa: PLC0415

        folder = Path(directory)
        found = [] if name else [each for each in read_origins(folder) if each.version]
        if not name and not found:
            raise LocalFileError(
                f"Nothing was pulled into {folder.absolute()}",
                hint="say what to compare it with: --name NAME[:VERSION]",
            )
        wanted: list[tuple[Version, tuple[File, ...]]] = []
        if name:
            given = self.version(name, version, artifact_type=artifact_type)
            wanted.append((given, given.files))
        for origin in found:
            each = self._version(origin.type, origin.name, origin.version)
            pulled = tuple(file for file in each.files if file.path in origin.files)
            wanted.append((each, pulled))
        known = {file.path for _, files in wanted for file in files}
        with local_errors():
            extra = extra_files(folder, known)
            return tuple(
                compare(folder, each, files, extra, self._progress, self._jobs)
                for each, files in wanted
            )

    def list(self, prefix: str = "") -> Iterator[Model]:
        """Yield the models whose names start with `prefix`, sorted by name."""
        query = {"prefix": prefix} if prefix else {}
        return (
            self._api.read(Model.of, each) for each in self._api.pages("/models", "models", query)
        )

    def get(self, name: str) -> Model:
        """Return a model's record: newest versions, aliases, description, tags, scores."""
        return self._api.read(Model.of, self._api.json("GET", path_of("models", name)))

    def update(
        self,
        name: str,
        *,
        license: str | None = None,  # noqa: A002 - the registry's word
        description: str | None = None,
        tags: Mapping[str, str] | None = None,
    ) -> Model:
        """Update the given fields of a model's record; `tags` replaces all tags."""
        given: dict[str, Any] = {"license": license, "description": description, "tags": tags}
        body = {key: value for key, value in given.items() if value is not None}
        answer = self._api.json("PATCH", path_of("models", name), None, body)
        return self._api.read(Model.of, answer)

    def versions(self, name: str, *, artifact_type: ArtifactType = "model") -> Iterator[Version]:
        """Yield the versions of an artifact, newest first, without their files."""
        path = path_of("artifacts", artifact_type, name, "versions")
        found = self._api.pages(path, "versions", {})
        of = partial(Version.of, name=name, artifact_type=artifact_type)
        return (self._api.read(of, each) for each in found)

    def version(
        self, name: str, version: str | int = LATEST, *, artifact_type: ArtifactType = "model"
    ) -> Version:
        """Return a version, given by number, alias or `latest`, with its files and findings."""
        return self._version(artifact_type, name, version)

    def set_alias(
        self, name: str, alias: str, version: int, *, artifact_type: ArtifactType = "model"
    ) -> None:
        """Point an alias at a version."""
        path = path_of("artifacts", artifact_type, name, "aliases", alias)
        self._api.json("PUT", path, None, {"version": version})

    def remove_alias(self, name: str, alias: str, *, artifact_type: ArtifactType = "model") -> None:
        """Remove an alias; the version it points at stays."""
        self._api.json("DELETE", path_of("artifacts", artifact_type, name, "aliases", alias))

    def delete(self, name: str) -> None:
        """Delete a model: its record, and every version of every artifact type."""
        self._api.json("DELETE", path_of("models", name))

    def delete_version(
        self, name: str, version: int, *, artifact_type: ArtifactType = "model"
    ) -> None:
        """Delete one version; its number is never used again."""
        path = path_of("artifacts", artifact_type, name)
        self._api.json("DELETE", path, {"version": str(version)})

    def create_token(
        self, grants: Iterable[str], *, description: str = "", expires_in_days: int = TOKEN_DAYS
    ) -> NewToken:
        """Create a bearer token and return it; it cannot be retrieved later.

        A grant is `SCOPE:PATTERN`: the scope is `read`, `write` or `admin`, and the pattern is a
        name, a prefix followed by `*`, or `*`. This method, `tokens` and `revoke_token` need AWS
        signatures (`auth=AwsAuth()`), whatever the rest of the registry uses.

        Raises:
            InvalidRequestError: A grant, the description or `expires_in_days` is not valid.
            ForbiddenError: The caller may not create tokens.
        """
        from modelguard._tokens import NewToken  # noqa: PLC0415

        body = {
            "grants": list(grants),
            "description": description,
            "expires_in_days": expires_in_days,
        }
        return self._api.read(NewToken.of, self._api.json("POST", "/tokens", None, body))

    def tokens(self) -> Iterator[Token]:
        """Yield the registry's tokens, without their secrets, which it does not store."""
        from modelguard._tokens import Token  # noqa: PLC0415

        return (self._api.read(Token.of, each) for each in self._api.pages("/tokens", "tokens", {}))

    def revoke_token(self, token_id: str) -> None:
        """Revoke a token by its id; it stops working within a minute.

        Raises:
            NotFoundError: There is no such token.
        """
        from modelguard._tokens import check_token_id  # noqa: PLC0415

        self._api.json("DELETE", path_of("tokens", check_token_id(token_id)))

    def audit(self, name: str | None) -> Iterator[Event]:
        """Yield the audit events of a model, newest first; the model may have been deleted since.

        With None, yield the events that concern no model, which are changes to tokens.

        Raises:
            ForbiddenError: The caller has no `admin` grant on the model.
        """
        from modelguard._audit import Event  # noqa: PLC0415

        path = "/audit" if name is None else path_of("models", name, "audit")
        return (self._api.read(Event.of, each) for each in self._api.pages(path, "events", {}))

    def check(self) -> None:
        """Check that the registry is reachable and accepts the caller; raise its error if not."""
        next(self._api.pages("/models", "models", {"limit": "1"}), None)

    def close(self) -> None:
        """Close all connections."""
        self._transport.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _version(self, artifact_type: str, name: str, version: str | int) -> Version:
        query = {"metadata_only": "true", "version": str(version)}
        answer = self._api.json("GET", path_of("artifacts", artifact_type, name), query)
        return self._api.read(Version.with_files, answer)


def _warn_of_plain_http(url: str) -> None:
    """Warn that a token can be read on its way, unless it does not leave this machine."""
    if not is_loopback(url):
        text = f"the token is sent to {url} without encryption; use https://"
        warnings.warn(text, InsecureTransportWarning, stacklevel=3)


def _file_of(version: Version, path: str | None) -> File:
    """Return the file with a path, or without a path the only file."""
    if path is None and len(version.files) == 1:
        return version.files[0]
    for file in version.files:
        if file.path == path:
            return file
    known = ", ".join(file.path for file in version.files[:5])
    more = ", …" if len(version.files) > 5 else ""  # noqa: PLR2004 - about one line
    raise LocalFileError(
        f"{version.name} version {version.number} has no file {path!r}"
        if path
        else f"{version.name} version {version.number} has several files",
        hint=f"name one of {known}{more}",
    )
