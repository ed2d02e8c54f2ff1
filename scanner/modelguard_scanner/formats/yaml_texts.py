"""YAML, which is searched, not parsed: tags and Hydra targets that make a loader call Python."""

import re
from typing import Final

from modelguard_scanner.catalogue.texts import CONFIG_TARGET_HIDDEN, YAML_HIDDEN, YAML_TAG
from modelguard_scanner.formats.templates import inspect_target
from modelguard_scanner.scanning import Member, Scan

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
COMMENT: Final = 256
"""Characters of a line within which a comment has to start."""


def inspect_yaml(scan: Scan, member: Member, text: str) -> None:
    """Report tags that unsafe loaders act on, and what Hydra's `instantiate` would call."""
    if "!" in text and _is_tagged(scan, text):
        scan.find(member, YAML_TAG)
    if "\\" in text and HIDDEN_KEY.search(text):
        scan.find(member, YAML_HIDDEN)
    if "_target_" not in text:
        return
    for found in TARGET.finditer(text):
        scan.budget.spend()
        quote, name, following, other = found.groups("")
        inspect_target(scan, member, name)
        if other or (quote and following == "\\"):
            scan.find(member, CONFIG_TARGET_HIDDEN)


def _is_tagged(scan: Scan, text: str) -> bool:
    """Return whether a tag stands outside comments."""
    if HIDDEN_TAG.search(text):
        return True
    end = -1
    for found in PYTHON_TAG.finditer(text):
        scan.budget.spend()
        if found.start() < end:
            continue
        start = text.rfind("\n", max(end, 0), found.start()) + 1 or max(end, 0)
        if not text[start : start + COMMENT].lstrip().startswith("#"):
            return True
        end = text.find("\n", found.start())
        if end < 0:
            return False
    return False
