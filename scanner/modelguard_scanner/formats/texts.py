"""Text files: licenses, model cards, scripts and templates as facts, what loaders act on."""

import re
from dataclasses import replace
from typing import Final

from modelguard_scanner.catalogue.models import TENSORFLOW_TEXT
from modelguard_scanner.catalogue.texts import CONFIG_CODE, TORCHSCRIPT_FILE
from modelguard_scanner.formats.code_texts import inspect_code_text
from modelguard_scanner.formats.config_texts import inspect_config_text
from modelguard_scanner.formats.json_files import inspect_json, starts_json
from modelguard_scanner.formats.model_card import note_card
from modelguard_scanner.formats.pieces import Piece, pieces
from modelguard_scanner.formats.templates import inspect_template, inspect_text_blocks
from modelguard_scanner.formats.wide_texts import as_utf8
from modelguard_scanner.limits import TooLarge
from modelguard_scanner.routing import HEAD
from modelguard_scanner.scanning import Member, Scan

TOLD: Final = 64 * 1024
"""Characters that facts are taken from."""
GRAPH_START: Final = re.compile(r"\bmeta_graphs\b")
GRAPH_TEXT: Final = re.compile(r"\s*(?::\s*)?(?:#[^\n]*\n\s*)*([{<]|\Z)")
"""TensorFlow also reads a SavedModel that is written out as text."""
GRAPH_WINDOW: Final = 1024
MOST_GRAPHS: Final = 1_000
"""How often a text that is no graph may name the key."""
SPDX: Final = re.compile(r"SPDX-License-Identifier:\s*([\w.+() -]{1,200})")
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
CODE_IN_GRAPHS: Final = (
    (
        "python_param",
        re.compile(r"python_param\s*:?\s*[{<]"),
        "a layer of Caffe imports a Python module",
    ),
    (
        "backend",
        re.compile(r"^\s*backend\s*:\s*[\"']python[\"']", re.MULTILINE),
        "Triton runs model.py",
    ),
)
"""Text forms of protocol buffers that name code."""


def inspect_texts(scan: Scan, member: Member, head: bytes) -> bool:
    """Inspect JSON and other text; return whether the bytes are text, of which all was read."""
    wide = as_utf8(scan, member, head)
    if wide is None:
        if b"\0" in head:
            if starts_json(scan, member, head):
                inspect_json(scan, member)  # some loaders read one document, whatever follows it
            return False
        return _inspect(scan, member, head)
    with wide:
        return _inspect(scan, replace(member, source=wide), wide.read_at(0, HEAD))


def _inspect(scan: Scan, member: Member, head: bytes) -> bool:
    if starts_json(scan, member, head) and inspect_json(scan, member):
        return True
    if member.source.size > scan.limits.max_search_bytes:
        raise TooLarge("bytes of a text", scan.limits.max_search_bytes)
    is_text = False
    for piece in pieces(scan, member.source):
        is_text = piece.is_text
        _search(scan, member, piece)
        if not is_text:
            return False  # whatever else it holds, it is not clean
    if is_text:
        scan.facts.add_format("text")
    return is_text


def _search(scan: Scan, member: Member, piece: Piece) -> None:
    """Take facts from a piece of text and look for what loaders act on."""
    text = piece.text
    name = re.split(r"[/!]", member.path)[-1].casefold()
    if piece.is_first:
        _license(scan, name, text[:TOLD])
    if piece.is_first and inspect_code_text(scan, member, name, text) == "Python":
        if "!code/" in member.path or "/code/" in member.path:
            _torchscript(scan, member, text)
        if name.endswith((".py", ".pyw")):
            return  # text that only reads like Python may be a configuration, too
    inspect_config_text(scan, member, text, is_whole=piece.is_whole)
    _graph(scan, member, text)
    for word, pattern, what in CODE_IN_GRAPHS:
        if word in text and pattern.search(text):
            scan.find(member, CONFIG_CODE, what)
    if name.endswith((".jinja", ".jinja2")):
        inspect_template(scan, member, text)
    else:
        inspect_text_blocks(scan, member, text)


def _license(scan: Scan, name: str, text: str) -> None:
    if note_card(scan.facts, text):
        return
    spdx = SPDX.search(text[:8192])
    if spdx and not name.endswith(".py"):
        scan.facts.add_license(spdx[1])
    elif name.startswith(LICENSE_NAMES):
        for pattern, license_id in LICENSE_TEXTS:
            if re.search(pattern, text):
                scan.facts.add_license(license_id)
                return


def _graph(scan: Scan, member: Member, text: str) -> None:
    for number, start in enumerate(GRAPH_START.finditer(text)):
        if number == MOST_GRAPHS or GRAPH_TEXT.match(
            text[start.end() : start.end() + GRAPH_WINDOW]
        ):
            scan.find(member, TENSORFLOW_TEXT)
            return


def _torchscript(scan: Scan, member: Member, text: str) -> None:
    found = TORCHSCRIPT_FILES.search(text)
    if found:
        message = f"TorchScript code touches files: {found[0]}"
        scan.find(member, TORCHSCRIPT_FILE, message)
