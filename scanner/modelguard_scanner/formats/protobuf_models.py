"""Protocol buffers have no magic: what parses to the last byte is tried as what it looks like."""

from modelguard_scanner.formats.onnx import OnnxReader, looks_like_onnx
from modelguard_scanner.formats.protobuf import BYTES, Message
from modelguard_scanner.formats.tensorflow import (
    TensorFlowReader,
    looks_like_graph,
    looks_like_keras_metadata,
    looks_like_saved_model,
)
from modelguard_scanner.limits import OverCap, ScanError
from modelguard_scanner.scanning import Member, Scan


def inspect_messages(scan: Scan, member: Member) -> bool:
    """Inspect ONNX and TensorFlow messages; return False if the bytes are neither."""
    root = Message(member.source, scan.budget, 0, member.source.size)
    try:
        kinds = root.kinds()
    except OverCap:
        raise
    except ScanError:
        return False
    reader = TensorFlowReader(scan, member)
    # Bytes that hold none of these fields are not read again to look into them.
    nodes, graphs = (1, BYTES) in kinds, (2, BYTES) in kinds
    tried = (
        (looks_like_onnx(root, kinds), OnnxReader(scan, member, root).read),
        (graphs and looks_like_saved_model(root), lambda: reader.saved_model(root)),
        (nodes and looks_like_graph(root), lambda: reader.graph_def(root)),
        (nodes and looks_like_keras_metadata(root), lambda: reader.keras_metadata(root)),
    )
    for fits, read in tried:
        if fits:
            read()
    return any(fits for fits, _ in tried)
