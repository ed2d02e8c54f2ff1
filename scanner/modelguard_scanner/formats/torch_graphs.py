"""PyTorch's graphs: TorchScript's code and byte code, and the documents of `torch.export`.

Source: torch/csrc/jit/frontend, torch/csrc/jit/mobile, torch/_export/serde/serialize.py of 2.13.
"""

import re
from typing import TYPE_CHECKING, Final

from modelguard_scanner.catalogue.graphs import (
    TORCH_EXPORT,
    TORCH_EXPORT_EXPRESSION,
    TORCHSCRIPT_FILE,
    TORCHSCRIPT_OPERATOR,
)
from modelguard_scanner.formats.keras_config import dicts

if TYPE_CHECKING:
    from modelguard_scanner.scanning import Member, Scan

SPACE: Final = r"(?:[\s\\]|#[^\n]*\n)*"
"""What may stand between the parts of a dotted name."""
NAMES: Final = re.compile(rf"(?<![\w.'\"])(torch|ops)\b((?:{SPACE}\.{SPACE}\w+)*)")
FILES: Final = re.compile(rf"\.{SPACE}(save|from_file|load_tensor|read_file|write_file)\b")
"""Operators that touch files. A method of any value may be an operator."""
PYTHON: Final = re.compile(r"\^\w+\(|\bPyFn\b")
FILE_OPERATORS: Final = frozenset(
    {"save", "from_file", "load_tensor", "read_file", "write_file", "decode_image_file"}
)
REFUSED: Final = frozenset({"PythonOp", "rpc_async", "rpc_remote", "rpc_sync"})
NAMESPACES: Final = frozenset({"aten", "prim", "prims", "prepacked", "quantized", "_quantized",
    "quantized_decomposed", "quantization", "sparse", "static_runtime", "mkl", "mkldnn",
    "mkldnn_prepacked", "onednn", "onnx", "inductor", "torchvision", "torchaudio", "xnnpack",
    "metal_prepack", "vulkan_prepack", "profiler", "higher_order", "rngprims", "export",
    "_native", "cuda"})  # fmt: skip
"""Where operators that only compute come from; `torch.ops.higher_order` calls graphs."""
OPERATOR: Final = re.compile(rb"(?<![\w:])([A-Za-z_]\w*)::([A-Za-z_]\w*)")
SEARCHED: Final = 64 * 1024 * 1024
NUMERIC: Final = re.compile(
    r"(?:_operator|math)\.\w+|torch\.sym_\w+|torch\._sym_\w+|torch\.ops\.(\w+)\.(\w+)(?:\.\w+)?"
)
"""Targets of an exported graph, as PyTorch resolves them."""
EXPRESSION: Final = re.compile(r"(?:[\s\d+\-*/%()\[\],.<>=!&|~]|\w+|'\w+')*")
WORD: Final = re.compile(r"[A-Za-z_]\w*")
SYMBOL: Final = re.compile(r"_?[a-z]{1,4}\d+(?:_\d+)?")
FUNCTIONS: Final = frozenset(
    """
Symbol Integer Rational Float Add Mul Pow Mod Max Min Abs Piecewise Tuple Eq Ne Lt Le Gt Ge
Equality Unequality StrictLessThan LessThan StrictGreaterThan GreaterThan And Or Not Xor ITE
FloorDiv ModularIndexing Where PythonMod CleanDiv CeilToInt FloorToInt CeilDiv LShift RShift
PowByNatural FloatPow FloatTrueDiv IntTrueDiv IsNonOverlappingAndDenseIndicator TruncToFloat
TruncToInt RoundToInt RoundDecimal ToFloat Identity BitwiseFn_bitwise_and BitwiseFn_bitwise_or
floor ceiling sqrt oo true false True False None BooleanTrue BooleanFalse Infinity
NegativeInfinity One Zero NegativeOne Half positive negative integer nonnegative nonpositive
real nonzero evaluate precision prec commutative finite and or not int_oo zoo nan
""".split()  # noqa: SIM905  # words are read most easily as text
)
"""Names in the expressions of shapes, which PyTorch hands to SymPy, which evaluates them."""
KEYS: Final = frozenset({"graph_module", "expr_str", "guards_code", "range_constraints"})


def inspect_code(scan: "Scan", member: "Member", text: str) -> None:
    """Judge a piece of TorchScript's code."""
    found = FILES.search(text)
    if found:
        message = f"TorchScript code touches files: {found[1]}"
        scan.find(member, TORCHSCRIPT_FILE, message, found.start())
    if PYTHON.search(text):
        scan.find(member, TORCHSCRIPT_OPERATOR, "TorchScript code calls Python")
    for name in NAMES.finditer(text):
        scan.budget.spend()
        parts = re.sub(SPACE, "", name[2]).split(".")[1:]
        if not parts or (name[1] == "ops" and len(parts) < 2):  # noqa: PLR2004  # space and name
            message = "TorchScript code gives another name to a space of operators"
            scan.find(member, TORCHSCRIPT_OPERATOR, message, name.start())
        elif name[1] == "ops":
            _judge(scan, member, parts[0], parts[1], name.start())
        else:
            _judge(scan, member, "aten", parts[-1], name.start())


def inspect_bytecode(scan: "Scan", member: "Member") -> None:
    """Judge the operators that the byte code of a mobile model names."""
    data = member.source.read_at(0, SEARCHED)
    for found in OPERATOR.finditer(data):
        scan.budget.spend()
        _judge(scan, member, found[1].decode(), found[2].decode(), found.start())


def _judge(scan: "Scan", member: "Member", space: str, name: str, offset: int) -> None:
    if name in FILE_OPERATORS:
        message = f"the operator {space}::{name} touches files"
        scan.find(member, TORCHSCRIPT_FILE, message, offset)
    elif space not in NAMESPACES or name in REFUSED:
        message = f"the operator {space}::{name} needs a library, or calls Python or machines"
        scan.find(member, TORCHSCRIPT_OPERATOR, message, offset)


def inspect_export(scan: "Scan", member: "Member", root: object) -> None:
    """Judge a document of `torch.export`: what its nodes call, and what is evaluated."""
    if not (isinstance(root, dict) and any(KEYS & node.keys() for node in dicts(root))):
        return
    scan.facts.add_format("torch-export")
    for node in dicts(root):
        scan.budget.spend()
        target = node.get("target")
        if isinstance(target, str) and isinstance(node.get("inputs"), list):
            _target(scan, member, target)
        if "expr_str" in node:
            _expression(scan, member, node["expr_str"])
        constraints = node.get("range_constraints")
        for key in constraints if isinstance(constraints, dict) else ():
            _expression(scan, member, key)
        guards = node.get("guards_code")
        if guards:
            message = "the graph carries guards, which are compiled as Python"
            scan.find(member, TORCH_EXPORT, message)


def _target(scan: "Scan", member: "Member", target: str) -> None:
    match = NUMERIC.fullmatch(target)
    if match and match[1]:
        _judge(scan, member, match[1], match[2], 0)
    elif not match:
        scan.find(member, TORCH_EXPORT, f"a node calls {target}")


def _expression(scan: "Scan", member: "Member", text: object) -> None:
    if not isinstance(text, str) or not EXPRESSION.fullmatch(text) or "__" in text:
        scan.find(member, TORCH_EXPORT_EXPRESSION, f"an expression is not arithmetic: {text}")
        return
    for word in WORD.findall(text):
        if word not in FUNCTIONS and not SYMBOL.fullmatch(word):
            message = f"an expression names {word}: {text}"
            scan.find(member, TORCH_EXPORT_EXPRESSION, message)
            return
