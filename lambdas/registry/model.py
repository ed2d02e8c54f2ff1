"""The seed's `Model`, and the registry's full record of a name."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Self

from lambdas.registry.version import Summary, Version

UNKNOWN_LICENSE = "unknown"


@dataclass(frozen=True, slots=True)
class Model:
    """A model as the seed defines it; `size` is in bytes, and the keys are S3 keys."""

    name: str
    size: int = 0
    license: str = UNKNOWN_LICENSE
    model_key: str = ""
    code_key: str = ""
    dataset_key: str = ""
    scores: Mapping[str, float | dict[str, float]] = field(default_factory=dict)
    scores_latency: Mapping[str, float] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON form."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Parse the JSON form; missing members take their defaults."""
        return cls(**{key: data[key] for key in cls.__dataclass_fields__ if key in data})

    def committed(self, version: Version, license_name: str | None = None) -> Self:
        """Return the model as it is once `version` is the newest of its artifact type."""
        changes: dict[str, Any] = {f"{version.artifact_type}_key": version.largest.s3_key}
        if version.artifact_type == "model":
            changes["size"] = version.size
        if license_name is not None:
            changes["license"] = license_name
        return replace(self, **changes)


def found_license(record: "Record", version: Version) -> str | None:
    """Return the license that the inspection found, if the record has none yet."""
    found = version.inspection.facts.get("license")
    return str(found) if found and record.model.license == UNKNOWN_LICENSE else None


@dataclass(frozen=True, slots=True)
class Head:
    """The newest version of an artifact type; `version` is None if it is too large to embed."""

    summary: Summary
    version: Version | None

    @property
    def number(self) -> int:
        """The version's number."""
        return self.summary.number


@dataclass(frozen=True, slots=True)
class Record:
    """The record of a name: the model, and state by artifact type.

    `heads` are the newest versions; `counts` the highest numbers ever assigned, so that a deleted
    number is never reused; `aliases` version numbers by alias. `revision` grows with every visible
    change, and `generations` with every deletion of a version. Versions up to the number in
    `purges` were deleted with the model, and their bytes are still being removed.
    """

    model: Model
    heads: Mapping[str, Head] = field(default_factory=dict)
    counts: Mapping[str, int] = field(default_factory=dict)
    created_at: str = ""
    updated_at: str = ""
    revision: int = 0
    description: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)
    aliases: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    generations: Mapping[str, int] = field(default_factory=dict)
    purges: Mapping[str, int] = field(default_factory=dict)

    @property
    def visible(self) -> bool:
        """Whether anything has been committed: a name with only unfinished uploads is hidden."""
        return bool(self.created_at)

    def committed(self, version: Version, license_name: str | None = None) -> Self:
        """Return the record as it is once `version` is the newest of its artifact type."""
        heads = {**self.heads, version.artifact_type: Head(version.summary, version)}
        return replace(self, model=self.model.committed(version, license_name), heads=heads)

    def gone(self, artifact_type: str, number: int) -> bool:
        """Return whether a version was deleted with the model, even if its item still exists."""
        return number <= self.purges.get(artifact_type, 0)

    def aliases_of(self, artifact_type: str, number: int) -> tuple[str, ...]:
        """Return the aliases of a version, sorted."""
        aliases = self.aliases.get(artifact_type, {})
        return tuple(sorted(alias for alias, target in aliases.items() if target == number))
