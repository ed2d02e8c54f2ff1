"""The registry's responses as frozen values; unknown members of a newer registry are ignored."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Literal

from modelguard._body import Body, UnexpectedBodyError
from modelguard._limits import MAX_FILES

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

ArtifactType = Literal["model", "code", "dataset"]
LATEST: Final = "latest"
PENDING: Final = "pending"
SERVED: Final = frozenset({"clean", "unknown"})
"""The verdicts with which a version can be downloaded without further ado."""


@dataclass(frozen=True, slots=True)
class File:
    """One file of a version: relative POSIX path, size in bytes, SHA-256 in hex."""

    path: str
    size: int
    sha256: str
    content_type: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that the inspection found."""

    file: str
    what: str
    where: str
    severity: str


@dataclass(frozen=True, slots=True)
class Version:
    """One immutable version of an artifact; `files` is empty in listings."""

    name: str
    type: str
    number: int
    size: int
    verdict: str
    created_at: str = ""
    message: str = ""
    files: tuple[File, ...] = ()
    findings: tuple[Finding, ...] = ()

    @property
    def refused(self) -> bool:
        """Whether the verdict forbids an ordinary download."""
        return self.verdict not in {*SERVED, PENDING, ""}

    @classmethod
    def of(cls, body: Mapping[str, Any], *, name: str = "", artifact_type: str = "") -> Version:
        """Parse the registry's JSON; in a listing, name and type come from the URL."""
        given = Body(body)
        return cls(
            name=given.text("model_name", name),
            type=given.text("artifact_type", artifact_type),
            number=given.number("version", least=1),
            size=given.number("size", 0),
            verdict=given.text("verdict", ""),
            created_at=given.text("created_at", ""),
            message=given.text("message", ""),
            # A listing has the number of files under this name.
            files=_files(given) if given.is_list("files") else (),
            findings=tuple(_finding(each) for each in given.objects("findings")),
        )

    @classmethod
    def with_files(cls, body: Mapping[str, Any]) -> Version:
        """Parse the registry's JSON of a single version, which always has files."""
        version = cls.of(body)
        if not version.files:
            raise UnexpectedBodyError("a version without files")
        return version


@dataclass(frozen=True, slots=True)
class Model:
    """A model's record; a listing contains only some of its fields."""

    name: str
    license: str = ""
    size: int = 0
    description: str = ""
    created_at: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)
    scores: Mapping[str, float | Mapping[str, float]] = field(default_factory=dict)
    """Each from 0 to 1; `size_score` has one score per kind of device."""
    versions: Mapping[str, Version] = field(default_factory=dict)
    """The newest version of each artifact type."""
    aliases: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    """Version numbers, by artifact type and alias."""

    @classmethod
    def of(cls, body: Mapping[str, Any]) -> Model:
        """Parse the registry's JSON."""
        given = Body(body)
        name = given.text("name")
        return cls(
            name=name,
            license=given.text("license", ""),
            size=given.number("size", 0),
            description=given.text("description", ""),
            created_at=given.text("created_at", ""),
            tags=given.child("tags").text_map(),
            scores=given.child("scores").scores(),
            versions={
                kind: Version.of(each.members, name=name, artifact_type=kind)
                for kind, each in given.child("versions").items()
            },
            aliases={kind: each.number_map() for kind, each in given.child("aliases").items()},
        )


@dataclass(frozen=True, slots=True)
class Pulled:
    """The result of a pull: the version, its directory and the paths of its files."""

    version: Version
    directory: Path
    paths: tuple[Path, ...]
    removed: tuple[Path, ...] = ()
    """Files of an earlier pull that the version lacks."""
    kept: tuple[Path, ...] = ()
    """Such files that were changed since, and are therefore still there."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A local file that does not match the registry: `missing`, `different` or `unreadable`."""

    path: str
    problem: str


@dataclass(frozen=True, slots=True)
class Verification:
    """The result of comparing a directory with a version."""

    version: Version
    differences: tuple[Difference, ...]
    extra: tuple[str, ...] = ()
    """Paths of local files that belong to no version in the directory."""

    @property
    def ok(self) -> bool:
        """Whether every file is present with the bytes that the registry recorded."""
        return not self.differences


def _files(body: Body) -> tuple[File, ...]:
    files = tuple(_file(each) for each in body.objects("files"))
    if len({file.path for file in files}) < len(files) or len(files) > MAX_FILES:
        raise UnexpectedBodyError("repeated paths, or too many files")
    return files


def _file(body: Body) -> File:
    return File(
        path=body.text("path"),
        size=body.number("size"),
        # The digest of a large file may still have to be computed.
        sha256=body.text("sha256", ""),
        content_type=body.text("content_type", ""),
    )


def _finding(body: Body) -> Finding:
    return Finding(*(body.text(key, "") for key in ("file", "what", "where", "severity")))
