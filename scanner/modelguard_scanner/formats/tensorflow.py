"""TensorFlow graphs: SavedModel, MetaGraph, frozen graphs and the Keras metadata next to them.

Source: tensorflow/core/protobuf/{saved_model,meta_graph,saver,saved_object_graph}.proto and
tensorflow/core/framework/{graph,node_def,function}.proto; the numbers are their field numbers.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from modelguard_scanner.catalogue.graphs import (
    TENSORFLOW_OP,
    TENSORFLOW_OP_DANGEROUS,
    TENSORFLOW_PATH,
    TENSORFLOW_SAVER,
)
from modelguard_scanner.catalogue.models import KERAS_CONFIG
from modelguard_scanner.formats.keras_config import inspect_keras_config
from modelguard_scanner.formats.onnx import leads_outside
from modelguard_scanner.formats.protobuf import BYTES, VARINT, Field, Message
from modelguard_scanner.formats.tensorflow_operations import COMPUTING
from modelguard_scanner.limits import ScanError
from modelguard_scanner.scanning import Member, Scan

DANGEROUS: Final = frozenset({"PyFunc", "PyFuncStateless", "EagerPyFunc", "NumpyFunction",
    "WriteFile", "WriteGraphSummary", "WriteRawProtoSummary", "CreateSummaryFileWriter",
    "CreateSummaryDbWriter", "DebugIdentity", "DebugIdentityV2", "DebugIdentityV3",
    "DebugNanCount", "DebugNumericSummary", "DebugNumericSummaryV2", "SaveDataset",
    "SaveDatasetV2", "DatasetToTFRecord", "ExperimentalDatasetToTFRecord", "DumpTensor",
    "LoadLibrary", "XlaLaunchPython", "RenameFile", "DeleteFile"})  # fmt: skip
"""Operations that run Python, write files or load libraries."""
SAVER: Final = frozenset({"Save", "SaveV2", "SaveSlices", "Restore", "RestoreV2", "RestoreSlice",
    "MergeV2Checkpoints", "ShardedFilename", "ShardedFilespec"})  # fmt: skip
"""Operations of a saver, for checkpoints at the path that the caller gives it."""
OPERATION: Final = re.compile(r"[A-Za-z0-9_.\\\-/>]{1,500}")
ASSET_TEXT: Final = 4_096
CUSTOM_METADATA: Final = 1024 * 1024
MAX_ATTRIBUTE: Final = 64 * 1024
"""Longest attribute that is searched for the names of functions: those of tensors are longer."""
MAX_NESTED: Final = 4
MAX_FINGERPRINT: Final = 4_096
"""Longest fingerprint: a few numbers, an identifier and a version."""
NODE_BYTES: Final = 800
TEXT_BYTES: Final = 150
"""Memory that a node and each name in it take, rounded up."""


@dataclass(slots=True)
class Node:
    """One node: what it computes, from what, and which functions it calls."""

    name: str = ""
    operation: str = ""
    offset: int = 0
    inputs: set[str] = field(default_factory=set)
    functions: set[str] = field(default_factory=set)
    names_place: bool = False
    """A constant whose text is a place in the file system or elsewhere."""


def looks_like_saved_model(root: Message) -> bool:
    """Return whether a message is a SavedModel: field 2 holds meta graphs."""
    try:
        return any((2, BYTES) in meta_graph.kinds() for meta_graph in root.messages(2))
    except ScanError:
        return False


def looks_like_meta_graph(root: Message) -> bool:
    """Return whether a message is a MetaGraphDef: field 2 holds a graph."""
    try:
        return any(looks_like_graph(graph) or _has_functions(graph) for graph in root.messages(2))
    except ScanError:
        return False


def looks_like_graph(root: Message) -> bool:
    """Return whether a message is a GraphDef: some node has a name and an operation."""
    try:
        return any(_is_node(node) for node in root.messages(1))
    except ScanError:
        return False


def has_library(root: Message) -> bool:
    """Return whether a message is a GraphDef that has nothing but functions."""
    try:
        return _has_functions(root)
    except ScanError:
        return False


def _has_functions(graph: Message) -> bool:
    return any(
        _is_node(node)
        for library in graph.messages(2)
        for function in library.messages(1)
        for node in function.messages(3)
    )


def _is_node(node: Message) -> bool:
    names = [node.text(one) for one in node.fields() if (one.number, one.wire) == (2, BYTES)]
    return bool(names) and OPERATION.fullmatch(names[-1]) is not None


def looks_like_keras_metadata(root: Message) -> bool:
    """Return whether a message is a SavedMetadata: some node has an identifier and metadata."""
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
            self._meta_graph(meta_graph)

    def meta_graph(self, root: Message) -> None:
        """Read a MetaGraphDef that stands alone."""
        self._scan.facts.add_format("tensorflow-metagraph")
        self._meta_graph(root)

    def graph_def(self, root: Message) -> None:
        """Read a frozen graph."""
        self._scan.facts.add_format("tensorflow-graph")
        GraphReader(self._scan, self._member, {}).read([root])

    def keras_metadata(self, root: Message) -> None:
        """Read the `keras_metadata.pb` next to a SavedModel."""
        for item in root.messages(1):
            self._metadata(item, 5)

    def _meta_graph(self, meta_graph: Message) -> None:
        for info in meta_graph.messages(1):
            for one in _texts(info, 5):
                self._scan.facts.add_version("tensorflow", info.text(one))
        saver: dict[int, str] = {}
        for message in meta_graph.messages(3):
            saver |= {
                one.number: message.text(one).rpartition(":")[0] or message.text(one)
                for one in message.fields()
                if one.wire == BYTES and one.number in (1, 2, 3)
            }
        GraphReader(self._scan, self._member, saver).read(list(meta_graph.messages(2)))
        for asset in meta_graph.messages(6):
            for one in _texts(asset, 2):
                if leads_outside(asset.text(one)):
                    message_ = f"an asset outside the model's folder: {asset.text(one)}"
                    self._scan.find(self._member, TENSORFLOW_PATH, message_, one.start)
        for objects in meta_graph.messages(7):
            for item in objects.messages(1):
                for user_object in item.messages(4):
                    self._metadata(user_object, 3)

    def _metadata(self, message: Message, number: int) -> None:
        for one in _texts(message, number):
            if one.start == one.end:
                continue
            text = self._member.source.read_at(one.start, min(one.end - one.start, CUSTOM_METADATA))
            if not text.lstrip().startswith(b"{"):
                continue
            try:
                value = json.loads(text)
            except (ValueError, RecursionError) as error:
                raise ScanError(KERAS_CONFIG, "Keras metadata are not JSON", one.start) from error
            inspect_keras_config(self._scan, self._member, value)


class GraphReader:
    """Judges one graph with its functions; `saver` names its saver's file, save and restore."""

    def __init__(self, scan: Scan, member: Member, saver: dict[int, str]) -> None:
        self._scan = scan
        self._member = member
        self._saver = {name for name in saver.values() if name}
        scope = saver.get(1, "").rpartition("/")[0]
        self._scope = f"{scope}/" if scope else ""
        self._graph: list[Node] = []
        self._functions: dict[str, list[Node]] = {}
        self._memory = 0

    def read(self, graphs: list[Message]) -> None:
        """Judge all operations; several graphs in one message are one."""
        for graph in graphs:
            self._graph += self._nodes(graph.messages(1))
            for library in graph.messages(2):
                for function in library.messages(1):
                    name = ""
                    for signature in function.messages(1):
                        for one in _texts(signature, 1):
                            name = signature.text(one)
                    nodes = self._functions.setdefault(name, [])
                    nodes += self._nodes(function.messages(3))
        saving = self._saving()
        for node in self._graph:
            self._judge(node, saves=self._in_saver(node))
        for name, nodes in self._functions.items():
            for node in nodes:
                self._judge(node, saves=name in saving)

    def _nodes(self, messages: Iterator[Message]) -> list[Node]:
        return [self._node(message) for message in messages]

    def _node(self, message: Message) -> Node:
        node = Node()
        for one in message.fields():
            if one.wire != BYTES:
                continue
            if one.number == 1:
                node.name = message.text(one)
            elif one.number == 2:  # noqa: PLR2004  # op
                node.operation, node.offset = message.text(one), one.start
            elif one.number == 3:  # noqa: PLR2004  # input
                node.inputs.add(message.text(one).lstrip("^").partition(":")[0])
            elif one.number == 5:  # noqa: PLR2004  # attr
                self._attribute(message.nested(one), node)
        self._memory += NODE_BYTES + TEXT_BYTES * (len(node.inputs) + len(node.functions))
        self._scan.budget.check_memory(self._memory)
        return node

    def _attribute(self, entry: Message, node: Node) -> None:
        for value in entry.messages(2):
            if value.end - value.start <= MAX_ATTRIBUTE:
                self._value(value, node, 0)

    def _value(self, value: Message, node: Node, depth: int) -> None:
        """Take the functions that an AttrValue names, and the text of a constant."""
        for one in value.fields(numbers=False):
            if one.wire != BYTES:
                continue
            if one.number == 10:  # noqa: PLR2004  # func
                function = value.nested(one)
                node.functions.update(function.text(name) for name in _texts(function, 1))
            elif one.number == 1 and depth < MAX_NESTED:  # list
                for item in value.nested(one).messages(9):
                    node.functions.update(item.text(name) for name in _texts(item, 1))
            elif one.number == 8:  # noqa: PLR2004  # tensor
                tensor = value.nested(one)
                for text in _texts(tensor, 8):
                    node.names_place |= _names_place(tensor.text(text))

    def _in_saver(self, node: Node) -> bool:
        scoped = bool(self._scope) and node.name.startswith(self._scope)
        return scoped or node.name in self._saver

    def _saving(self) -> set[str]:
        """Return the functions that only the saver calls."""
        called: set[str] = set()
        others: set[str] = set()
        for node in self._graph:
            (called if self._in_saver(node) else others).update(node.functions, {node.operation})
            if not self._in_saver(node) and any(
                one in self._saver or (self._scope and one.startswith(self._scope))
                for one in node.inputs
            ):
                others.update(self._functions)  # the model computes with what the saver does
        for nodes in self._functions.values():
            for node in nodes:
                others.update(node.functions, {node.operation})
        return called - others

    def _judge(self, node: Node, *, saves: bool) -> None:
        kind = node.operation.rpartition(">")[2]
        name, offset = node.operation, node.offset
        if kind in DANGEROUS:
            message = f"the operation {name} runs Python or writes files"
            self._scan.find(self._member, TENSORFLOW_OP_DANGEROUS, message, offset)
        elif name in SAVER:
            if not saves:
                message = f"the operation {name} works on files outside the model's saver"
                self._scan.find(self._member, TENSORFLOW_SAVER, message, offset)
        elif name in COMPUTING or name in self._functions:
            if saves and name == "Const" and node.names_place:
                message = "the saver writes to a place that the model names"
                self._scan.find(self._member, TENSORFLOW_SAVER, message, offset)
        elif OPERATION.fullmatch(name):
            message = f"the operation {name} is not one that only computes"
            self._scan.find(self._member, TENSORFLOW_OP, message, offset)


def _names_place(text: str) -> bool:
    return text.startswith(("/", "~", "\\")) or ".." in text or "://" in text


def _texts(message: Message, number: int) -> Iterator[Field]:
    return (one for one in message.fields() if (one.number, one.wire) == (number, BYTES))


def is_fingerprint(root: Message, kinds: set[tuple[int, int]]) -> bool:
    """Return whether a message is the FingerprintDef next to a SavedModel: numbers and an id."""
    if root.end - root.start > MAX_FINGERPRINT:
        return False
    known = {(2, VARINT), (3, VARINT), (4, VARINT), (5, VARINT), (6, BYTES), (7, BYTES)}
    numbers = {(one.number, one.wire) for one in root.fields()}
    return (2, VARINT) in numbers and kinds <= numbers <= known | {(1, VARINT)}
