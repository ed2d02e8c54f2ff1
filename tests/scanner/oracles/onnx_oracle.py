"""ONNX: whatever is clean, protobuf reads, and no node or tensor in it needs more than the file."""

import posixpath
from collections.abc import Iterator
from random import Random
from typing import Any

from tests.scanner.oracles.judged import judge, misjudged
from tests.scanner.oracles.mutations import mutated

LOCATIONS = ("w.bin", "a/w.bin", "../w", "/etc/w", "a/../../w", "C:w", "file:///w", "~/w", "./w")
DOMAINS = ("", "", "", "ai.onnx", "ai.onnx.ml", "com.evil", "ai.onnx\0", "mine")
OPERATORS = ("Add", "Relu", "If", "Loop", "PyOp", "Evil", "Scaler", "EPContext", "Mine", "relu")


class OnnxOracle:
    """See `oracle.Oracle`."""

    cases_in_test = 1_500
    memory = 4 * 1024**3
    libraries = True

    def __init__(self) -> None:
        self._honest = b""
        self._onnx: Any = None
        self._refused: type[Exception] = Exception
        self._schemas: set[tuple[str, str]] = set()

    def prepare(self) -> None:
        import onnx  # noqa: PLC0415  # only the environment of the loaders has it
        from google.protobuf.message import DecodeError  # noqa: PLC0415

        self._refused = DecodeError
        self._onnx = onnx
        self._schemas = {
            (schema.domain, schema.name) for schema in onnx.defs.get_all_schemas_with_history()
        }
        judge(self.make(Random(0)), "model.onnx")

    def make(self, random: Random) -> bytes:
        self._honest = b""
        honest = random.random() < 0.2
        data: bytes = self._model(random, honest=honest).SerializeToString()
        if honest:
            self._honest = data
            return data
        if random.random() < 0.3:  # a parser merges the fields of both
            data += self._model(random, honest=False).SerializeToString()
        return mutated(random, data) if random.random() < 0.6 else data

    def _model(self, random: Random, *, honest: bool) -> Any:
        onnx = self._onnx
        model = onnx.ModelProto(ir_version=8, producer_name="test")
        model.opset_import.add(domain="", version=18)
        self._graph(random, model.graph, 0, honest=honest)
        if random.random() < 0.3:
            function = model.functions.add(name="Mine", domain="mine")
            function.node.append(self._node(random, 0, honest=honest))
        if random.random() < 0.2:
            self._graph(random, model.training_info.add().algorithm, 1, honest=honest)
        return model

    def _graph(self, random: Random, graph: Any, depth: int, *, honest: bool) -> None:
        graph.name = "g"
        for _ in range(random.randint(1, 2)):
            graph.node.append(self._node(random, depth, honest=honest))
        for index in range(random.randint(0, 2)):
            self._tensor(random, graph.initializer.add(), f"t{index}", honest=honest)
        if random.random() < 0.2:
            self._tensor(random, graph.sparse_initializer.add().values, "s", honest=honest)

    def _node(self, random: Random, depth: int, *, honest: bool) -> Any:
        node = self._onnx.NodeProto(op_type="Relu", input=["x"], output=["y"])
        if not honest and random.random() < 0.5:
            node.op_type, node.domain = random.choice(OPERATORS), random.choice(DOMAINS)
        way = random.randrange(8)
        attribute = node.attribute.add(name="a", type=1) if way < 6 else None
        if way == 0 and depth < 3:
            self._graph(random, attribute.g, depth + 1, honest=honest)
        elif way == 1 and depth < 3:
            self._graph(random, attribute.graphs.add(), depth + 1, honest=honest)
        elif way == 2:
            self._tensor(random, attribute.t, "t", honest=honest)
        elif way == 3:
            self._tensor(random, attribute.sparse_tensor.indices, "t", honest=honest)
        elif way == 4:
            attribute.ints.extend([1, 2, 3])
        elif way == 5:
            attribute.strings.extend([b"a", b"b"])
        return node

    def _tensor(self, random: Random, tensor: Any, name: str, *, honest: bool) -> None:
        tensor.name, tensor.data_type = name, 1
        tensor.dims.extend([2])
        if random.random() < 0.3:
            tensor.data_location = 1
            place = "w.bin" if honest else random.choice(LOCATIONS)
            tensor.external_data.add(key="location", value=place)
        else:
            tensor.raw_data = bytes(8)

    def difference(self, data: bytes) -> str | None:
        report = judge(data, "model.onnx")
        wrong = misjudged(report, is_honest=bool(data) and data == self._honest)
        if wrong or report.verdict != "clean" or report.facts.format != "onnx":
            return wrong
        model = self._onnx.ModelProto()
        try:
            model.ParseFromString(data)
        except self._refused:
            return None  # types of values are not followed, so what is wrong in them is not seen
        functions = {(one.domain, one.name) for one in model.functions}
        for message in _messages(model):
            found = self._needed(message, functions)
            if found:
                return found
        return None

    def _needed(self, message: Any, functions: set[tuple[str, str]]) -> str | None:
        """Return what a node or tensor needs that is not in the file or next to it."""
        kind = message.DESCRIPTOR.name
        if kind == "NodeProto":
            domain = "" if message.domain == "ai.onnx" else message.domain
            name = (domain, message.op_type)
            if name not in self._schemas and (message.domain, message.op_type) not in functions:
                return f"operator: {name}"
        elif kind == "TensorProto":
            for entry in message.external_data:
                if entry.key == "location" and not _is_within(entry.value):
                    return f"location: {entry.value!r:.40}"
        return None


def _is_within(location: str) -> bool:
    """Return whether a location is a plain path below the model's folder, on every system."""
    path = posixpath.normpath(location.replace("\\", "/"))
    return not (path.startswith(("/", "..", "~")) or set(path) & set(":*\0$%"))


def _messages(message: Any) -> Iterator[Any]:
    """Yield a message and all within it, whatever fields they lie in."""
    yield message
    for field, value in message.ListFields():
        if field.message_type is not None:
            for one in value if field.is_repeated else (value,):
                yield from _messages(one)


ORACLE = OnnxOracle()
