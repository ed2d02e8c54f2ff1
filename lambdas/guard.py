"""The guard: runs the scanner on a version's files and translates its reports for the registry."""

import os
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from hashlib import sha256
from typing import Any, Final

from modelguard_scanner import (
    COMPANION_FORMATS,
    ENGINE_VERSION,
    RULES_VERSION,
    BytesSource,
    Limits,
    Report,
    Rules,
    Source,
    merge_facts,
    scan,
)

from lambdas.contract.environment import ENV_GUARD_CLASSES, ENV_GUARD_FORMATS
from lambdas.contract.limits import INSPECTION_SECONDS, SMALL_INSPECTION_SECONDS
from lambdas.registry.uploads.small import IncomingFile
from lambdas.registry.verdict import Finding, Inspection, Verdict

_BY_SEVERITY: Final = (
    Verdict.CLEAN,
    Verdict.UNKNOWN,
    Verdict.SUSPICIOUS,
    Verdict.INCONCLUSIVE,
    Verdict.MALICIOUS,
)
"""Best first: unread content outranks suspicious content, and known danger outranks both."""
_MAX_FINDINGS: Final = 100
_MAX_FACTS: Final = 20


@dataclass(frozen=True, slots=True)
class Subject:
    """One file to inspect; its path appears in findings and has no influence on the verdict."""

    path: str
    source: Source


def rules_version() -> str:
    """Return the version of the rules, with a hash of the operator's own settings if any."""
    settings = f"{os.environ.get(ENV_GUARD_CLASSES, '')}|{os.environ.get(ENV_GUARD_FORMATS, '')}"
    if settings == "|":
        return RULES_VERSION
    return f"{RULES_VERSION}+{sha256(settings.encode()).hexdigest()[:8]}"


def inspect_upload(artifact_type: str, files: Sequence[IncomingFile]) -> Inspection:
    """Inspect the files of a small upload, in memory."""
    subjects = (Subject(file.path, BytesSource(file.content)) for file in files)
    return inspect(artifact_type, subjects, seconds=SMALL_INSPECTION_SECONDS)


def inspect(
    artifact_type: str,
    subjects: Iterable[Subject],
    *,
    seconds: float = INSPECTION_SECONDS,
    on_danger: Callable[[Inspection], None] = lambda _: None,
) -> Inspection:
    """Inspect files within `seconds` in total; files not read in that time are inconclusive.

    `on_danger` gets what is known as soon as a file turns out to be malicious, once.

    Raises:
        modelguard_scanner.SourceError: A source failed, so that there is no verdict; try again.
    """
    rules = _rules(artifact_type)
    deadline = time.monotonic() + seconds
    reports: list[Report] = []
    is_reported = False
    for subject in subjects:
        report = scan(
            subject.source,
            path=subject.path,
            policy=rules,
            limits=Limits(max_seconds=max(0.0, deadline - time.monotonic())),
            expects_code=artifact_type == "code",
        )
        reports.append(report)
        if not is_reported and report.verdict.value == Verdict.MALICIOUS.value:
            is_reported = True
            on_danger(_summary(reports))
    return _summary(reports)


def _rules(artifact_type: str) -> Rules:
    formats = _listed(ENV_GUARD_FORMATS) if artifact_type == "model" else frozenset()
    return Rules(
        extra_allowed=_listed(ENV_GUARD_CLASSES),
        allowed_formats=formats | COMPANION_FORMATS if formats else None,
    )


def _listed(variable: str) -> frozenset[str]:
    return frozenset(filter(None, os.environ.get(variable, "").split(",")))


def _summary(reports: list[Report]) -> Inspection:
    """Combine the reports on a version's files into one inspection, the largest file first."""
    reports = sorted(reports, key=lambda report: -report.bytes_total)
    verdicts = [Verdict(report.verdict.value) for report in reports]
    findings = sorted(
        (finding for report in reports for finding in report.findings),
        key=lambda finding: -_severity_rank(finding.severity.value),
    )
    return Inspection(
        verdict=max(verdicts, key=_BY_SEVERITY.index),
        findings=tuple(
            Finding(
                file=finding.path,
                what=f"{finding.rule}: {finding.message}",
                where="" if finding.offset is None else f"offset {finding.offset}",
                severity=finding.severity.value,
                rule=finding.rule,
                advice=finding.advice,
            )
            for finding in findings[:_MAX_FINDINGS]
        ),
        facts=_facts(reports),
        engine=ENGINE_VERSION,
        rules=rules_version(),
        bytes_read=sum(report.bytes_read for report in reports),
        bytes_total=sum(report.bytes_total for report in reports),
    )


def _severity_rank(severity: str) -> int:
    return -1 if severity == "info" else _BY_SEVERITY.index(Verdict(severity))


def _facts(reports: list[Report]) -> dict[str, Any]:
    facts = merge_facts(report.facts for report in reports)
    return {
        "format": facts.format,
        "formats": list(facts.formats),
        "tensor_count": facts.tensor_count,
        "parameter_count": facts.parameter_count,
        "dtypes": facts.dtypes,
        "shapes": list(facts.shapes),
        "tensors": [asdict(tensor) for tensor in facts.tensors],
        "versions": facts.versions,
        "license": facts.license,
        "base_models": list(facts.base_models),
        "datasets": list(facts.datasets),
        "task": facts.task,
        "architectures": list(facts.architectures),
        "notes": list(facts.notes[:_MAX_FACTS]),
    }
