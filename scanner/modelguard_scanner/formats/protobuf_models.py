"""Protocol buffers have no magic: what parses to the last byte is tried as what it looks like."""

from typing import Final

from modelguard_scanner.catalogue.graphs import GRAPH_UNREAD
from modelguard_scanner.formats.onnx import OnnxReader, looks_like_onnx
from modelguard_scanner.formats.protobuf import BYTES, VARINT, Message
from modelguard_scanner.formats.tensorflow import (
    TensorFlowReader,
    has_library,
    is_fingerprint,
    looks_like_graph,
    looks_like_keras_metadata,
    looks_like_meta_graph,
    looks_like_saved_model,
)
from modelguard_scanner.limits import OverCap, ScanError
from modelguard_scanner.scanning import Member, Scan

COREML_HEAD: Final = frozenset({1, 2, 3, 10})
"""Fields of a CoreML model about itself: version, description, function, updatable."""
COREML_TYPES: Final = range(200, 4_000)
"""Fields one of which holds the model, by its type."""


def inspect_messages(scan: Scan, member: Member) -> bool:
    """Inspect ONNX and TensorFlow messages; return False if the bytes are neither."""
    root = Message(member.source, scan.budget, 0, member.source.size)
    try:
        kinds = root.kinds()
    except OverCap:
        raise
    except ScanError:
        return False
    if _looks_like_coreml(root, kinds):
        scan.facts.add_format("coreml")
        message = "the parts of a CoreML model are not judged by this engine"
        scan.find(member, GRAPH_UNREAD, message)
        return True
    reader = TensorFlowReader(scan, member)
    # Bytes that hold none of these fields are not read again to look into them.
    nodes, graphs = (1, BYTES) in kinds, (2, BYTES) in kinds
    if is_fingerprint(root, kinds):
        scan.facts.add_format("tensorflow-fingerprint")
        return True
    tried = (
        (looks_like_onnx(root, kinds), OnnxReader(scan, member, root).read),
        (graphs and looks_like_saved_model(root), lambda: reader.saved_model(root)),
        (graphs and looks_like_meta_graph(root), lambda: reader.meta_graph(root)),
        (
            (nodes and looks_like_graph(root)) or (graphs and has_library(root)),
            lambda: reader.graph_def(root),
        ),
        (nodes and looks_like_keras_metadata(root), lambda: reader.keras_metadata(root)),
    )
    for fits, read in tried:
        if fits:
            read()
    return any(fits for fits, _ in tried)


def _looks_like_coreml(root: Message, kinds: set[tuple[int, int]]) -> bool:
    """Return whether a message has a version, and a field that holds a model by its type."""
    if (1, VARINT) not in kinds or not {number for number, _ in kinds} <= COREML_HEAD:
        return False
    typed = False
    for field in root.fields(numbers=False):
        if field.number in COREML_TYPES and field.wire == BYTES:
            typed = True
        elif field.number not in COREML_HEAD:
            return False
    return typed
