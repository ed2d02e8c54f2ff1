"""Rules for graphs of operators: ONNX, TensorFlow, TFLite, TorchScript and others."""

from typing import Final

from modelguard_scanner.catalogue.rule import Rule
from modelguard_scanner.report import Severity

_AGAIN: Final = "Save the file again with its library."

PROTOBUF_BROKEN: Final = Rule(
    "protobuf-broken",
    Severity.INCONCLUSIVE,
    "a protocol buffer is broken",
    _AGAIN,
    "a field that reaches beyond its message",
)
ONNX_PYTHON: Final = Rule(
    "onnx-python",
    Severity.MALICIOUS,
    "an operator runs Python",
    "Export the model without Python operators.",
    "`PyOp`",
)
ONNX_DOMAIN: Final = Rule(
    "onnx-domain",
    Severity.SUSPICIOUS,
    "an operator needs a library that no runtime ships",
    "Export the model with standard operators only.",
    "an operator of the domain `my.ops`",
)
ONNX_EXTERNAL: Final = Rule(
    "onnx-external",
    Severity.MALICIOUS,
    "tensor data lie outside the model's folder",
    "Save the tensors inside the model, or in a file next to it.",
    "`../../etc/passwd`",
)
ONNX_EXTERNAL_NAME: Final = Rule(
    "onnx-external-name",
    Severity.SUSPICIOUS,
    "tensor data in a file of an unusual name",
    "Give the file of the tensors a plain name.",
    "`$HOME`",
)
ONNX_OPERATOR: Final = Rule(
    "onnx-operator",
    Severity.SUSPICIOUS,
    "an operator that its domain does not define",
    "Export the model with standard operators only.",
    "`MyOperator` of the domain `ai.onnx`",
)
ONNX_CONTEXT: Final = Rule(
    "onnx-context",
    Severity.SUSPICIOUS,
    "an operator holds, or names the file of, a compiled engine",
    "Publish the model itself, and compile it where it runs.",
    "`EPContext`",
)
ONNX_DEPTH: Final = Rule(
    "onnx-depth",
    Severity.INCONCLUSIVE,
    "graphs inside graphs, too deep to follow",
    "Export the model with fewer nested loops.",
    "17 graphs inside each other",
)
TENSORFLOW_OP_DANGEROUS: Final = Rule(
    "tensorflow-op-dangerous",
    Severity.MALICIOUS,
    "an operation runs Python, or writes or deletes files",
    "Export the model without it.",
    "`PyFunc`",
)
TENSORFLOW_OP: Final = Rule(
    "tensorflow-op",
    Severity.SUSPICIOUS,
    "an operation that is on no list: it may read files, call other machines or need a library",
    "Export the model without it.",
    "`ReadFile`",
)
TENSORFLOW_SAVER: Final = Rule(
    "tensorflow-saver",
    Severity.SUSPICIOUS,
    "an operation saves or restores checkpoints outside the model's saver",
    "Export the model again, with the saver that TensorFlow adds.",
    "`SaveV2` in a function that a signature calls",
)
TENSORFLOW_PATH: Final = Rule(
    "tensorflow-path",
    Severity.MALICIOUS,
    "a file outside the model's folder",
    "Export the model again, with its assets in its own folder.",
    "an asset named `../../etc/passwd`",
)
GRAPH_TEXT: Final = Rule(
    "graph-text",
    Severity.INCONCLUSIVE,
    "a graph of operators written as text is not read",
    "Save the model in binary form.",
    '`graph { node { op_type: "Relu" } }`',
)
TENSORFLOW_TEXT: Final = Rule(
    "tensorflow-text",
    Severity.INCONCLUSIVE,
    "a SavedModel written as text is not read",
    "Save the model in binary form.",
    "`meta_graphs {`",
)
FLATBUFFER_BROKEN: Final = Rule(
    "flatbuffer-broken",
    Severity.INCONCLUSIVE,
    "a flat buffer is broken",
    _AGAIN,
    "a table that lies outside the buffer",
)
TFLITE_CUSTOM: Final = Rule(
    "tflite-custom",
    Severity.SUSPICIOUS,
    "a custom operator that needs a library of its own",
    "Convert the model with builtin operators only.",
    "`FlexReadFile`",
)
TFLITE_OPERATOR: Final = Rule(
    "tflite-operator",
    Severity.SUSPICIOUS,
    "an operator that TensorFlow Lite does not define",
    "Convert the model with builtin operators only.",
    "the operator 4711",
)
TORCHSCRIPT_FILE: Final = Rule(
    "torchscript-file",
    Severity.SUSPICIOUS,
    "TorchScript code touches files",
    "Export the model without reading or writing files.",
    "`torch.from_file(`",
)
TORCHSCRIPT_OPERATOR: Final = Rule(
    "torchscript-operator",
    Severity.SUSPICIOUS,
    "an operator that needs a library, or calls Python or other machines",
    "Export the model with PyTorch's own operators only.",
    "`ops.mylib.run(x)`",
)
TORCH_EXPORT: Final = Rule(
    "torch-export",
    Severity.SUSPICIOUS,
    "an exported graph calls something that is not an operator",
    "Export the model again with PyTorch's own operators only.",
    "the target `torch.hub.load`",
)
TORCH_EXPORT_EXPRESSION: Final = Rule(
    "torch-export-expression",
    Severity.MALICIOUS,
    "an expression that is evaluated is not arithmetic",
    "Do not load the model.",
    "the size `exec('x')`",
)
GRAPH_UNREAD: Final = Rule(
    "graph-unread",
    Severity.INCONCLUSIVE,
    "a model of a format whose parts this engine does not judge",
    "Publish the model as ONNX, or accept it as it is if you know who made it.",
    "a CoreML model, PMML, OpenVINO's XML",
)
XML_DOCTYPE: Final = Rule(
    "xml-doctype",
    Severity.SUSPICIOUS,
    "the XML document defines entities, which may read files",
    "Write the document without a DOCTYPE.",
    '`<!DOCTYPE x [<!ENTITY e SYSTEM "/etc/passwd">]>`',
)
CAFFE_PYTHON: Final = Rule(
    "caffe-python",
    Severity.SUSPICIOUS,
    "a layer imports a Python module",
    "Read that module, or use a model that Caffe supports without it.",
    '`layer { type: "Python" }`',
)

RULES: Final = (
    PROTOBUF_BROKEN, ONNX_PYTHON, ONNX_DOMAIN, ONNX_OPERATOR, ONNX_CONTEXT, ONNX_EXTERNAL,
    ONNX_EXTERNAL_NAME, ONNX_DEPTH, TENSORFLOW_OP_DANGEROUS, TENSORFLOW_OP, TENSORFLOW_SAVER,
    TENSORFLOW_PATH, TENSORFLOW_TEXT, GRAPH_TEXT, FLATBUFFER_BROKEN, TFLITE_CUSTOM,
    TFLITE_OPERATOR, TORCHSCRIPT_FILE, TORCHSCRIPT_OPERATOR, TORCH_EXPORT,
    TORCH_EXPORT_EXPRESSION, XML_DOCTYPE, GRAPH_UNREAD, CAFFE_PYTHON,
)  # fmt: skip
