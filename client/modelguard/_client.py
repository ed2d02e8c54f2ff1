"""The SDK's front: one class, whose methods are what a registry can do."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Final, Self

from modelguard._api import Api, path_of
from modelguard._config import resolve
from modelguard._errors import ConfigError, LocalFileError, ModelGuardError
from modelguard._http import HttpTransport
from modelguard._limits import TOKEN_DAYS
from modelguard._progress import Silence
from modelguard._types import LATEST, ArtifactType, Model, Pulled, Verification, Version

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable, Iterator, Mapping
    from types import TracebackType

    from modelguard._access import Event, NewToken, Token
    from modelguard._auth import Auth
    from modelguard._http import Transport
    from modelguard._progress import Progress
    from modelguard._types import File

WAIT_S: Final = 600.0
"""How long a pull waits for a pending inspection unless it is told otherwise."""
JOBS: Final = 4
"""Requests in flight of one transfer."""


class Client:
    """A registry; safe for threads, and a context manager that closes its connections.

    `url` and `token` default to the environment (MODELGUARD_URL, MODELGUARD_TOKEN) and then to what
    `modelguard login` saved. `auth` replaces how requests are signed, `transport` how they travel.
    Every method raises subclasses of ModelGuardError and nothing else of its own.
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
        if jobs < 1:
            raise ConfigError("A transfer has at least one job")
        # Whoever brings an `auth` does not care whether the saved one can be made.
        settings = resolve(url, token, "none" if auth else None)
        self._transport = transport or HttpTransport()
        self._api = Api(settings.url, self._transport, auth or settings.make_auth())
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
        """Store files and directories as the next version of `name` and return it.

        A push that was killed goes on where it was when it is run again: nothing that arrived is
        sent twice. With `alias`, the alias then means the new version.

        Raises:
            LocalFileError: There is nothing to push, or it cannot be read or changes meanwhile.
            ApiError, TransportError: The registry or the storage refuses, or is not there.
        """
        from modelguard._files import collect  # noqa: PLC0415 - what only a push needs
        from modelguard._push import Push  # noqa: PLC0415

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
                    f"version {version.number} is stored, only the alias is missing:"
                    f" `modelguard alias {name}:{version.number} ALIAS` sets one"
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
        wait_s: float = WAIT_S,
    ) -> Pulled:
        """Bring a version's files, or the one named, into a directory (by default `./NAME`).

        A file gets its name only when its SHA-256 is the recorded one. A pull that was killed goes
        on where it was; files that are there already are not fetched. While the inspection is
        pending, it waits up to `wait_s` seconds.

        Raises:
            NotFoundError: There is no such model, version or file.
            PendingError, ForbiddenError: The inspection is not done, or its verdict forbids it.
            IntegrityError: The bytes are not the recorded ones, twice.
            LocalFileError: The directory cannot be written, or the version's paths leave it.
        """
        from modelguard._pull import Pull  # noqa: PLC0415 - what only a pull needs
        from modelguard._source import Asking  # noqa: PLC0415

        found = self.version(name, version, artifact_type=artifact_type)
        files = found.files if file is None else (_file_of(found, file),)
        asking = Asking(allow_unverified, wait_s, self._progress.note)
        directory = Path(to) if to is not None else Path(name)
        return Pull(self._api, found, files, directory, asking, self._progress, self._jobs).run()

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
        """Return a stored file for reading and seeking; of a large one, only what is read travels.

        The bytes are not hashed, since they are not all read: `pull` is what verifies.

        Raises:
            As `pull`; LocalFileError is not among them.
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
        """Hash a directory's files anew and compare them with what the registry recorded.

        Without a name, it is compared with everything that was pulled into it.

        Raises:
            LocalFileError: Nothing was pulled into it, and no name is given.
        """
        from modelguard._origin import Origin, read_origins  # noqa: PLC0415
        from modelguard._verify import compare  # noqa: PLC0415

        folder = Path(directory)
        found = [] if name else list(read_origins(folder))
        if not name and not found:
            raise LocalFileError(
                f"Nothing was pulled into {folder}", hint="name what to compare it with"
            )
        wanted = (
            [(self.version(name, version, artifact_type=artifact_type), Origin("", "", "", 0))]
            if name
            else [(self._version(each.type, each.name, each.version), each) for each in found]
        )
        return tuple(
            compare(
                folder,
                each,
                [file for file in each.files if not origin.paths or file.path in origin.paths],
                self._progress,
                self._jobs,
            )
            for each, origin in wanted
        )

    def list(self, prefix: str = "") -> Iterator[Model]:
        """Yield the models whose names begin with `prefix`, by name."""
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
        """Change what is given of a model's record; `tags` replaces all tags."""
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
        """Return a version with its files, verdict and findings; by number, alias or `latest`."""
        return self._version(artifact_type, name, version)

    def set_alias(
        self, name: str, alias: str, version: int, *, artifact_type: ArtifactType = "model"
    ) -> None:
        """Let an alias mean a version from now on."""
        path = path_of("artifacts", artifact_type, name, "aliases", alias)
        self._api.json("PUT", path, None, {"version": version})

    def remove_alias(self, name: str, alias: str, *, artifact_type: ArtifactType = "model") -> None:
        """Remove an alias; the version stays."""
        self._api.json("DELETE", path_of("artifacts", artifact_type, name, "aliases", alias))

    def delete(self, name: str) -> None:
        """Delete a model: its record and all its versions of every type."""
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
        """Make a bearer token and return it, the only time that anybody sees it.

        A grant is `read`, `write` or `admin`, a colon, and a name, a name's beginning and `*`, or
        `*`. This method and the two below want AWS signatures (`auth=AwsAuth()`), however the rest
        of the registry is used.

        Raises:
            InvalidRequestError: The grants, the description or the days make no sense.
            ForbiddenError: The caller may not make tokens.
        """
        from modelguard._access import NewToken  # noqa: PLC0415

        body = {
            "grants": list(grants),
            "description": description,
            "expires_in_days": expires_in_days,
        }
        return self._api.read(NewToken.of, self._api.json("POST", "/tokens", None, body))

    def tokens(self) -> Iterator[Token]:
        """Yield what the registry keeps of its tokens; the tokens themselves it does not know."""
        from modelguard._access import Token  # noqa: PLC0415

        return (self._api.read(Token.of, each) for each in self._api.pages("/tokens", "tokens", {}))

    def revoke_token(self, token_id: str) -> None:
        """Revoke a token by its id; it stops working within a minute.

        Raises:
            NotFoundError: There is no such token.
        """
        from modelguard._access import check_token_id  # noqa: PLC0415

        self._api.json("DELETE", path_of("tokens", check_token_id(token_id)))

    def audit(self, name: str | None) -> Iterator[Event]:
        """Yield what was done with a model, or refused, newest first; it may be deleted by now.

        Without a name, it is what belongs to no model: changes of tokens.

        Raises:
            ForbiddenError: The caller has no `admin` grant on it.
        """
        from modelguard._access import Event  # noqa: PLC0415

        path = "/audit" if name is None else path_of("models", name, "audit")
        return (self._api.read(Event.of, each) for each in self._api.pages(path, "events", {}))

    def check(self) -> None:
        """Return when the registry is there and accepts the caller; raise what it says if not."""
        answer = self._api.json("GET", "/models", {"limit": "1"})
        self._api.read(lambda body: list(body["models"]), answer)

    def close(self) -> None:
        """Close the connections."""
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
        return self._api.read(Version.of, answer)


def _file_of(version: Version, path: str | None) -> File:
    """Return a version's file by its path, or its only one."""
    if path is None and len(version.files) == 1:
        return version.files[0]
    for file in version.files:
        if file.path == path:
            return file
    known = ", ".join(file.path for file in version.files[:5])
    more = ", …" if len(version.files) > 5 else ""  # noqa: PLR2004 - as many as fit a line
    raise LocalFileError(
        f"{version.name} version {version.number} has no file {path!r}"
        if path
        else f"{version.name} version {version.number} has several files",
        hint=f"name one of {known}{more}",
    )
