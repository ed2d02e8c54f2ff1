"""The result of an inspection: verdict, findings and facts."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Verdict(StrEnum):
    """Whether a version is safe to serve."""

    PENDING = "pending"
    CLEAN = "clean"
    SUSPICIOUS = "suspicious"
    MALICIOUS = "malicious"
    INCONCLUSIVE = "inconclusive"


@dataclass(frozen=True, slots=True)
class Finding:
    """One reason for a verdict: the file, what was found in it and where, and its severity."""

    file: str
    what: str
    where: str
    severity: str


@dataclass(frozen=True, slots=True)
class Inspection:
    """The state of a version's inspection; the verdict is pending until it has run.

    `facts` are JSON: format, tensor and parameter counts, dtypes, library versions, license.
    `engine` and `rules` are the versions of the scanner and its rules, which read `bytes_read` of
    `bytes_total` bytes.
    """

    verdict: Verdict = Verdict.PENDING
    findings: tuple[Finding, ...] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)
    engine: str = ""
    rules: str = ""
    bytes_read: int = 0
    bytes_total: int = 0
