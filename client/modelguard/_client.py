"""The SDK's entry point: one class with a method for each thing a registry can do."""

from __future__ import annotations

import warnings
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Final, Self

from modelguard._api import Api, duration, path_of
from modelguard._auth import BearerAuth
from modelguard._body import Body
from modelguard._config import resolve
from modelguard._errors import (
    ConfigError,
    ForbiddenError,
    LocalFileError,
    ModelGuardError,
    NotFoundError,
    ServerError,
    Subject,
    api_error,
    local_errors,
)
from modelguard._http import HttpTransport
from modelguard._limits import TOKEN_DAYS
from modelguard._names import check_alias, check_name
from modelguard._platform import check_platform
from modelguard._progress import Silence
from modelguard._types import LATEST, PENDING, ArtifactType, Model, Pulled, Verification, Version
from modelguard._url import is_loopback

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable, Iterator, Mapping
    from types import TracebackType

    from modelguard._audit import Event
    from modelguard._auth import Auth
    from modelguard._http import Transport
    from modelguard._progress import Progress
    from modelguard._tokens import Identity, NewToken, Token
    from modelguard._types import File

WAIT_S: Final = 600.0
"""How long a pull waits for a pending inspection by default."""
_FIRST_POLL_S: Final = 0.5
_LAST_POLL_S: Final = 5.0
JOBS: Final = 4
"""Concurrent requests of one transfer by default."""


class InsecureTransportWarning(UserWarning):
    """A token is sent without encryption."""


