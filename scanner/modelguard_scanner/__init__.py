"""Inspects machine-learning artifacts by byte ranges, without ever loading them.

from modelguard_scanner import FileSource, scan

with FileSource("model.pt") as source:
    report = scan(source, path="model.pt")
print(report.verdict, report.findings, report.facts)
"""

from modelguard_scanner.engine import scan
from modelguard_scanner.facts import merge as merge_facts
from modelguard_scanner.limits import Limits
from modelguard_scanner.report import (
    ENGINE_VERSION,
    RULES_VERSION,
    Facts,
    Finding,
    Report,
    Severity,
    Tensor,
    Verdict,
)
from modelguard_scanner.routing import COMPANION_FORMATS
from modelguard_scanner.rules import DEFAULT, Rules
from modelguard_scanner.source import BytesSource, FileSource, Source, SourceError

__all__ = [
    "COMPANION_FORMATS",
    "DEFAULT",
    "ENGINE_VERSION",
    "RULES_VERSION",
    "BytesSource",
    "Facts",
    "FileSource",
    "Finding",
    "Limits",
    "Report",
    "Rules",
    "Severity",
    "Source",
    "SourceError",
    "Tensor",
    "Verdict",
    "merge_facts",
    "scan",
]
