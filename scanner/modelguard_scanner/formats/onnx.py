"""ONNX models: operators from outside the standard, compiled contexts, data in other files.

Source: onnx/onnx.proto; the numbers are its field numbers.
"""

import re
from typing import Final

from modelguard_scanner.catalogue.graphs import (
    ONNX_CONTEXT,
    ONNX_DEPTH,
    ONNX_DOMAIN,
    ONNX_EXTERNAL,
    ONNX_EXTERNAL_NAME,
    ONNX_OPERATOR,
    ONNX_PYTHON,
)
from modelguard_scanner.formats.onnx_operators import OPERATORS
from modelguard_scanner.formats.protobuf import BYTES, VARINT, Field, Message
from modelguard_scanner.limits import ScanError
from modelguard_scanner.scanning import Member, Scan

ALIASES: Final = {"ai.onnx": ""}
PYTHON_OPERATORS: Final = frozenset({"PyOp", "PyCustomOp", "PythonOp", "PythonOpGrad", "PyFunc"})
CONTEXT_OPERATORS: Final = frozenset({"EPContext", "Snpe"})
"""Operators that hold, or name the file of, what an execution provider compiled."""
MAX_DEPTH: Final = 16
MAX_PATH: Final = 4_096
"""Longer locations cannot be opened, and are cut when they are read."""
PLAIN_PATH: Final = re.compile(r"[\w\-.+@=,()\[\] /]+")
"""Characters of the names that exporters give to files of tensors."""
ALIGNED: Final = ("", ".")
DTYPES: Final = {
    1: "float32", 2: "uint8", 3: "int8", 4: "uint16", 5: "int16", 6: "int32", 7: "int64",
    8: "string", 9: "bool", 10: "float16", 11: "float64", 12: "uint32", 13: "uint64",
    14: "complex64", 15: "complex128", 16: "bfloat16",
}  # fmt: skip


def looks_like_onnx(root: Message, kinds: set[tuple[int, int]]) -> bool:
    """Return whether the (number, wire type) of a message's fields are those of a ModelProto.

    Loaders want no more than a graph: nodes with an operator, or tensors.
    """
    if (7, BYTES) not in kinds or (2, VARINT) in kinds:
        return False
    if (1, VARINT) in kinds or (8, BYTES) in kinds:
        return True
    try:
        return any(
            (5, BYTES) in graph.kinds()
            or any((4, BYTES) in node.kinds() for node in graph.messages(1))
            for graph in root.messages(7)
        )
    except ScanError:
        return False


