"""JSON: configurations that name code, templates and Keras layers, and notebooks."""

import json
import re
from collections.abc import Iterator
from typing import Final

from modelguard_scanner.catalogue.texts import CONFIG_CODE, JSON_DUPLICATE, JSON_NESTING
from modelguard_scanner.formats.keras_config import dicts, inspect_keras_config
from modelguard_scanner.formats.model_config import note_config
from modelguard_scanner.formats.parsed import parsed_bytes
from modelguard_scanner.formats.search import search
from modelguard_scanner.formats.templates import inspect_target, inspect_template
from modelguard_scanner.limits import ScanError, TooLarge
from modelguard_scanner.scanning import Member, Scan
from modelguard_scanner.source import SubSource

MARKS: Final = re.compile(
    rb'"(?:auto_map|custom_pipelines|chat_template|class_name|transformers_version|license'
    rb"|trust_remote_code|template|_target_|architectures|model_type|base_model_name_or_path"
    rb'|keras_version)"\s*(?::\s*(?:["{\[t]|\Z)|\Z)'
    rb"|\\u00(?:5[fF]|6[1-9a-fA-F]|7[0-9aA])"
)
"""Keys that matter, but not with numbers, as in vocabularies; or an escape that could spell one."""
NOTEBOOK: Final = re.compile(rb'"nbformat"\s*:')
VISIBLE: Final = re.compile(rb"\S")
LINE: Final = 1024 * 1024


def starts_json(scan: Scan, member: Member, head: bytes) -> bool:
    """Return whether the first byte that is not white space opens an object or an array."""
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()[:1]
    if not start and head:
        at = next(search(scan, member.source, VISIBLE), 0)
        start = member.source.read_at(at, 1)
    return start in (b"{", b"[")


def inspect_json(scan: Scan, member: Member) -> bool:
    """Judge a JSON document; return False if the bytes are none, or hold nothing that matters.

    Raises:
        TooLarge: the document is one, and too large to be parsed.
    """
    matters = next(search(scan, member.source, MARKS), None) is not None
    size = member.source.size
    if size > scan.limits.max_header_bytes:
        if not matters or _is_lines(scan, member):
            return False
        raise TooLarge("bytes of a JSON document", scan.limits.max_header_bytes)
    data = member.source.read_at(0, size)
    if not (matters or NOTEBOOK.search(data)):
        return False
    scan.budget.check_memory(parsed_bytes(data))
    text = data.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "replace").strip()
    try:
        root, end = _decoder(scan, member).raw_decode(text)
    except RecursionError as error:
        raise ScanError(JSON_NESTING) from error
    except ValueError:
        return False
    _judge(scan, member, root)
    return end == len(text) and "\ufffd" not in text  # after a first document, YAML may hold others


def _decoder(scan: Scan, member: Member) -> json.JSONDecoder:
    def checked(pairs: list[tuple[str, object]]) -> dict[str, object]:
        scan.budget.spend(1 + len(pairs))
        unique = dict(pairs)
        if len(unique) != len(pairs):
            scan.find(member, JSON_DUPLICATE)
        return unique

    return json.JSONDecoder(object_pairs_hook=checked)


def _is_lines(scan: Scan, member: Member) -> bool:
    """Return whether the data are JSON lines, which no loader of a configuration reads.

    Something has to follow the first line: one document and blanks are a configuration.
    """
    line = member.source.read_at(0, LINE).partition(b"\n")[0]
    try:
        json.loads(line)
    except (ValueError, RecursionError):
        return False
    rest = SubSource(member.source, len(line), member.source.size)
    return next(search(scan, rest, VISIBLE), None) is not None


def _judge(scan: Scan, member: Member, root: object) -> None:
    if isinstance(root, dict):
        note_config(scan.facts, root)
        if isinstance(root.get("cells"), list) and "nbformat" in root:
            scan.facts.add_format("notebook")
            root = {key: value for key, value in root.items() if key != "cells"}
    scan.facts.add_format("json")
    inspect_keras_config(scan, member, root)
    for node in dicts(root):
        scan.budget.spend()
        for key in ("auto_map", "custom_pipelines"):
            if node.get(key):
                message = f"{key} makes loaders import code: {json.dumps(node[key])[:200]}"
                scan.find(member, CONFIG_CODE, message)
        if node.get("trust_remote_code") is True:
            scan.find(member, CONFIG_CODE, "trust_remote_code is set in the configuration")
        inspect_target(scan, member, node.get("_target_"))
        for key in ("chat_template", "template"):
            for text in _texts(node.get(key)):
                inspect_template(scan, member, text)


def _texts(value: object) -> Iterator[str]:
    """Yield the templates under a key: one, several, or several by name."""
    items = value if isinstance(value, list) else [value]
    items = list(value.values()) if isinstance(value, dict) else items
    yield from (item for item in items if isinstance(item, str))
