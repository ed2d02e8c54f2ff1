"""What an inspection says of a version."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Verdict(StrEnum):
    """The answer to "may this be served?"."""

    PENDING = "pending"
    CLEAN = "clean"
    UNKNOWN = "unknown"
    SUSPICIOUS = "suspicious"
    MALICIOUS = "malicious"
    INCONCLUSIVE = "inconclusive"


@dataclass(frozen=True, slots=True)
class Finding:
    """One reason for a verdict: in which file, what was found, where, and how grave it is."""

    file: str
    what: str
    where: str
    severity: str


@dataclass(frozen=True, slots=True)
class Inspection:
    """The state of a version's inspection; until it ran, the verdict is pending.

    `facts` are JSON: format, tensor and parameter counts, dtypes, library versions, license.
    `engine` and `rules` are versions of what inspected; of `bytes_total` it read `bytes_read`.
    """

    verdict: Verdict = Verdict.PENDING
    findings: tuple[Finding, ...] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)
    engine: str = ""
    rules: str = ""
    bytes_read: int = 0
    bytes_total: int = 0
