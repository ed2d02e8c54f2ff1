"""JSON: configurations that name code, templates and Keras layers, and notebooks."""

import json
import re
from collections.abc import Iterator
from typing import Final

from modelguard_scanner.formats.keras_config import dicts, inspect_keras_config
from modelguard_scanner.formats.search import search
from modelguard_scanner.formats.templates import inspect_target, inspect_template
from modelguard_scanner.inspection import Inspection, Member
from modelguard_scanner.limits import OverCap, ScanError
from modelguard_scanner.report import Severity

MARKS: Final = re.compile(
    rb'"(?:auto_map|custom_pipelines|chat_template|class_name|nbformat|transformers_version|license'
    rb'|trust_remote_code|template|_target_)"|\\u00[2-7]'
)
"""Keys that matter, or an escape that could spell one."""
VISIBLE: Final = re.compile(rb"\S")


def starts_json(scan: Inspection, member: Member, head: bytes) -> bool:
    """Say if the first byte that is no white space opens an object or an array."""
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()[:1]
    if not start and head:
        at = next(search(scan, member.source, VISIBLE), 0)
        start = member.source.read_at(at, 1)
    return start in (b"{", b"[")


def inspect_json(scan: Inspection, member: Member) -> bool:
    """Judge a JSON document; return False if the bytes are none, or hold nothing that matters."""
    if next(search(scan, member.source, MARKS), None) is None:
        return False
    size = member.source.size
    if size > scan.limits.max_header_bytes:
        if _is_lines(member):
            return False
        raise OverCap("bytes of a JSON document", scan.limits.max_header_bytes)
    data = member.source.read_at(0, size)
    if data.count(b"{") + data.count(b"[") > scan.limits.max_values:
        raise OverCap("values in a JSON document", scan.limits.max_values)
    text = data.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "replace").strip()
    try:
        root, end = _decoder(scan, member).raw_decode(text)
    except RecursionError as error:
        raise ScanError("json-nesting", "values inside of each other") from error
    except ValueError:
        return False
    _judge(scan, member, root)
    return end == len(text)  # behind a first document, YAML may hold others


def _decoder(scan: Inspection, member: Member) -> json.JSONDecoder:
    def checked(pairs: list[tuple[str, object]]) -> dict[str, object]:
        if len({key for key, _ in pairs}) != len(pairs):
            message = "a key stands twice: programs that read either disagree"
            scan.find(member, "json-duplicate", Severity.SUSPICIOUS, message)
        return dict(pairs)

    return json.JSONDecoder(object_pairs_hook=checked)


def _is_lines(member: Member) -> bool:
    """Say if the data are JSON lines, which no configuration is."""
    line = member.source.read_at(0, 1024 * 1024).partition(b"\n")[0]
    try:
        json.loads(line)
    except ValueError:
        return False
    return True


def _judge(scan: Inspection, member: Member, root: object) -> None:
    if isinstance(root, dict):
        _facts(scan, root)
        if isinstance(root.get("cells"), list) and "nbformat" in root:
            scan.facts.add_format("notebook")
            root = {key: value for key, value in root.items() if key != "cells"}
    scan.facts.add_format("json")
    inspect_keras_config(scan, member, root)
    for node in dicts(root):
        for key in ("auto_map", "custom_pipelines"):
            if node.get(key):
                message = f"{key} makes loaders import code: {json.dumps(node[key])}"
                scan.find(member, "config-code", Severity.SUSPICIOUS, message)
        if node.get("trust_remote_code") is True:
            message = "trust_remote_code is set in the configuration"
            scan.find(member, "config-code", Severity.SUSPICIOUS, message)
        inspect_target(scan, member, node.get("_target_"))
        for key in ("chat_template", "template"):
            for text in _texts(node.get(key)):
                inspect_template(scan, member, text)


def _texts(value: object) -> Iterator[str]:
    """Yield the templates under a key: one, several, or several by name."""
    items = value if isinstance(value, list) else [value]
    items = list(value.values()) if isinstance(value, dict) else items
    yield from (item for item in items if isinstance(item, str))


def _facts(scan: Inspection, root: dict[str, object]) -> None:
    for key, library in (("transformers_version", "transformers"), ("keras_version", "keras")):
        if isinstance(root.get(key), str):
            scan.facts.add_version(library, str(root[key]))
    if isinstance(root.get("license"), str):
        scan.facts.add_license(str(root["license"]))
    if isinstance(root.get("model_type"), str):
        scan.facts.add_note(f"model type {root['model_type']}")
