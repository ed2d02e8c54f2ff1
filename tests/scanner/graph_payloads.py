# ruff: noqa: E501  # texts of other languages are read most easily on one line
"""Graphs of operators that a scanner must not call clean, by the loader that they concern."""

import json
from collections.abc import Iterator
from struct import pack

from tests.scanner import assembler as asm
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
    "../w", "a/../../w", "/w", "\\w", "C:w", "c:\\w",
    "file:w", "\\\\host\\share", "~/w", "a/ ../w",
    "..\\w", "a\0b", "*/_ORT_MEM_ADDR_/*", "a/.. /w", "https://x/w", "a/" * 3_000 + "../w", "$HOME/w",
)  # fmt: skip


def graphs() -> Iterator[tuple[str, bytes]]:
    """Everything of this module."""
    yield from _tensorflow()
    yield from _onnx()
    yield from _torchscript()
    yield from _exported()
    yield from _texts()
    yield from _tflite()


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


CODE = (
    "torch.save(x, 'f')", "ops.aten.save(x, 'f')", "x.save('f')", "torch . save(x, 'f')",
    "torch.\\\n save(x, 'f')", "torch. # a\n  save(x, 'f')", "torch.from_file('f')",
    "ops.aten.from_file('f')", "t = torch\n  t.x()", "o = ops.aten\n  o.x()", "o = ops\n  o.x()",
    "ops.mylib.run(x)", "ops.image.read_file('f')", "ops.image.write_file('f', x)",
    "ops.debugprims.load_tensor('f')", "^run(1)(x)", "ops.prim.rpc_sync('w', 'f')",
    "ops.c10d.send(x)",
)  # fmt: skip
"""What TorchScript's code may do to files, processes and libraries (torch.jit.load, 2.13)."""


def _torchscript() -> Iterator[tuple[str, bytes]]:
    data = asm.pickle(b"N")
    for line in CODE:
        source = f"import torch\ndef forward(self, x):\n  y = {line}\n  return y\n".encode()
        for path in ("code/__torch__.py", "CODE/__torch__.py", "code/deep/er/m.py"):
            archive = box.torch_zip(data, **{path: source, "constants.pkl": data})
            yield f"{path} {line}", archive
    for operator in ("aten::save", "aten::from_file", "mylib::run", "prim::rpc_async"):
        for name in ("bytecode.pkl", "Bytecode.PKL"):
            body = asm.pickle(asm.text(operator), 2)
            yield f"{name} {operator}", box.torch_zip(data, **{name: body, "version": b"6"})
    yield "mobile flat buffer", pack("<I", 16) + b"PTMF" + bytes(64)
    yield "executorch", pack("<I", 16) + b"ET12" + bytes(64)
    yield "onnx runtime", pack("<I", 16) + b"ORTM" + bytes(64)


def _exported() -> Iterator[tuple[str, bytes]]:
    for target in ("torch.hub.load", "torch.os.system", "os.system", "torch.ops.mylib.run.default",
                   "torch.ops.aten.from_file.default", "builtins.exec", "_operator.x.y"):  # fmt: skip
        nodes: list[dict[str, object]] = [{"target": target, "inputs": [], "outputs": []}]
        document = {"graph_module": {"graph": {"nodes": nodes}}, "schema_version": {"major": 8}}
        yield f"export target {target}", json.dumps(document).encode()
        archive = {"m/models/model.json": json.dumps(document).encode(), "m/version": b"3"}
        yield f"export archive {target}", box.zip_of(archive)
    for text in ("__import__('os').system('x')", "exec('x')", "s0.__class__", "lambda: 0", "open('f')",
                 "Symbol('s0', cls=exec)", "eval", "[x for x in s0]", 1):  # fmt: skip
        sizes = {"sizes": [{"as_expr": {"expr_str": text, "hint": {"as_int": 1}}}]}
        yield (
            f"export size {text}",
            json.dumps({"graph_module": {"tensor_values": {"x": sizes}}}).encode(),
        )
    yield "export range", b'{"range_constraints": {"exec(1)": {"min_val": 0, "max_val": 1}}}'
    yield "export guards", b'{"graph_module": {}, "guards_code": ["exec(1)"]}'


