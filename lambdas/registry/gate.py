"""The one place that decides whether a byte, or a URL to it, may be given out."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Self

from lambdas.registry.errors import (
    ArtifactMaliciousError,
    ArtifactNotClearedError,
    ArtifactPendingError,
)
from lambdas.registry.verdict import Verdict
from lambdas.registry.version import File, Version


class Policy(StrEnum):
    """What may be served besides clean versions.

    `standard`: suspicious and inconclusive ones, when the caller says `allow_unverified=true`.
    `strict`: none.
    """

    STANDARD = "standard"
    STRICT = "strict"


@dataclass(frozen=True, slots=True)
class ClearedFile:
    """A file that may be given out; buckets accept no other, and only `clear` makes one."""

    file: File
    unverified: bool

    @classmethod
    def clear(cls, version: Version, file: File, *, policy: Policy, allow_unverified: bool) -> Self:
        """Return the file, cleared.

        Raises:
            RegistryError: ARTIFACT_PENDING, ARTIFACT_MALICIOUS, ARTIFACT_NOT_CLEARED.
        """
        verdict = version.inspection.verdict
        if verdict is Verdict.CLEAN:
            return cls(file, unverified=False)
        if verdict is Verdict.PENDING:
            raise ArtifactPendingError("The version is still being inspected; try again soon")
        if verdict is Verdict.MALICIOUS:
            raise ArtifactMaliciousError("The inspection found the version malicious")
        if policy is Policy.STANDARD and allow_unverified:
            return cls(file, unverified=True)
        remedy = (
            "allow_unverified=true gives it out all the same"
            if policy is Policy.STANDARD
            else "this registry gives out clean versions only"
        )
        raise ArtifactNotClearedError(f"The inspection found the version {verdict}; {remedy}")
