"""What a scan says: verdict, findings and facts."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

ENGINE_VERSION: Final = "2.0.0"
"""Changes when the same bytes could be read differently."""
RULES_VERSION: Final = "2027.1.0"
"""Changes when the same bytes, read the same way, could be judged differently."""


class Verdict(StrEnum):
    """The outcome of an inspection, best first.

    `clean` needs a reader that understood all of the bytes; bytes that no reader claims are
    `unknown`, and a known format that was not read to its end is `inconclusive`.
    """

    CLEAN = "clean"
    UNKNOWN = "unknown"
    SUSPICIOUS = "suspicious"
    INCONCLUSIVE = "inconclusive"
    MALICIOUS = "malicious"


class Severity(StrEnum):
    """How much one finding weighs; all but `info` are named after the verdict they lead to."""

    INFO = "info"
    UNKNOWN = "unknown"
    SUSPICIOUS = "suspicious"
    INCONCLUSIVE = "inconclusive"
    MALICIOUS = "malicious"


RANK: Final = {
    Severity.INFO: 0,
    Severity.UNKNOWN: 1,
    Severity.SUSPICIOUS: 2,
    Severity.INCONCLUSIVE: 3,
    Severity.MALICIOUS: 4,
}
"""What was not read completely outranks what merely looks odd; known danger outranks both."""

VERDICT_OF: Final = {
    Severity.INFO: Verdict.CLEAN,
    Severity.UNKNOWN: Verdict.UNKNOWN,
    Severity.SUSPICIOUS: Verdict.SUSPICIOUS,
    Severity.INCONCLUSIVE: Verdict.INCONCLUSIVE,
    Severity.MALICIOUS: Verdict.MALICIOUS,
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One observation: `rule` is a stable id, `path` names members as `outer!inner`.

    `offset` counts bytes from the start of the file or unpacked member; None where it has no place.
    `advice` says in one sentence what to do about it.
    """

    path: str
    rule: str
    severity: Severity
    message: str
    offset: int | None = None
    advice: str = ""


@dataclass(frozen=True, slots=True)
class Tensor:
    """One tensor as its file describes it."""

    name: str
    dtype: str
    shape: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Facts:
    """What the artifact says about itself; counts cover what was found, not what may be hidden.

    Every part is bounded: `tensors` lists the first of them, `shapes` the most frequent ones, and
    `tensor_count` and `parameter_count` end at 2**63 - 1.
    """

    format: str = "unknown"
    formats: tuple[str, ...] = ()
    tensor_count: int = 0
    parameter_count: int = 0
    dtypes: dict[str, int] = field(default_factory=dict)
    shapes: tuple[str, ...] = ()
    tensors: tuple[Tensor, ...] = ()
    versions: dict[str, str] = field(default_factory=dict)
    license: str | None = None
    base_models: tuple[str, ...] = ()
    datasets: tuple[str, ...] = ()
    task: str | None = None
    architectures: tuple[str, ...] = ()
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
