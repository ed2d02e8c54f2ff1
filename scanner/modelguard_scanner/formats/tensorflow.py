"""TensorFlow graphs: SavedModel, frozen graphs and the Keras metadata next to them.

Source: tensorflow/core/protobuf/{saved_model,meta_graph,saved_object_graph}.proto and
tensorflow/core/framework/{graph,node_def,function}.proto; the numbers are their field numbers.
"""

import json
from collections.abc import Iterator
from typing import Final

from modelguard_scanner.catalogue.models import KERAS_CONFIG, TENSORFLOW_OP, TENSORFLOW_OP_DANGEROUS
from modelguard_scanner.formats.keras_config import inspect_keras_config
from modelguard_scanner.formats.protobuf import BYTES, Message
from modelguard_scanner.limits import ScanError
from modelguard_scanner.scanning import Member, Scan

PYTHON_OPS: Final = frozenset({"PyFunc", "PyFuncStateless", "EagerPyFunc", "NumpyFunction"})
WRITING_OPS: Final = frozenset({"WriteFile", "WriteGraphSummary", "WriteRawProtoSummary",
    "CreateSummaryFileWriter", "CreateSummaryDbWriter", "DebugIdentity", "DebugIdentityV2",
    "DebugIdentityV3", "DebugNanCount", "DebugNumericSummary", "DebugNumericSummaryV2",
    "SaveDataset", "SaveDatasetV2", "DatasetToTFRecord", "DumpTensor", "LoadLibrary",
    "XlaLaunchPython", "RenameFile", "DeleteFile"})  # fmt: skip
READING_OPS: Final = frozenset({"ReadFile", "MatchingFiles", "MatchingFilesDataset", "ReaderRead",
    "ReaderReadV2", "WholeFileReader", "WholeFileReaderV2", "TextLineReader", "TextLineReaderV2",
    "TextLineDataset", "TFRecordReader", "TFRecordReaderV2", "TFRecordDataset", "LMDBReader",
    "FixedLengthRecordReader", "FixedLengthRecordReaderV2", "FixedLengthRecordDataset",
    "FixedLengthRecordDatasetV2", "ImmutableConst", "SqlDataset", "LoadDataset", "LoadDatasetV2",
    "DecodeProtoV2", "EncodeProto", "RpcCall", "RpcClient", "RpcServer", "RemoteCall",
    "RemoteFusedGraphExecute", "GenerateVocabRemapping", "LoadAndRemapMatrix",
    "PrintV2", "DatasetFromGraph"})  # fmt: skip
CUSTOM_METADATA: Final = 1024 * 1024


def looks_like_saved_model(root: Message) -> bool:
    """Say if a message is a SavedModel: field 2 holds meta graphs, not ONNX's producer name."""
    try:
        return any((2, BYTES) in meta_graph.kinds() for meta_graph in root.messages(2))
    except ScanError:
        return False


def looks_like_graph(root: Message) -> bool:
    """Say if a message is a GraphDef: some node has a name and an operation."""
    try:
        return any({(1, BYTES), (2, BYTES)} <= node.kinds() for node in root.messages(1))
    except ScanError:
        return False


def looks_like_keras_metadata(root: Message) -> bool:
    """Say if a message is a SavedMetadata: some node has an identifier and metadata."""
    try:
        return any({(4, BYTES), (5, BYTES)} <= node.kinds() for node in root.messages(1))
    except ScanError:
        return False


class TensorFlowReader:
    """Judges the operations of all graphs and functions."""

    def __init__(self, scan: Scan, member: Member) -> None:
        self._scan = scan
        self._member = member

    def saved_model(self, root: Message) -> None:
        """Read a SavedModel."""
        self._scan.facts.add_format("tensorflow-savedmodel")
        for meta_graph in root.messages(2):
            for info in meta_graph.messages(1):
                for field in info.fields():
                    if (field.number, field.wire) == (5, BYTES):
                        self._scan.facts.add_version("tensorflow", info.text(field))
            for graph in meta_graph.messages(2):
                self._graph(graph)
            for objects in meta_graph.messages(7):
                for item in objects.messages(1):
                    for user_object in item.messages(4):
                        self._metadata(user_object, 3)

    def graph_def(self, root: Message) -> None:
        """Read a frozen graph."""
        self._scan.facts.add_format("tensorflow-graph")
        self._graph(root)

    def keras_metadata(self, root: Message) -> None:
        """Read the `keras_metadata.pb` beside a SavedModel."""
        for item in root.messages(1):
            self._metadata(item, 5)

    def _metadata(self, message: Message, number: int) -> None:
        for field in message.fields():
            if (field.number, field.wire) != (number, BYTES) or field.start == field.end:
                continue
            text = self._member.source.read_at(
                field.start, min(field.end - field.start, CUSTOM_METADATA)
            )
            if not text.lstrip().startswith(b"{"):
                continue
            try:
                value = json.loads(text)
            except (ValueError, RecursionError) as error:
                raise ScanError(KERAS_CONFIG, "Keras metadata are not JSON", field.start) from error
            inspect_keras_config(self._scan, self._member, value)

    def _graph(self, graph: Message) -> None:
        self._operations(graph.messages(1))
        for library in graph.messages(2):
            for function in library.messages(1):
                self._operations(function.messages(3))

    def _operations(self, nodes: Iterator[Message]) -> None:
        for node in nodes:
            for field in node.fields():
                if (field.number, field.wire) == (2, BYTES):
                    self._operation(node.text(field), field.start)

    def _operation(self, name: str, offset: int) -> None:
        kind = name.rpartition(">")[2]
        if kind in PYTHON_OPS or kind in WRITING_OPS:
            message = f"the operation {name} runs Python or writes files"
            self._scan.find(self._member, TENSORFLOW_OP_DANGEROUS, message, offset)
        elif kind in READING_OPS:
            message = f"the operation {name} reads files or calls other machines"
            self._scan.find(self._member, TENSORFLOW_OP, message, offset)
        elif ">" in name:
            message = f"the operation {name} needs a library of its own"
            self._scan.find(self._member, TENSORFLOW_OP, message, offset)