def _texts() -> Iterator[tuple[str, bytes]]:
    location = 'external_data { key: "location" value: "../../etc/passwd" }'
    for name, text in {
        "onnx prototext": f"ir_version: 8\ngraph {{ initializer {{ {location} }} }}\nopset_import {{ version: 17 }}",
        "onnx prototext, a colon and a comment": "graph: # x\n < node: < op_type: 'PyOp' > >",
        "onnx syntax": '<ir_version: 8, opset_import: ["" : 17]>\nagraph (float[N] x) => (float[N] y) { y = own.Op(x) }',
        "onnx json": '{"irVersion": "8", "graph": {"node": [{"opType": "PyOp"}]}}',
        "graph prototext": 'node { name: "n" op: "PyFunc" }',
        "graph of functions": 'library { function { node_def { op: "PyFunc" } } }',
        "metagraph prototext": 'graph_def { node { name: "n" op: "WriteFile" } }',
        "saved model prototext": "saved_model_schema_version: 1 meta_graphs { graph_def { } }",
        "caffe": 'name: "n"\nlayer { name: "a" type: "Python" python_param { module: "m" layer: "L" } }',
        "caffe, older": "layers < type: PYTHON >",
        "pmml": '<?xml version="1.0"?>\n<!DOCTYPE PMML [<!ENTITY x SYSTEM "file:///etc/passwd">]>\n<PMML>&x;</PMML>',
        "openvino": '<!DOCTYPE net SYSTEM "http://x/a.dtd">\n<net name="m" version="11"></net>',
        "xml of a parameter": '<?xml version="1.0"?><!DOCTYPE a [ <!ENTITY % e PUBLIC "x" "http://x"> %e; ]><a/>',
    }.items():
        yield name, text.encode()
    for name, text in {
        "pmml": '<?xml version="1.0"?>\n<PMML version="4.4" xmlns="http://www.dmg.org/PMML-4_4"/>',
        "pmml with a prefix": '<p:PMML xmlns:p="http://www.dmg.org/PMML-4_4"></p:PMML>',
        "pmml after a long comment": f"<!--{'x ' * 3_000_000}-->\n<PMML/>",
        "openvino": '<net name="m" version="11"><layers><layer type="Custom"/></layers></net>',
        "openvino, attributes elsewhere": "<net\nname='>'\n version = '11'/>",
        "coreml program": "program(1.0)\n[buildInfo = dict<string, string>({})]\n{ }",
    }.items():
        yield f"{name}, which no reader follows", text.encode()
    for number in (200, 500, 502, 555, 3000):
        body = box.field(2, box.field(1, "d")) + box.field(number, box.field(1, "c"))
        yield f"coreml {number}", box.field(1, 4) + body
        yield f"coreml {number}, version last", body + box.field(1, 4)
    wide = '<?xml version="1.0" encoding="UTF-16"?><!DOCTYPE a [<!ENTITY x SYSTEM "f">]><a>&x;</a>'
    yield "xml in 16 bits", wide.encode("utf-16")


def tflite(custom: str, builtin: int = 32) -> bytes:
    """A model of one operator: root table, vector of one code, its name."""
    name = pack("<I", len(custom)) + custom.encode() + b"\0"
    codes_vtable = pack("<HHHHHH", 12, 16, 4, 8, 0, 12)
    code_at = 8 + 12 + 12 + 8 + 12
    out = pack("<I", 20) + b"TFL3" + pack("<HHHHHH", 8, 12, 4, 8, 0, 0)
    out += pack("<iII", 12, 3, 4)  # the model: its fields, version, operator_codes
    out += pack("<II", 1, code_at - 36)
    out += codes_vtable
    out += pack("<ib3xIi", 12, min(builtin, 127), 8, builtin)
    return out + name


def _tflite() -> Iterator[tuple[str, bytes]]:
    for custom in (
        "FlexWriteFile",
        "FlexPyFunc",
        "FlexEagerPyFunc",
        "FlexReadFile",
        "FlexAdd",
        "MyOp",
        "",
    ):
        yield f"tflite {custom}", tflite(custom)
    for builtin in (51, 127, 173, 210, 30_000):
        yield f"tflite builtin {builtin}", tflite("x", builtin)
    yield "tflite cut off", tflite("FlexWriteFile")[:40]
