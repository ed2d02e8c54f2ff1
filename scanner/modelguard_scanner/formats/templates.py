"""Chat templates and Hydra targets: text that programs render or call.

Templates are Jinja, which some programs render without a sandbox (CVE-2024-34359).
"""

import re
from typing import Final

from modelguard_scanner.catalogue.texts import (
    CONFIG_TARGET,
    CONFIG_TARGET_DANGEROUS,
    TEMPLATE_INJECTION,
    TEMPLATE_ODD,
    TEMPLATE_SIZE,
    TEMPLATE_TEXT,
)
from modelguard_scanner.report import Severity
from modelguard_scanner.rules import is_standard_library
from modelguard_scanner.scanning import Member, Scan

_INSIDE: Final = r"""(?:'(?:\\.|[^'\\])*(?:'|\Z)|"(?:\\.|[^"\\])*(?:"|\Z)|[^'"])*?"""
"""Anything up to what ends a block outside of a string."""
BLOCK: Final = re.compile(rf"\{{\{{{_INSIDE}(?:\}}\}}|\Z)|\{{%{_INSIDE}(?:%\}}|\Z)", re.DOTALL)
MAX_TEMPLATE: Final = 1024 * 1024
ESCAPES: Final = re.compile(
    r"__[a-z_]+__"  # the way from any object to all classes
    r"|(?i:\\x5f|\\u005f|\\u0000005f|\\n\{low line\}|\\137|%c%c|%5f)"  # an underscore in disguise
    r"|\bpopen\b|\bsubprocess\b|\bbuiltins\b|\bimport_module\b|\bmro\s*\("
    r"|\b(?:lipsum|cycler|joiner|get_flashed_messages|url_for)\b\s*[.\[|]"
    r"|\bos\s*\.\s*\w+\s*\(|\b(?:eval|exec|getattr|__import__)\s*\("
)
INTERNALS: Final = re.compile(r"[.'\"]\s*__(?:mro|bases?|subclasses|globals|builtins|import)__")
ODD: Final = re.compile(
    r"\|\s*attr\s*\(|\|\s*map\s*\(\s*attribute\s*=\s*['\"]_|\.\s*_\w+|\[\s*['\"]_"
    r"|\{%-?\s*(?:include|import|from|extends)\b|\bself\s*[.\[]|['\"]__?['\"]\s*[~+]|['\"]_['\"]\s*\*"
    r"|\bformat_map\b|\brequest\s*[.\[]|\bconfig\s*[.\[]"
    r"|\\x[2-7]|\\u00[2-7]|\\U0000|\\N\{|\\[01][0-7]{2}"  # a plain character in disguise
    r"|=\s*['\"]_+['\"]|['\"]attr['\"]|attribute\s*=\s*[^'\"\s]"
    r"|\[[^\[\]]*?(?:~|['\"]\s*\+|\+\s*['\"])"  # a key that is put together
)


def inspect_template(scan: Scan, member: Member, template: str) -> None:
    """Look for expressions that reach for Python's internals."""
    if len(template) > MAX_TEMPLATE:
        message = "a template over 1 MiB"
        scan.find(member, TEMPLATE_SIZE, message)
    for block in BLOCK.finditer(template[:MAX_TEMPLATE]):
        scan.budget.spend()
        found = ESCAPES.search(block[0])
        if found:
            message = f"a template reaches for Python's internals: {found[0]}"
            scan.find(member, TEMPLATE_INJECTION, message)
        elif ODD.search(block[0]):
            message = f"a template does what chat templates do not need: {block[0][:80]}"
            scan.find(member, TEMPLATE_ODD, message)


def inspect_text_blocks(scan: Scan, member: Member, text: str) -> None:
    """Look for the same in text that is a template only if a program says so."""
    found = INTERNALS.search(text) if "__" in text else None
    if found and any(INTERNALS.search(block[0]) for block in BLOCK.finditer(text)):
        message = f"as a template, the text reaches for Python's internals: {found[0]}"
        scan.find(member, TEMPLATE_TEXT, message)


def inspect_target(scan: Scan, member: Member, target: object) -> None:
    """Judge the name that Hydra's `instantiate` would import and call (CVE-2025-23304)."""
    if not isinstance(target, str):
        return
    module, _, name = target.rpartition(".")
    severity = scan.rules.judge(module, name)
    top = module.partition(".")[0]
    if severity is Severity.SUSPICIOUS and not (is_standard_library(top) or top == "hydra"):
        return  # classes of a project's own are what targets are for
    if severity is not Severity.INFO:
        dangerous = severity is Severity.MALICIOUS
        message = f"a configuration makes Hydra call {target}"
        scan.find(member, CONFIG_TARGET_DANGEROUS if dangerous else CONFIG_TARGET, message)