class Client:
    """A registry client; thread-safe, and a context manager that closes its connections.

    `url` and `token` default to the environment (MODELGUARD_URL, MODELGUARD_TOKEN), then to what
    `modelguard login` saved; `profile` chooses one of several logins. `auth` overrides how requests
    are authenticated and `transport` how they are sent. Every error that a method raises is a
    ModelGuardError.
    """

    def __init__(  # noqa: PLR0913 - keywords, each with a default
        self,
        url: str | None = None,
        *,
        token: str | None = None,
        profile: str | None = None,
        auth: Auth | None = None,
        transport: Transport | None = None,
        progress: Progress | None = None,
        jobs: int = JOBS,
    ) -> None:
        check_platform()
        if jobs < 1:
            raise ConfigError("jobs must be at least 1")
        # With an explicit `auth`, the saved kind may be unusable and does not matter.
        settings = resolve(url, token, "none" if auth else None, profile)
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

    def push(  # noqa: PLR0913 - keywords, each with a default
        self,
        *paths: str | os.PathLike[str],
        name: str,
        artifact_type: ArtifactType = "model",
        license: str = "",  # noqa: A002 - the registry's word
        message: str = "",
        alias: str = "",
        include: Iterable[str] = (),
        exclude: Iterable[str] = (),
        force: bool = False,
        wait_s: float | None = None,
    ) -> Version:
        """Store files and directories as the next version of `name` and return that version.

        `include` and `exclude` are patterns such as `*.safetensors`; see docs/client.md.

        If the newest version has exactly these files, it is returned and nothing is stored, unless
        `force` is given. Running an interrupted push again resumes it: nothing that arrived is sent
        twice. With `wait_s`, the push waits that many seconds for the inspection's verdict. With
        `alias`, it waits as well (by default for ten minutes), and then points the alias at the
        version, if its verdict allows downloads.

        Raises:
            InvalidRequestError: The name or the alias is not valid; nothing was sent.
            LocalFileError: There is nothing to push, or a file is unreadable or changed meanwhile.
            PendingError, ForbiddenError: The version is stored, but the alias is not set, because
                the inspection did not end in time or its verdict forbids it.
            ApiError: The registry refused the request.
            TransportError: The registry or its storage could not be reached.
        """
        from modelguard._files import collect  # noqa: PLC0415 - only needed for a push
        from modelguard._patterns import Patterns  # noqa: PLC0415
        from modelguard._push import Push  # noqa: PLC0415

        check_name(name)
        if alias:
            check_alias(alias)
            wait_s = WAIT_S if wait_s is None else wait_s
        with local_errors():
            push = Push(
                self._api,
                collect(paths, Patterns(tuple(include), tuple(exclude))),
                artifact_type,
                name,
                license,
                message,
                self._progress,
                self._jobs,
                force,
            )
            version = push.run()
        if wait_s and version.verdict == PENDING:
            version = self._wait_for_verdict(version, wait_s)
        if alias:
            self._alias_pushed(version, alias)
        return version

    def pull(  # noqa: PLR0913 - keywords, each with a default
        self,
        name: str,
        version: str | int = LATEST,
        *,
        to: str | os.PathLike[str] | None = None,
        artifact_type: ArtifactType = "model",
        file: str | Iterable[str] | None = None,
        include: Iterable[str] = (),
        exclude: Iterable[str] = (),
        allow_unverified: bool = False,
        overwrite: bool = False,
        wait_s: float = WAIT_S,
    ) -> Pulled:
        """Download a version's files into a directory.

        `file` is the path of a single file, or several paths; `include` and `exclude` are patterns
        such as `*.safetensors`.

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
        from modelguard._patterns import Patterns  # noqa: PLC0415
        from modelguard._pull import Pull  # noqa: PLC0415 - what only a pull needs
        from modelguard._source import Asking  # noqa: PLC0415

        found = self.version(name, version, artifact_type=artifact_type)
        paths = (file,) if isinstance(file, str) else file
        files = found.files if paths is None else tuple(_file_of(found, each) for each in paths)
        patterns = Patterns(tuple(include), tuple(exclude))
        files = tuple(each for each in dict.fromkeys(files) if patterns.select(each.path))
        if not files:
            raise LocalFileError(
                f"No file of {name}:{found.number} is selected", hint="check the patterns"
            )
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
        return self._api.read(Model.of, self._api.json("GET", _model_path(name)))

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
        answer = self._api.json("PATCH", _model_path(name), None, body)
        return self._api.read(Model.of, answer)

    def versions(self, name: str, *, artifact_type: ArtifactType = "model") -> Iterator[Version]:
        """Yield the versions of an artifact, newest first, without their files."""
        path = _artifact_path(artifact_type, name, "versions")
        found = self._api.pages(path, "versions", {})
        of = partial(Version.of, name=name, artifact_type=artifact_type)
        return (self._api.read(of, each) for each in found)

    def version(
        self, name: str, version: str | int = LATEST, *, artifact_type: ArtifactType = "model"
    ) -> Version:
        """Return a version, given by number, alias or `latest`, with its files and findings."""
        return self._version(artifact_type, name, version)

    def set_alias(
        self,
        name: str,
        alias: str,
        version: int,
        *,
        artifact_type: str = "model",
        allow_unverified: bool = False,
    ) -> None:
        """Point an alias at a version.

        Raises:
            PendingError, ForbiddenError: The version is not inspected yet, or its verdict forbids
                it; with `allow_unverified`, only the verdict `malicious` does.
        """
        query = {"allow_unverified": "true"} if allow_unverified else None
        path = _artifact_path(artifact_type, name, "aliases", check_alias(alias))
        self._api.json("PUT", path, query, {"version": version})

    def remove_alias(self, name: str, alias: str, *, artifact_type: ArtifactType = "model") -> None:
        """Remove an alias; the version it points at stays."""
        self._api.json("DELETE", _artifact_path(artifact_type, name, "aliases", alias))

    def delete(self, name: str) -> None:
        """Delete a model: its record, and every version of every artifact type.

        Raises:
            ConflictError: Aliases still point at versions of the model.
        """
        self._check_no_alias(name, self.get(name).aliases)
        self._api.json("DELETE", _model_path(name))

    def delete_type(self, name: str, artifact_type: ArtifactType) -> tuple[int, ...]:
        """Delete every version of one artifact type of a model, and return their numbers.

        They are deleted one by one, oldest first; after an interruption, the rest is still there.

        Raises:
            NotFoundError: The model has no version of this type.
            ConflictError: Aliases still point at versions of this type.
        """
        numbers = sorted(each.number for each in self.versions(name, artifact_type=artifact_type))
        if not numbers:
            text = f"{name} has no versions of type {artifact_type}"
            raise api_error(404, {"error": text, "error_code": "ARTIFACT_NOT_FOUND"})
        aliases = self.get(name).aliases.get(artifact_type, {})
        self._check_no_alias(name, {artifact_type: aliases})
        for number in numbers:
            self.delete_version(name, number, artifact_type=artifact_type)
        return tuple(numbers)

    def delete_version(
        self, name: str, version: int, *, artifact_type: ArtifactType = "model"
    ) -> None:
        """Delete one version; its number is never used again."""
        path = _artifact_path(artifact_type, name)
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

        path = "/audit" if name is None else _model_path(name, "audit")
        return (self._api.read(Event.of, each) for each in self._api.pages(path, "events", {}))

    def check(self) -> None:
        """Check that the registry is reachable and accepts the caller; raise its error if not."""
        next(self._api.pages("/models", "models", {"limit": "1"}), None)

    def rescan(
        self, name: str, version: str | int = LATEST, *, artifact_type: ArtifactType = "model"
    ) -> int:
        """Have a version inspected again and return its number; until then its verdict stands."""
        path = _artifact_path(artifact_type, name, "rescan")
        answer = self._api.json("POST", path, {"version": str(version)})
        return self._api.read(lambda body: Body(body).number("version", least=1), answer)

    def abort_pushes(self, name: str, *, artifact_type: ArtifactType = "model") -> int:
        """Abort this machine's unfinished pushes of an artifact, and return how many there were.

        The registry deletes what has arrived of them.
        """
        from modelguard._push_state import unfinished  # noqa: PLC0415 - only needed here

        aborted = 0
        for state in unfinished((self.url, artifact_type, check_name(name))):
            try:
                self._api.json(
                    "DELETE", path_of("artifact", artifact_type, "uploads", state.upload_id)
                )
                aborted += 1
            except NotFoundError:
                pass  # it has expired
            state.forget()
        return aborted

    def identity(self) -> Identity | None:
        """Return the caller's identity as the registry sees it; None if it does not report it."""
        from modelguard._tokens import Identity  # noqa: PLC0415 - only needed here

        try:
            return self._api.read(Identity.of, self._api.json("GET", "/whoami"))
        except (NotFoundError, ForbiddenError, ServerError):
            return None  # an older registry has no such route

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

    def _check_no_alias(self, name: str, aliases: Mapping[str, Mapping[str, int]]) -> None:
        """Raise ConflictError if there are aliases, by artifact type."""
        named = [
            (alias, Subject(kind, name, str(number)).reference)
            for kind, numbers in aliases.items()
            for alias, number in sorted(numbers.items())
        ]
        if named:
            text = ", ".join(f"{alias} ({reference})" for alias, reference in named)
            body = {"error": f"Aliases still point at it: {text}", "error_code": "CONFLICT"}
            error = api_error(409, {**body, "aliases": [alias for alias, _ in named]})
            error.hint = f"remove them first: modelguard alias {name} ALIAS --remove"
            raise error

    def _wait_for_verdict(self, version: Version, wait_s: float) -> Version:
        """Return the version once it is inspected, or still pending once the time is up."""
        retry, until_s = self._api.retry, self._api.clock() + wait_s
        pause_s = _FIRST_POLL_S
        self._progress.note(f"waiting for the inspection (up to {duration(wait_s)})")
        while (left_s := until_s - self._api.clock()) > 0:
            retry.sleep(min(pause_s, left_s))
            pause_s = min(2 * pause_s, _LAST_POLL_S)
            found = self._version(version.type, version.name, version.number)
            if found.verdict != PENDING:
                return found
        return version

    def _alias_pushed(self, version: Version, alias: str) -> None:
        """Point an alias at a pushed version; if that fails, the error says that it is stored."""
        reference = Subject(version.type, version.name, str(version.number)).reference
        try:
            if version.verdict == PENDING:
                text = f"The inspection of {reference} has not ended"
                raise api_error(409, {"error": text, "error_code": "ARTIFACT_PENDING"})
            if version.refused:
                text = f"The inspection found {reference} {version.verdict}"
                raise api_error(403, {"error": text, "error_code": "ARTIFACT_NOT_CLEARED"})
            self.set_alias(version.name, alias, version.number, artifact_type=version.type)
        except ModelGuardError as error:
            error.hint = (
                f"version {version.number} is stored, only the alias is not set; to read the"
                f" findings: modelguard show {reference}"
                if isinstance(error, ForbiddenError)
                else f"version {version.number} is stored, only the alias is not set;"
                f" to set it: modelguard alias {reference} {alias}"
            )
            raise

    def _version(self, artifact_type: str, name: str, version: str | int) -> Version:
        query = {"metadata_only": "true", "version": str(version)}
        answer = self._api.json("GET", _artifact_path(artifact_type, name), query)
        found = self._api.read(Version.with_files, answer)
        return replace(found, name=name, type=artifact_type)


def _warn_of_plain_http(url: str) -> None:
    """Warn that a token can be read in transit, unless it never leaves this machine."""
    if not is_loopback(url):
        text = f"the token is sent to {url} without encryption; use https://"
        warnings.warn(text, InsecureTransportWarning, stacklevel=3)


def _model_path(name: str, *more: str) -> str:
    return path_of("models", check_name(name), *more)


def _artifact_path(artifact_type: str, name: str, *more: str) -> str:
    return path_of("artifacts", artifact_type, check_name(name), *more)


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
