"""The registry's responses as frozen values; unknown members of a newer registry are ignored."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

ArtifactType = Literal["model", "code", "dataset"]
LATEST = "latest"


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

    @classmethod
    def of(cls, body: Mapping[str, Any], *, name: str = "", artifact_type: str = "") -> Version:
        """Parse the registry's JSON; in a listing, name and type come from the URL."""
        return cls(
            name=str(body.get("model_name") or name),
            type=str(body.get("artifact_type") or artifact_type),
            number=int(body["version"]),
            size=int(body.get("size", 0)),
            verdict=str(body.get("verdict", "")),
            created_at=str(body.get("created_at", "")),
            message=str(body.get("message", "")),
            files=tuple(_file(each) for each in _list(body, "files")),
            findings=tuple(_finding(each) for each in body.get("findings", ())),
        )


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
        name = str(body["name"])
        newest: Mapping[str, Mapping[str, Any]] = body.get("versions") or {}
        return cls(
            name=name,
            license=str(body.get("license") or ""),
            size=int(body.get("size") or 0),
            description=str(body.get("description") or ""),
            created_at=str(body.get("created_at") or ""),
            tags=dict(body.get("tags") or {}),
            scores=dict(body.get("scores") or {}),
            versions={
                kind: Version.of(each, name=name, artifact_type=kind)
                for kind, each in newest.items()
            },
            aliases={kind: dict(each) for kind, each in (body.get("aliases") or {}).items()},
        )


@dataclass(frozen=True, slots=True)
class Pulled:
    """The result of a pull: the version, its directory and the paths of its files."""

    version: Version
    directory: Path
    paths: tuple[Path, ...]


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

    @property
    def ok(self) -> bool:
        """Whether every file is present with the bytes that the registry recorded."""
        return not self.differences


def _list(body: Mapping[str, Any], key: str) -> list[Mapping[str, Any]]:
    """Return a list of objects; some responses have a count under the same name."""
    found = body.get(key)
    return found if isinstance(found, list) else []


def _file(body: Mapping[str, Any]) -> File:
    return File(
        path=str(body["path"]),
        size=int(body["size"]),
        sha256=str(body["sha256"]),
        content_type=str(body.get("content_type", "")),
    )


def _finding(body: Mapping[str, Any]) -> Finding:
    return Finding(*(str(body.get(key, "")) for key in ("file", "what", "where", "severity")))
