"""A version: one immutable, checksummed upload of one artifact type under one name."""

from dataclasses import dataclass, field

from lambdas.registry.verdict import Inspection, Verdict


@dataclass(frozen=True, slots=True)
class File:
    """One stored file: `path` is a relative POSIX path, `size` is in bytes, `sha256` in hex.

    `s3_version` pins the S3 object version, so that the bytes served are the bytes committed.
    `composite` is the SHA-256 (hex) of the parts' digests, for a file uploaded in parts.
    """

    path: str
    size: int
    sha256: str
    s3_key: str
    content_type: str
    s3_version: str = ""
    composite: str = ""


@dataclass(frozen=True, slots=True)
class Summary:
    """What a record shows of a version: `size` is in bytes, `files` is the number of files.

    `readme` and `license_file` are whether the version has such a file; `libraries` is whether the
    inspection found the versions of the libraries that wrote it.
    """

    number: int
    created_at: str
    size: int
    verdict: Verdict
    files: int
    readme: bool = False
    license_file: bool = False
    libraries: bool = False


@dataclass(frozen=True, slots=True)
class Version:
    """A committed upload: its files, and its number, counted from 1 per artifact type and name."""

    artifact_type: str
    number: int
    files: tuple[File, ...]
    created_at: str
    message: str = ""
    inspection: Inspection = field(default_factory=Inspection)

    @property
    def size(self) -> int:
        """The total size of the files in bytes."""
        return sum(file.size for file in self.files)

    @property
    def largest(self) -> File:
        """The file that the record's keys point to; the first if several have the same size."""
        return max(self.files, key=lambda file: file.size)

    @property
    def summary(self) -> Summary:
        """What the record shows of this version."""
        return Summary(
            number=self.number,
            created_at=self.created_at,
            size=self.size,
            verdict=self.inspection.verdict,
            files=len(self.files),
            readme=self._has("readme", "model_card", "modelcard"),
            license_file=self._has("license", "licence", "copying"),
            libraries=bool(self.inspection.facts.get("versions")),
        )

    def _has(self, *stems: str) -> bool:
        """Return whether the top folder has a file with one of these names, ignoring case."""
        return any(file.path.lower().partition(".")[0] in stems for file in self.files)
