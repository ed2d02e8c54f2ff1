"""The result of an inspection: verdict, findings and facts."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Verdict(StrEnum):
    """What an inspection concluded.

    `clean`: every byte was understood, and no loader of the format does anything but read it.
    `unknown`: no reader claims the bytes. `inconclusive`: a known format that was not read to its
    end. `suspicious`: code or references that are unusual or unlisted. `malicious`: it names what
    runs commands or reaches outside. `pending`: there is no conclusion yet.
    """

    PENDING = "pending"
    CLEAN = "clean"
    UNKNOWN = "unknown"
    SUSPICIOUS = "suspicious"
    MALICIOUS = "malicious"
    INCONCLUSIVE = "inconclusive"


@dataclass(frozen=True, slots=True)
class Finding:
    """One reason for a verdict: in which file, what was found, where, and how grave it is.

    `rule` is a stable id, and `advice` one sentence on what to do about it; both are empty in
    inspections by engines before 2.0.
    """

    file: str
    what: str
    where: str
    severity: str
    rule: str = ""
    advice: str = ""


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
