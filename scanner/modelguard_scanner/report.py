"""What a scan says: verdict, findings and facts."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

ENGINE_VERSION: Final = "1.1.0"
"""Changes when the same bytes could be read differently."""
RULES_VERSION: Final = "2026.11.2"
"""Changes when the same bytes, read the same way, could be judged differently."""


class Verdict(StrEnum):
    """The outcome of an inspection, best first."""

    CLEAN = "clean"
    SUSPICIOUS = "suspicious"
    INCONCLUSIVE = "inconclusive"
    MALICIOUS = "malicious"


class Severity(StrEnum):
    """How much one finding weighs; all but `info` are named after the verdict they lead to."""

    INFO = "info"
    SUSPICIOUS = "suspicious"
    INCONCLUSIVE = "inconclusive"
    MALICIOUS = "malicious"


RANK: Final = {
    Severity.INFO: 0,
    Severity.SUSPICIOUS: 1,
    Severity.INCONCLUSIVE: 2,
    Severity.MALICIOUS: 3,
}
"""What was not read completely outranks what merely looks odd; known danger outranks both."""

VERDICT_OF: Final = {
    Severity.INFO: Verdict.CLEAN,
    Severity.SUSPICIOUS: Verdict.SUSPICIOUS,
    Severity.INCONCLUSIVE: Verdict.INCONCLUSIVE,
    Severity.MALICIOUS: Verdict.MALICIOUS,
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One observation: `rule` is a stable id, `path` names members as `outer!inner`.

    `offset` counts bytes from the start of the file or unpacked member; None where it has no place.
    """

    path: str
    rule: str
    severity: Severity
    message: str
    offset: int | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    """What the artifact says about itself; counts cover what was found, not what may be hidden."""

    format: str = "unknown"
    formats: tuple[str, ...] = ()
    tensor_count: int = 0
    parameter_count: int = 0
    dtypes: dict[str, int] = field(default_factory=dict)
    shapes: tuple[str, ...] = ()
    versions: dict[str, str] = field(default_factory=dict)
    license: str | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Report:
    """The result of one scan. `bytes_read` may be far below `bytes_total`: tensors are skipped."""

    verdict: Verdict
    findings: tuple[Finding, ...]
    facts: Facts
    bytes_read: int
    bytes_total: int
    engine_version: str = ENGINE_VERSION
    rules_version: str = RULES_VERSION
