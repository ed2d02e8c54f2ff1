"""The gate: the one place that decides whether bytes, or a URL to them, may be served."""

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

    `standard`: suspicious and inconclusive versions, if the caller passes `allow_unverified=true`.
    `strict`: nothing.
    """

    STANDARD = "standard"
    STRICT = "strict"


@dataclass(frozen=True, slots=True)
class ClearedFile:
    """A file that may be served: buckets accept nothing else, and only `clear` creates one."""

    file: File
    unverified: bool

    @classmethod
    def clear(cls, version: Version, file: File, *, policy: Policy, allow_unverified: bool) -> Self:
        """Return the file as cleared for download.

        Raises:
            RegistryError: ARTIFACT_PENDING, ARTIFACT_MALICIOUS, ARTIFACT_NOT_CLEARED.
        """
        verdict = version.inspection.verdict
        if verdict is Verdict.CLEAN:
            return cls(file, unverified=False)
        if verdict is Verdict.PENDING:
            raise ArtifactPendingError("This version is still being inspected; try again soon")
        if verdict is Verdict.MALICIOUS:
            raise ArtifactMaliciousError("The inspection found this version malicious")
        if policy is Policy.STANDARD and allow_unverified:
            return cls(file, unverified=True)
        remedy = (
            "pass allow_unverified=true to download it anyway"
            if policy is Policy.STANDARD
            else "this registry serves clean versions only"
        )
        raise ArtifactNotClearedError(f"The verdict on this version is {verdict}; {remedy}")
