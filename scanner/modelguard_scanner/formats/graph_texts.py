"""Graphs of operators written as text, and XML: told, since no reader here follows them."""

import re
from typing import TYPE_CHECKING, Final

from modelguard_scanner.catalogue.graphs import (
    CAFFE_PYTHON,
    GRAPH_TEXT,
    GRAPH_UNREAD,
    TENSORFLOW_TEXT,
    XML_DOCTYPE,
)

if TYPE_CHECKING:
    from modelguard_scanner.scanning import Member, Scan

GRAPH_START: Final = re.compile(r"\bmeta_graphs\b")
GRAPH_TEXT_START: Final = re.compile(r"\s*(?::\s*)?(?:#[^\n]*\n\s*)*([{<]|\Z)")
"""TensorFlow also reads a SavedModel that is written out as text."""
GRAPH_WINDOW: Final = 1024
MOST_GRAPHS: Final = 1_000
"""How often a text that is not a graph may name the key."""
FIELDS: Final = (
    (("graph", "node", "function", "library"),
     re.compile(r"\b(?:graph|graph_def|node|function|library)\s*(?::\s*)?(?:#[^\n]*\n\s*)*[{<]"),
     re.compile(r"\b(?:op_type|op|external_data|ir_version|opset_import)\s*(?::\s*)?(?:#[^\n]*\n\s*)*[{<\"'\d]")),
    (("ir_version",), re.compile(r"<\s*ir_version\s*:"), re.compile(r"=>")),
    (("ersion", "opsetImport", "metaGraphs", "graphDef"),
     re.compile(r'"(?:irVersion|ir_version|opsetImport|metaGraphs|graphDef)"\s*:'),
     re.compile(r'"(?:graph|graphs|node|metaInfoDef|opType|op_type)"\s*:')),
)  # fmt: skip
"""Pairs that only graphs have: TensorFlow's and ONNX's text form, ONNX's own syntax, JSON.

Before them words one of which is in the first of the pair: to look for words is far cheaper.
"""
CAFFE: Final = re.compile(
    r"\btype\s*:\s*(?:[\"']Python[\"']|PYTHON\b)|\bpython_param\s*(?::\s*)?[{<]"
)
DOCTYPE: Final = re.compile(r"<!(?:DOCTYPE\b[^>]{0,4000}?(?:\[|SYSTEM|PUBLIC)|ENTITY\b)")
MARKUP: Final = re.compile(r"\s*(?:<\?xml|<!DOCTYPE|<!--|<[A-Za-z])")
HTML: Final = re.compile(r"<!DOCTYPE\s+html\b", re.IGNORECASE)

UNREAD: Final = (
    (re.compile(r"<(?:[\w.-]+:)?PMML[\s/>]"), "pmml", "PMML"),
    (re.compile(r"<net\s[^<]*?\bversion\s*="), "openvino", "OpenVINO's XML"),
    (re.compile(r"^[ \t]*program\s*\(\s*\d+\.\d+\s*\)\s*(?:[\[{]|$)", re.MULTILINE), "coreml",
     "a compiled CoreML program"),
)  # fmt: skip
"""Models as text, by a mark that their readers need; comments of any length may precede it."""


def inspect_graph_texts(scan: "Scan", member: "Member", text: str) -> None:
    """Report text that a loader would take as a graph, or XML that defines entities."""
    if MARKUP.match(text.removeprefix("\ufeff")):
        found = DOCTYPE.search(text)
        if found and not HTML.match(found[0]):
            scan.find(member, XML_DOCTYPE)
    for mark, form, name in UNREAD:
        if mark.search(text):
            scan.facts.add_format(form)
            scan.find(member, GRAPH_UNREAD, f"the parts of {name} are not judged by this engine")
    _saved_model(scan, member, text)
    has_python = "Python" in text or "PYTHON" in text or "python_param" in text
    if has_python and CAFFE.search(text) and re.search(r"\blayers?\s*(?::\s*)?[{<]", text):
        scan.find(member, CAFFE_PYTHON)
    for words, start, content in FIELDS:
        if any(word in text for word in words) and start.search(text) and content.search(text):
            scan.find(member, GRAPH_TEXT)
            return


def _saved_model(scan: "Scan", member: "Member", text: str) -> None:
    if "meta_graphs" not in text:
        return
    for number, start in enumerate(GRAPH_START.finditer(text)):
        if number == MOST_GRAPHS or GRAPH_TEXT_START.match(
            text[start.end() : start.end() + GRAPH_WINDOW]
        ):
            scan.find(member, TENSORFLOW_TEXT)
            return