class OnnxReader:
    """Walks all graphs of one model."""

    def __init__(self, scan: Scan, member: Member, model: Message) -> None:
        self._scan = scan
        self._member = member
        self._model = model
        self._functions: set[tuple[str, str]] = set()
        """Domain and name of each function that the model brings along."""

    def read(self) -> None:
        """Judge operators and tensors."""
        self._scan.facts.add_format("onnx")
        for function in self._model.messages(25):
            name, domain = "", ""
            for field in function.fields(numbers=False):
                if field.number == 1 and field.wire == BYTES:
                    name = function.text(field)
                elif field.number == 10 and field.wire == BYTES:  # noqa: PLR2004  # domain
                    domain = function.text(field)
            self._functions.add((domain, name))
        for function in self._model.messages(25):
            self._nodes(function, 7, 0)
            for attribute in function.messages(11):
                self._attribute(attribute, 0)
        for field in self._model.fields():
            self._part(field)

    def _part(self, field: Field) -> None:
        model = self._model
        if field.wire == BYTES and field.number == 7:  # noqa: PLR2004  # graph
            self._graph(model.nested(field), 0)
        elif field.wire == BYTES and field.number == 20:  # noqa: PLR2004  # training_info
            for part in (1, 2):
                for graph in model.nested(field).messages(part):
                    self._graph(graph, 0)
        elif field.wire == BYTES and field.number == 2:  # noqa: PLR2004  # producer_name
            self._scan.facts.add_note(f"ONNX produced by {model.text(field)}")
        elif field.wire == BYTES and field.number == 14:  # noqa: PLR2004  # metadata_props
            key, value = _pair(model.nested(field))
            if key == "license":
                self._scan.facts.add_license(value)
        elif field.wire == BYTES and field.number == 8:  # noqa: PLR2004  # opset_import
            self._opset(model.nested(field))

    def _opset(self, opset: Message) -> None:
        domain, version = "", 0
        for field in opset.fields():
            if field.number == 1 and field.wire == BYTES:
                domain = opset.text(field)
            elif field.number == 2 and field.wire == VARINT:  # noqa: PLR2004  # version
                version = field.value
        self._scan.facts.add_version(f"onnx opset {domain}".strip(), str(version))

    def _graph(self, graph: Message, depth: int) -> None:
        if depth > MAX_DEPTH:
            raise ScanError(ONNX_DEPTH, "graphs inside each other", graph.start)
        self._nodes(graph, 1, depth)
        for tensor in graph.messages(5):
            self._tensor(tensor, counted=True)
        for sparse in graph.messages(15):
            for part in (1, 2):
                for tensor in sparse.messages(part):
                    self._tensor(tensor, counted=True)

    def _nodes(self, graph: Message, number: int, depth: int) -> None:
        for node in graph.messages(number):
            operator, domain = "", ""
            for field in node.fields(numbers=False):
                if field.wire != BYTES:
                    continue
                if field.number == 4:  # noqa: PLR2004  # op_type
                    operator = node.text(field)
                elif field.number == 7:  # noqa: PLR2004  # domain
                    domain = node.text(field)
                elif field.number == 5:  # noqa: PLR2004  # attribute
                    self._attribute(node.nested(field), depth)
            self._operator(operator, domain, node.start)

    def _operator(self, operator: str, domain: str, offset: int) -> None:
        known = OPERATORS.get(ALIASES.get(domain, domain))
        if operator in PYTHON_OPERATORS:
            message = f"the operator {operator} runs Python"
            self._scan.find(self._member, ONNX_PYTHON, message, offset)
        elif operator in CONTEXT_OPERATORS:
            message = f"the operator {operator} holds, or names the file of, a compiled engine"
            self._scan.find(self._member, ONNX_CONTEXT, message, offset)
        elif (domain, operator) in self._functions or (known and operator in known):
            return
        elif known is None:
            message = f"the operator {operator} needs a library for the domain {domain}"
            self._scan.find(self._member, ONNX_DOMAIN, message, offset)
        else:
            message = f"the operator {operator} is none of the domain {domain or 'ai.onnx'}"
            self._scan.find(self._member, ONNX_OPERATOR, message, offset)

    def _attribute(self, attribute: Message, depth: int) -> None:
        # The numbers and texts of large forests lie here, field by field.
        for field in attribute.fields(numbers=False, texts=(8, 9)):
            if field.wire != BYTES:
                continue
            if field.number in (6, 11):  # g, graphs
                self._graph(attribute.nested(field), depth + 1)
            elif field.number in (5, 10):  # t, tensors
                self._tensor(attribute.nested(field), counted=False)
            elif field.number in (22, 23):  # sparse_tensor, sparse_tensors
                for part in (1, 2):
                    for tensor in attribute.nested(field).messages(part):
                        self._tensor(tensor, counted=False)

    def _tensor(self, tensor: Message, *, counted: bool) -> None:
        shape: list[int] = []
        dtype, name = 0, ""
        for field in tensor.fields(texts=(6,)):
            if field.number == 1 and field.wire == VARINT:
                shape.append(field.value)
            elif field.number == 1 and field.wire == BYTES:
                shape.extend(tensor.packed(field))
            elif field.number == 2 and field.wire == VARINT:  # noqa: PLR2004  # data_type
                dtype = field.value
            elif field.number == 8 and field.wire == BYTES:  # noqa: PLR2004  # name
                name = tensor.text(field)
            elif field.number == 13 and field.wire == BYTES:  # noqa: PLR2004  # external_data
                self._external(*_pair(tensor.nested(field)), field.start)
        if counted:
            self._scan.facts.add_tensor(DTYPES.get(dtype, f"type {dtype}"), tuple(shape), name)

    def _external(self, key: str, value: str, offset: int) -> None:
        if key != "location":
            return
        if leads_outside(value):
            message = f"tensor data lie outside the model's folder: {value}"
            self._scan.find(self._member, ONNX_EXTERNAL, message, offset)
        elif not PLAIN_PATH.fullmatch(value):
            message = f"tensor data in a file of an unusual name: {value}"
            self._scan.find(self._member, ONNX_EXTERNAL_NAME, message, offset)
        else:
            self._scan.facts.add_note(f"tensor data in another file: {value}")


def leads_outside(location: str) -> bool:
    """Return whether a location is absolute, has a drive or scheme, climbs up, or is a marker."""
    path = location.replace("\\", "/").strip()
    parts = [part.strip() for part in path.split("/")]
    return (
        path.startswith(("/", "~"))
        or ":" in path
        or "\0" in path
        or "*" in path  # ONNX Runtime's `*/_ORT_MEM_ADDR_/*` is an address in its memory
        or len(path) > MAX_PATH
        or ".." in parts
        or any(part.rstrip(" .") in ALIGNED and len(part) > 1 for part in parts)
    )


def _pair(entry: Message) -> tuple[str, str]:
    key, value = "", ""
    for field in entry.fields():
        if field.wire == BYTES and field.number == 1:
            key = entry.text(field)
        elif field.wire == BYTES and field.number == 2:  # noqa: PLR2004  # value
            value = entry.text(field)
    return key, value
