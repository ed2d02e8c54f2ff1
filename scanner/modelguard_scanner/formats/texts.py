"""Text files: licenses, model cards, scripts and templates as facts, what loaders act on."""

import re
from dataclasses import replace
from typing import Final

from modelguard_scanner.catalogue.texts import CONFIG_CODE
from modelguard_scanner.formats.code_texts import inspect_code_text
from modelguard_scanner.formats.config_texts import inspect_config_text
from modelguard_scanner.formats.graph_texts import inspect_graph_texts
from modelguard_scanner.formats.json_files import inspect_json, starts_json
from modelguard_scanner.formats.model_card import note_card
from modelguard_scanner.formats.pieces import Piece, pieces
from modelguard_scanner.formats.templates import inspect_template, inspect_text_blocks
from modelguard_scanner.formats.torch_graphs import inspect_code
from modelguard_scanner.formats.wide_texts import as_utf8
from modelguard_scanner.limits import TooLarge
from modelguard_scanner.routing import HEAD
from modelguard_scanner.scanning import Member, Scan

TOLD: Final = 64 * 1024
"""Characters that facts are taken from."""
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
TRITON: Final = re.compile(r"^\s*backend\s*:\s*[\"']python[\"']", re.MULTILINE)
"""A configuration of Triton's that runs `model.py`."""


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
        # PyTorch finds its members whatever their case.
        if re.search(r"[!/]code/", member.path.casefold()):
            inspect_code(scan, member, text)
        if name.endswith((".py", ".pyw")):
            return  # text that only reads like Python may be a configuration, too
    inspect_config_text(scan, member, text, is_whole=piece.is_whole)
    inspect_graph_texts(scan, member, text)
    if "backend" in text and TRITON.search(text):
        scan.find(member, CONFIG_CODE, "Triton runs model.py")
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
