"""Findings as SARIF 2.1.0, which code hosts show on their scanning pages."""

from __future__ import annotations

import os
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

if TYPE_CHECKING:
    from collections.abc import Iterable

    from modelguard_scanner import Finding, Report
    from modelguard_scanner.catalogue import Rule

SCHEMA: Final = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
LEVELS: Final = {"malicious": "error", "suspicious": "warning", "inconclusive": "warning"}
"""Levels by verdict; `note` for all others."""
SCORES: Final = {"malicious": "9.0", "suspicious": "6.0", "inconclusive": "5.0"}
"""What code hosts make `critical` and `medium` of; `low` for all others."""
SOURCE_ROOT: Final = "%SRCROOT%"
"""The base of files below the working directory; code hosts take it for the repository's root."""
_ESCAPES: Final = str.maketrans({"{": "{{", "}": "}}", "[": "\\[", "]": "\\]", "\\": "\\\\"})


@dataclass(frozen=True, slots=True)
class Scanned:
    """A report on one file: its path below the root, its location, and what was found."""

    path: str
    source: Path
    report: Report

    def member_of(self, finding: Finding) -> str:
        """Return where in the file a finding is, as `outer!inner`; empty for the file itself."""
        shown = self.path.encode("ascii", "backslashreplace").decode()
        return finding.path.removeprefix(shown).removeprefix("!")


def document(scanned: Iterable[Scanned]) -> dict[str, Any]:
    """Return one SARIF log with one run for all files."""
    from modelguard_scanner import ENGINE_VERSION, RULES_VERSION  # noqa: PLC0415 - optional
    from modelguard_scanner.catalogue import all_rules  # noqa: PLC0415 - optional

    files = list(scanned)
    roots = _Roots()
    locations = [roots.location(file, index) for index, file in enumerate(files)]
    found = {finding.rule for file in files for finding in file.report.findings}
    rules = [rule for rule in all_rules() if rule.id in found]
    numbers = {rule.id: number for number, rule in enumerate(rules)}
    return {
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "ModelGuard",
                        "semanticVersion": ENGINE_VERSION,
                        "rules": [_rule(rule) for rule in rules],
                        "properties": {"rulesVersion": RULES_VERSION},
                    }
                },
                "invocations": [{"executionSuccessful": True}],
                "originalUriBaseIds": roots.uris,
                "artifacts": [
                    _artifact(file, location)
                    for file, location in zip(files, locations, strict=True)
                ],
                "results": [
                    _result(file, location, finding, numbers[finding.rule])
                    for file, location in zip(files, locations, strict=True)
                    for finding in file.report.findings
                ],
            }
        ],
    }


class _Roots:
    """What the relative URIs of a run are relative to.

    That is the working directory, or else the folder that was scanned.
    """

    def __init__(self) -> None:
        self._here = Path.cwd()
        self._names: dict[Path, str] = {}

    def location(self, file: Scanned, index: int) -> dict[str, Any]:
        source = Path(os.path.abspath(file.source))  # noqa: PTH100 - keeps links and drops `..`
        if source.is_relative_to(self._here):
            root, name = self._here, SOURCE_ROOT
        else:
            root = source.parents[file.path.count("/")]
            name = f"SCANROOT{len(self._names)}"
        base = self._names.setdefault(root, name)
        return {"uri": _encoded(source.relative_to(root)), "uriBaseId": base, "index": index}

    @property
    def uris(self) -> dict[str, Any]:
        return {
            name: {"uri": f"file://{_encoded(root).rstrip('/')}/"}
            for root, name in self._names.items()
        }


def _encoded(path: Path) -> str:
    """Return a path as part of a URI; a file system's bytes need not be UTF-8."""
    return quote(os.fsencode(path))


def _artifact(file: Scanned, location: dict[str, Any]) -> dict[str, Any]:
    report = file.report
    return {
        "location": {key: value for key, value in location.items() if key != "index"},
        "length": report.bytes_total,
        "roles": ["analysisTarget"],
        "properties": {"verdict": report.verdict, "format": report.facts.format},
    }


def _rule(rule: Rule) -> dict[str, Any]:
    summary = f"{rule.summary[0].upper()}{rule.summary[1:]}."
    return {
        "id": rule.id,
        "shortDescription": {"text": _literal(summary)},
        "fullDescription": {"text": _literal(f"{summary} For example: {rule.example}")},
        "help": {"text": _literal(rule.advice)},
        "defaultConfiguration": {"level": LEVELS.get(rule.severity, "note")},
        "properties": {
            "verdict": rule.severity,
            "security-severity": SCORES.get(rule.severity, "2.0"),
            "tags": ["security"],
        },
    }


def _result(
    file: Scanned, location: dict[str, Any], finding: Finding, number: int
) -> dict[str, Any]:
    member = file.member_of(finding)
    place: dict[str, Any] = {"physicalLocation": {"artifactLocation": location}}
    properties: dict[str, Any] = {"verdict": finding.severity}
    if member:
        place["logicalLocations"] = [
            {"fullyQualifiedName": f"{file.path}!{member}", "kind": "member"}
        ]
        properties["member"] = member
    if finding.offset is not None:
        # A member may be compressed: the offset in it is none in the file, as a region would say.
        if member:
            properties["memberOffset"] = finding.offset
        else:
            place["physicalLocation"]["region"] = {"byteOffset": finding.offset}
    told = f"{member}: {finding.message}" if member else finding.message
    identity = "\n".join((location["uri"], member, finding.rule, finding.message))
    return {
        "ruleId": finding.rule,
        "ruleIndex": number,
        "level": LEVELS.get(finding.severity, "note"),
        "message": {"text": _literal(f"{told}. {finding.advice}".rstrip())},
        "locations": [place],
        "partialFingerprints": {"finding/v1": sha256(identity.encode()).hexdigest()},
        "properties": properties,
    }


def _literal(text: str) -> str:
    """Escape what SARIF reads as a placeholder or a link: the text is the artifact's in part."""
    return text.translate(_ESCAPES)
