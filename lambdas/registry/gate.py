"""The one place that decides whether a byte, or a URL to it, may be served."""

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

    `standard`: suspicious and inconclusive ones, when the caller says `allow_unverified=true`, and
    unknown ones as the operator chose. `strict`: none.
    """

    STANDARD = "standard"
    STRICT = "strict"


class Unknown(StrEnum):
    """What a standard registry does with a version that no reader claims: serve it, or hold it."""

    SERVE = "serve"
    HOLD = "hold"


@dataclass(frozen=True, slots=True)
class Policy:
    """What the operator chose to serve."""

    strictness: Strictness = Strictness.STANDARD
    unknown: Unknown = Unknown.SERVE


@dataclass(frozen=True, slots=True)
class ClearedFile:
    """A file that may be served; buckets accept no other, and only `clear` makes one.

    `unverified` says that the caller took a risk that the inspection found.
    """

    file: File
    unverified: bool

    @classmethod
    def clear(cls, version: Version, file: File, *, policy: Policy, allow_unverified: bool) -> Self:
        """Return the file, cleared.

        Raises:
            RegistryError: ARTIFACT_PENDING, ARTIFACT_MALICIOUS, ARTIFACT_NOT_CLEARED.
        """
        verdict = version.inspection.verdict
        strict = policy.strictness is Strictness.STRICT
        if verdict is Verdict.CLEAN:
            return cls(file, unverified=False)
        if verdict is Verdict.PENDING:
            raise ArtifactPendingError("The version is still being inspected; try again soon")
        if verdict is Verdict.MALICIOUS:
            raise ArtifactMaliciousError("The inspection found the version malicious")
        if strict:
            raise _not_cleared(verdict, "this registry serves clean versions only")
        if verdict is Verdict.UNKNOWN:
            if policy.unknown is Unknown.SERVE:
                return cls(file, unverified=False)
            raise _not_cleared(verdict, "this registry holds what no reader understands")
        if allow_unverified:
            return cls(file, unverified=True)
        raise _not_cleared(verdict, "pass allow_unverified=true to download it anyway")


def _not_cleared(verdict: Verdict, remedy: str) -> ArtifactNotClearedError:
    return ArtifactNotClearedError(f"The inspection found the version {verdict}; {remedy}")
