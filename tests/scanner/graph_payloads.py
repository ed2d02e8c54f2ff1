"""Graphs of operators that a scanner must not call clean, by the loader that they concern."""

from collections.abc import Iterator

from tests.scanner import containers as box

FILE_OPERATIONS = (
    "CacheDataset CacheDatasetV2 SnapshotDataset SnapshotDatasetV2 RegisterDataset "
    "RegisterDatasetV2 FileSystemSetConfiguration MergeV2Checkpoints WriteAudioSummary "
    "WriteImageSummary WriteHistogramSummary WriteScalarSummary WriteSummary SummaryWriter "
    "DataServiceDatasetV4 RpcServer RpcClient TextLineDataset TFRecordDatasetV2 SqlDataset "
    "FixedLengthRecordDatasetV2 ExperimentalLMDBDataset CSVDatasetV2 ImmutableConst "
    "InitializeTableFromTextFileV2 GenerateVocabRemapping LoadAndRemapMatrix ReadFile "
    "DistributedSave ListSnapshotChunksDataset SnapshotChunkDataset CalibrationStatisticsSaver "
    "XlaCallModule XlaCustomCallV2 TPUExecute RemoteCall Send Recv _Send PrintV2 Abort "
    "FixedUnigramCandidateSampler SaveDatasetV2 DumpTensor PyFuncStateless OfTheFuture"
)
"""Operations of TensorFlow 2.20 that reach files, other machines or processes; and one of none."""
OUTSIDE = (
    "../w", "a/../../w", "/w", "\\w", "C:w", "c:\\w", "file:w", "\\\\host\\share", "~/w", "a/ ../w",
    "..\\w", "a\0b", "*/_ORT_MEM_ADDR_/*", "a/.. /w", "https://x/w", "a/" * 3_000 + "../w", "$HOME/w",
)  # fmt: skip


def graphs() -> Iterator[tuple[str, bytes]]:
    """Everything of this module."""
    yield from _tensorflow()
    yield from _onnx()


def node(operation: str, name: str = "n", *inputs: str, function: str = "") -> bytes:
    """A NodeDef; `function` is the one that it calls."""
    made = box.field(1, name) + box.field(2, operation)
    made += b"".join(box.field(3, one) for one in inputs)
    if function:
        attribute = box.field(1, "f") + box.field(2, box.field(10, box.field(1, function)))
        made += box.field(5, attribute)
    return made


def constant(name: str, text: str) -> bytes:
    """A constant of text."""
    value = box.field(2, box.field(8, box.field(8, text)))
    return box.field(1, name) + box.field(2, "Const") + box.field(5, box.field(1, "value") + value)


def function(name: str, *nodes: bytes) -> bytes:
    """A FunctionDef."""
    return box.field(1, box.field(1, name)) + b"".join(box.field(3, one) for one in nodes)


def graph(*nodes: bytes, functions: tuple[bytes, ...] = ()) -> bytes:
    """A GraphDef."""
    library = b"".join(box.field(1, one) for one in functions)
    made = b"".join(box.field(1, one) for one in nodes)
    return made + (box.field(2, library) if library else b"")


def meta_graph(graph_def: bytes, *more: bytes) -> bytes:
    """A MetaGraphDef."""
    return box.field(1, box.field(5, "2.20.0")) + box.field(2, graph_def) + b"".join(more)


def model(meta: bytes) -> bytes:
    """A SavedModel."""
    return box.field(1, 1) + box.field(2, meta)


