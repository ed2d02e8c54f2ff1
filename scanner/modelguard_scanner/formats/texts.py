"""Text files: licenses, model cards, scripts and templates as facts, YAML tags as findings."""

import re
from typing import Final

from modelguard_scanner.formats.templates import inspect_template, inspect_text_blocks
from modelguard_scanner.formats.yaml_texts import inspect_yaml
from modelguard_scanner.inspection import Inspection, Member
from modelguard_scanner.report import Severity

TOLD: Final = 1024 * 1024
"""Bytes that facts are taken from."""
SEARCHED: Final = 8 * 1024 * 1024
"""Bytes that are searched for what loaders act on."""
GRAPH_TEXT: Final = re.compile(r"\bmeta_graphs\s*(?::\s*)?(?:#[^\n]*\n\s*)*[{<]")
"""TensorFlow also reads a SavedModel that is written out as text."""
FRONT_MATTER: Final = re.compile(r"\A---\s*\n(.*?)\n---", re.DOTALL)
LICENSE_LINE: Final = re.compile(r"^license:\s*['\"]?([\w.+-]+)", re.MULTILINE)
SPDX: Final = re.compile(r"SPDX-License-Identifier:\s*([\w.+() -]+)")
LICENSE_TEXTS: Final = (
    (r"Apache License\s+Version 2\.0", "Apache-2.0"),
    (r"GNU AFFERO GENERAL PUBLIC LICENSE\s+Version 3", "AGPL-3.0-only"),
    (r"GNU LESSER GENERAL PUBLIC LICENSE\s+Version 3", "LGPL-3.0-only"),
    (r"GNU GENERAL PUBLIC LICENSE\s+Version 3", "GPL-3.0-only"),
    (r"GNU GENERAL PUBLIC LICENSE\s+Version 2", "GPL-2.0-only"),
    (r"Mozilla Public License Version 2\.0", "MPL-2.0"),
    (r"Permission is hereby granted, free of charge, to any person obtaining a copy", "MIT"),
    (r"Neither the name of [\s\S]{0,200}may be used to endorse", "BSD-3-Clause"),
    (r"Redistribution and use in source and binary forms", "BSD-2-Clause"),
    (r"Attribution-NonCommercial 4\.0 International", "CC-BY-NC-4.0"),
    (r"Attribution-ShareAlike 4\.0 International", "CC-BY-SA-4.0"),
    (r"Attribution 4\.0 International", "CC-BY-4.0"),
    (r"CC0 1\.0 Universal", "CC0-1.0"),
    (r"This is free and unencumbered software", "Unlicense"),
)
LICENSE_NAMES: Final = ("license", "licence", "copying")
TORCHSCRIPT_FILES: Final = re.compile(
    r"\b(?:torch\.(?:from_file|save|load)|ops\.aten\.(?:save|from_file))\s*\("
)
PYTHON: Final = re.compile(
    r"^(?:from [\w.]+ import |import \w+|def \w+\(|class \w+[:(])", re.MULTILINE
)


def inspect_text(scan: Inspection, member: Member, head: bytes) -> None:
    """Take facts from text and look for what loaders act on; what is no text is left alone."""
    if b"\0" in head:
        return
    data = member.source.read_at(0, SEARCHED)
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        text = data.decode("latin-1")
    name = re.split(r"[/!]", member.path)[-1].casefold()
    _license(scan, name, text[:TOLD])
    if name.endswith(".py") or len(PYTHON.findall(text[:8192])) > 1:
        scan.facts.add_note(f"Python code: {member.path}")
        if "!code/" in member.path or "/code/" in member.path:
            _torchscript(scan, member, text)
    elif text.startswith("#!"):
        scan.facts.add_note(f"script: {member.path}")
    if name.endswith(".py"):
        return
    inspect_yaml(scan, member, text)
    if GRAPH_TEXT.search(text):
        message = "a SavedModel in the form of text cannot be read by this engine"
        scan.find(member, "tensorflow-text", Severity.INCONCLUSIVE, message)
    if name.endswith((".jinja", ".jinja2")):
        inspect_template(scan, member, text)
    else:
        inspect_text_blocks(scan, member, text)


def _license(scan: Inspection, name: str, text: str) -> None:
    front = FRONT_MATTER.match(text)
    line = LICENSE_LINE.search(front[1]) if front else None
    spdx = SPDX.search(text[:8192])
    if line:
        scan.facts.add_license(line[1])
    elif spdx and not name.endswith(".py"):
        scan.facts.add_license(spdx[1])
    elif name.startswith(LICENSE_NAMES):
        for pattern, license_id in LICENSE_TEXTS:
            if re.search(pattern, text):
                scan.facts.add_license(license_id)
                return


def _torchscript(scan: Inspection, member: Member, text: str) -> None:
    found = TORCHSCRIPT_FILES.search(text)
    if found:
        message = f"TorchScript code touches files: {found[0]}"
        scan.find(member, "torchscript-file", Severity.SUSPICIOUS, message)
