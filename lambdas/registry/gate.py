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


class Strictness(StrEnum):
    """What may be served besides clean versions.

    `standard`: suspicious and inconclusive versions if the caller passes `allow_unverified=true`,
    and unknown ones unless the operator holds them back. `strict`: nothing.
    """

    STANDARD = "standard"
    STRICT = "strict"


class Unknown(StrEnum):
    """What a standard registry does with versions that no reader claims."""

    SERVE = "serve"
    HOLD = "hold"


@dataclass(frozen=True, slots=True)
class Policy:
    """What the operator allows to be served."""

    strictness: Strictness = Strictness.STANDARD
    unknown: Unknown = Unknown.SERVE


@dataclass(frozen=True, slots=True)
class ClearedFile:
    """A file that may be served: buckets accept nothing else, and only `clear` creates one.

    `unverified` is true if the caller accepted a version that the inspection did not clear.
    """

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
            raise ArtifactPendingError(_waiting(version))
        if verdict is Verdict.MALICIOUS:
            raise ArtifactMaliciousError("The inspection found this version malicious")
        if policy.strictness is Strictness.STRICT:
            raise _not_cleared(verdict, "this registry serves clean versions only")
        if verdict is Verdict.UNKNOWN:
            if policy.unknown is Unknown.SERVE:
                return cls(file, unverified=False)
            raise _not_cleared(verdict, "this registry does not serve versions of unknown format")
        if allow_unverified:
            return cls(file, unverified=True)
        raise _not_cleared(verdict, "pass allow_unverified=true to download it anyway")


def _waiting(version: Version) -> str:
    if version.inspection.findings:
        return "The inspection of this version failed, so it is not served; request a rescan"
    return "This version is still being inspected; try again soon"


def _not_cleared(verdict: Verdict, remedy: str) -> ArtifactNotClearedError:
    return ArtifactNotClearedError(f"The verdict on this version is {verdict}; {remedy}")
