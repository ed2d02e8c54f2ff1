"""YAML, which is searched, not parsed: tags and Hydra targets that make a loader call Python."""

import re
from typing import Final

from modelguard_scanner.formats.templates import inspect_target
from modelguard_scanner.inspection import Inspection, Member
from modelguard_scanner.report import Severity

PYTHON_TAG: Final = re.compile(
    r"(?<![\w\"'`])!(?:!|<tag:yaml\.org,2002:)python/(?:object|name|module|apply)"
)
HIDDEN_TAG: Final = re.compile(
    r"^%TAG\s"  # a prefix for tags of its own
    r"|(?<![\w\"'`)\]/])!(?:<|\w*!)?[\w:./,-]*%[0-9A-Fa-f]{2}",  # a tag with escapes
    re.MULTILINE,
)
TARGET: Final = re.compile(r"(?<!\w)_target_['\"]?\s*:\s*(?:(['\"]?)([\w.]+)([^\s]?)|([*&!>|\"]))")
HIDDEN_KEY: Final = re.compile(r"\\(?:x[2-7]|u00[2-7]|U000000[2-7])[^\"\n]{0,64}\"[ \t]*:")
"""A double-quoted key that spells plain characters as escapes."""


def inspect_yaml(scan: Inspection, member: Member, text: str) -> None:
    """Report tags that unsafe loaders act on, and what Hydra's `instantiate` would call."""
    if _is_tagged(text):
        message = "a YAML tag makes unsafe loaders call Python"
        scan.find(member, "yaml-tag", Severity.SUSPICIOUS, message)
    if HIDDEN_KEY.search(text):
        message = "a key spells plain characters as escapes"
        scan.find(member, "yaml-hidden", Severity.SUSPICIOUS, message)
    for quote, name, following, other in {found.groups("") for found in TARGET.finditer(text)}:
        scan.budget.count_opcodes(1, 0)
        inspect_target(scan, member, name)
        if other or (quote and following == "\\"):
            message = "a configuration hides what it makes Hydra call"
            scan.find(member, "config-target", Severity.SUSPICIOUS, message)


def _is_tagged(text: str) -> bool:
    if HIDDEN_TAG.search(text):
        return True
    for found in PYTHON_TAG.finditer(text):
        line = text[text.rfind("\n", 0, found.start()) + 1 : found.start()]
        if not line.lstrip().startswith("#"):
            return True
    return False
