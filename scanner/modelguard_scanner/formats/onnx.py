"""ONNX models: operators from outside of the standard, and data in other files.

Source: onnx/onnx.proto; the numbers are its field numbers.
"""

from typing import Final

from modelguard_scanner.catalogue.models import ONNX_DEPTH, ONNX_DOMAIN, ONNX_EXTERNAL, ONNX_PYTHON
from modelguard_scanner.formats.protobuf import BYTES, VARINT, Field, Message
from modelguard_scanner.limits import ScanError
from modelguard_scanner.scanning import Member, Scan

STANDARD: Final = frozenset(
    {
        "", "ai.onnx", "ai.onnx.ml", "ai.onnx.training", "ai.onnx.preview.training",
        "com.microsoft", "com.microsoft.nchwc", "com.microsoft.experimental",
        "com.ms.internal.nhwc",
        "org.pytorch.aten", "org.openvinotoolkit",
    }
)  # fmt: skip
"""Operator domains that a runtime brings along."""
PYTHON_OPERATORS: Final = frozenset({"PyOp", "PyCustomOp", "PythonOp", "PythonOpGrad", "PyFunc"})
MAX_DEPTH: Final = 16
DTYPES: Final = {
    1: "float32", 2: "uint8", 3: "int8", 4: "uint16", 5: "int16", 6: "int32", 7: "int64",
    8: "string", 9: "bool", 10: "float16", 11: "float64", 12: "uint32", 13: "uint64",
    14: "complex64", 15: "complex128", 16: "bfloat16",
}  # fmt: skip


def looks_like_onnx(root: Message, kinds: set[tuple[int, int]]) -> bool:
    """Say if the (number, wire type) of a message's fields are those of a ModelProto.

    Loaders want no more than a graph: nodes with an operator, or tensors.
    """
    if (7, BYTES) not in kinds:
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
        self._local_domains: set[str] = set()

    def read(self) -> None:
        """Judge operators and tensors."""
        self._scan.facts.add_format("onnx")
        for function in self._model.messages(25):
            for field in function.fields():
                if field.number == 10 and field.wire == BYTES:  # noqa: PLR2004  # domain
                    self._local_domains.add(function.text(field))
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
            for field in node.fields():
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
        if operator in PYTHON_OPERATORS:
            message = f"the operator {operator} runs Python"
            self._scan.find(self._member, ONNX_PYTHON, message, offset)
        elif domain not in STANDARD and domain not in self._local_domains:
            message = f"the operator {operator} needs a library for the domain {domain}"
            self._scan.find(self._member, ONNX_DOMAIN, message, offset)

    def _attribute(self, attribute: Message, depth: int) -> None:
        for field in attribute.fields():
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
        for field in tensor.fields():
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
        path = value.replace("\\", "/")
        if path.startswith("/") or ":" in path or ".." in path.split("/"):
            message = f"tensor data lie outside of the model's folder: {value}"
            self._scan.find(self._member, ONNX_EXTERNAL, message, offset)
        else:
            self._scan.facts.add_note(f"tensor data in another file: {value}")


def _pair(entry: Message) -> tuple[str, str]:
    key, value = "", ""
    for field in entry.fields():
        if field.wire == BYTES and field.number == 1:
            key = entry.text(field)
        elif field.wire == BYTES and field.number == 2:  # noqa: PLR2004  # value
            value = entry.text(field)
    return key, value
