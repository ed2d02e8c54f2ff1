"""JSON: configurations that name code, templates and Keras layers, and notebooks."""

import codecs
import json
import re
from typing import Final

from modelguard_scanner.catalogue.graphs import GRAPH_TEXT
from modelguard_scanner.formats.config_keys import CODE, IMPORTS
from modelguard_scanner.formats.config_tree import PLAIN
from modelguard_scanner.formats.configs import ConfigJudge
from modelguard_scanner.formats.json_reader import JsonReader, NotJson
from modelguard_scanner.formats.parsed import parsed_bytes
from modelguard_scanner.formats.search import search
from modelguard_scanner.formats.torch_graphs import inspect_export
from modelguard_scanner.limits import TooLarge
from modelguard_scanner.scanning import Member, Scan

HEADERS: Final = 2
"""How many times as long as other headers a JSON text may be: what does not matter is not kept."""
MARKS: Final = re.compile(
    rb'"(?:' + b"|".join(re.escape(key.encode()) for key in sorted(CODE | IMPORTS))
    + rb'|chat_template|class_name|_class_name|__loader__|__kind__|py\\?/\w+)"\s*:'
    + rb"|\\u00(?:5[fF]|6[1-9a-fA-F]|7[0-9aA])"
)  # fmt: skip
GRAPHS: Final = re.compile(
    rb'"(?:graph_module|expr_str|guards_code|range_constraints|irVersion|ir_version)"\s*:'
    rb"|\\u00(?:5[fF]|6[1-9a-fA-F]|7[0-9aA])"
)
"""Keys of exported graphs, or an escape that could spell one."""
VISIBLE: Final = re.compile(rb"\S")
BOM: Final = b"\xef\xbb\xbf"
CHECKED: Final = 1024 * 1024


def starts_json(scan: Scan, member: Member, head: bytes) -> bool:
    """Return whether the first byte that is not white space opens an object or an array."""
    start = head.removeprefix(BOM).lstrip()[:1]
    if not start and head:
        at = next(search(scan, member.source, VISIBLE), 0)
        start = member.source.read_at(at, 1)
    return start in (b"{", b"[")


def inspect_json(scan: Scan, member: Member) -> bool:
    """Judge all JSON documents of the bytes; return False if something else follows or precedes.

    Raises:
        TooLarge: the bytes may be JSON, and are too many to be read.
    """
    size = member.source.size
    longest = HEADERS * scan.limits.max_header_bytes
    if size > longest:
        if next(search(scan, member.source, MARKS), None) is None:
            return False
        raise TooLarge("bytes of a JSON document", longest)
    data = member.source.read_at(0, size)
    reader = JsonReader(scan, data, len(BOM) if data.startswith(BOM) else 0)
    judge = ConfigJudge(scan, member)
    documents = 0
    try:
        while not reader.at_end():
            scan.budget.check_time()
            root = reader.read()
            documents += 1
            if root is not PLAIN:
                judge.judge(root)
    except NotJson:
        return False
    if not _is_utf8(data):
        return False
    if documents == 1 and GRAPHS.search(data):
        _inspect_graph(scan, member, data)
    scan.facts.add_format("json" if documents == 1 else "text")
    return True


def _inspect_graph(scan: Scan, member: Member, data: bytes) -> None:
    """Judge a graph that a program exported as JSON, whose values matter by their places."""
    scan.budget.check_memory(parsed_bytes(data))
    root = json.loads(data.removeprefix(BOM))
    inspect_export(scan, member, root)
    if isinstance(root, dict) and "graph" in root and {"irVersion", "ir_version"} & root.keys():
        scan.find(member, GRAPH_TEXT)


def _is_utf8(data: bytes) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        for start in range(0, len(data), CHECKED):
            decoder.decode(data[start : start + CHECKED])
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True