def _tensorflow() -> Iterator[tuple[str, bytes]]:
    for operation in FILE_OPERATIONS.split():
        yield f"savedmodel {operation}", model(meta_graph(graph(node(operation))))
        yield f"metagraph {operation}", meta_graph(graph(node("Const"), node(operation)))
        in_function = graph(functions=(function("f", node(operation)),))
        yield f"savedmodel function {operation}", model(meta_graph(in_function))
        yield f"graph function {operation}", in_function
    saver = box.field(3, box.saver("file", "save", "restore"))
    called = node("StatefulPartitionedCall", "save", "file", function="s")
    saves = function("s", node("SaveV2"))
    for name, other in (
        ("by the model too", node("PartitionedCall", "n", function="s")),
        ("by its name", node("s", "n")),
        ("whose result the model takes", node("Identity", "n", "save")),
    ):
        wrong = graph(called, other, functions=(saves,))
        yield f"saver called {name}", model(meta_graph(wrong, saver))
    for place in ("/tmp/x", "../x", "s3://x", "~/x"):
        wrong = graph(called, functions=(function("s", constant("c", place), node("SaveV2")),))
        yield f"saver to {place}", model(meta_graph(wrong, saver))
    yield "saver of none", model(meta_graph(graph(node("SaveV2", "save/SaveV2"))))
    for place in ("../../etc/passwd", "/etc/passwd", "file:///etc/passwd"):
        asset = box.field(6, box.field(2, place))
        yield f"asset {place}", model(meta_graph(graph(node("Const")), asset))


def attribute(name: str, number: int, value: bytes | int | str) -> bytes:
    """An attribute of an ONNX node, as the node's field."""
    return box.field(5, box.field(1, name) + box.field(number, value))


def external(location: str) -> bytes:
    """A TensorProto whose data lie at a location."""
    return box.onnx_tensor(location)


def _onnx() -> Iterator[tuple[str, bytes]]:
    for location in OUTSIDE:
        yield f"external {location[:30]!r}", box.onnx(tensors=(external(location),))
    place = external("../w")
    constant_node = box.onnx_node("Constant", "", attribute("value", 5, place))
    yield "external in an attribute", box.onnx(constant_node)
    yield "external in a list", box.onnx(box.onnx_node("X", "", attribute("v", 10, place)))
    sparse = attribute("sparse_value", 22, box.field(1, place))
    yield "external in a sparse value", box.onnx(box.onnx_node("Constant", "", sparse))
    body = box.field(1, "f") + box.field(7, constant_node) + box.field(10, "own")
    yield "external in a function", box.onnx(box.onnx_node("f", "own")) + box.field(25, body)
    decoy = box.field(1, "decoy") + box.field(7, box.onnx_node("Relu")) + box.field(10, "own")
    yield (
        "a function that excuses its domain",
        box.onnx(box.onnx_node("decoy", "own"), box.onnx_node("load", "own"))
        + box.field(25, decoy),
    )
    yield (
        "a function of another domain",
        box.onnx(box.onnx_node("decoy", "x")) + box.field(25, decoy),
    )
    for domain in ("", "com.microsoft", "com.example"):
        context = (attribute("embed_mode", 3, 0), attribute("ep_cache_context", 4, "../engine.bin"))
        yield f"context to a path {domain}", box.onnx(box.onnx_node("EPContext", domain, *context))
        context = (attribute("embed_mode", 3, 1), attribute("ep_cache_context", 4, "engine"))
        yield f"context with data {domain}", box.onnx(box.onnx_node("EPContext", domain, *context))
    yield "snpe", box.onnx(box.onnx_node("Snpe", "com.microsoft"))
    yield "aten", box.onnx(box.onnx_node("ATen", "org.pytorch.aten"))
    yield "extensions", box.onnx(box.onnx_node("StringSplit", "ai.onnx.contrib"))
    yield "unknown operator", box.onnx(box.onnx_node("LoadLibrary"))
    group = b"\xa3\x06" + box.field(7, "") + b"\xa4\x06"
    yield "a domain hidden by a group", box.onnx(box.onnx_node("Relu", "evil", group))
    yield (
        "training",
        box.onnx(box.onnx_node("Relu"))
        + box.field(20, box.field(2, box.field(1, box.onnx_node("load", "evil")))),
    )
