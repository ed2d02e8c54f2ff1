"""TensorFlow Lite: a table of operators, subgraphs and buffers.

Source: tensorflow/compiler/mlir/lite/schema/schema.fbs; the numbers are places in its tables.
"""

from typing import Final

from modelguard_scanner.catalogue.graphs import (
    TENSORFLOW_OP_DANGEROUS,
    TFLITE_CUSTOM,
    TFLITE_OPERATOR,
)
from modelguard_scanner.formats.flatbuffers import Buffer, Table
from modelguard_scanner.formats.tensorflow import DANGEROUS
from modelguard_scanner.scanning import Member, Scan

CUSTOM: Final = 32
REFUSED: Final = frozenset({51, 127, 173})
"""DELEGATE, a placeholder, and STABLEHLO_CUSTOM_CALL."""
LAST_OPERATOR: Final = 209
"""The last that TensorFlow 2.20 has."""
MODEL_FIELDS: Final = 8
BUNDLED: Final = frozenset({b"TFLite_Detection_PostProcess", b"Convolution2DTransposeBias",
    b"MaxPoolingWithArgmax2D", b"MaxUnpooling2D", b"Mfcc", b"AudioSpectrogram", b"NumericVerify",
    b"RFFT2D", b"IRFFT2D", b"Complex", b"Real", b"Imag", b"ComplexAbs", b"Irfft2d", b"Multinomial",
    b"RandomStandardNormal", b"RandomUniform", b"Roll", b"Sign", b"HashTableV2",
    b"TFLite_Nms"})  # fmt: skip
"""Custom operators that the interpreter, or MediaPipe's, brings along; they only compute."""
TYPES: Final = (
    "float32", "float16", "int32", "uint8", "int64", "string", "bool", "int16", "complex64",
    "int8", "float64", "complex128", "uint64", "resource", "variant", "uint32", "uint16", "int4",
    "bfloat16",
)  # fmt: skip


def inspect_tflite(scan: Scan, member: Member) -> bool:
    """Judge the operators, and check that subgraphs use no others."""
    scan.facts.add_format("tflite")
    model = Buffer(member.source, scan.budget, 0, member.source.size).root()
    if any(model.place(number) for number in range(MODEL_FIELDS, model.known)):
        scan.find(member, TFLITE_OPERATOR, "the model has parts of a later version")
    count = 0
    for code in model.tables(1):
        count += 1
        _operator(scan, member, code)
    for subgraph in model.tables(2):
        for tensor in subgraph.tables(0):
            kind = tensor.number(1, "<B")
            dtype = TYPES[kind] if kind < len(TYPES) else f"type {kind}"
            name = tensor.text(3).decode("utf-8", "backslashreplace")
            scan.facts.add_tensor(dtype, tensor.numbers(0), name)
        for operator in subgraph.tables(3):
            if operator.number(0, "<I") >= count:
                scan.find(member, TFLITE_OPERATOR, "an operator that the model does not list")
    return True


def _operator(scan: Scan, member: Member, code: Table) -> None:
    """Judge one entry of the table; its number has an old and a new place."""
    builtin = max(code.number(0, "<b"), code.number(3, "<i"))
    name = code.text(1)
    shown = name.decode("utf-8", "backslashreplace")
    if builtin == CUSTOM:
        if name.startswith(b"Flex") and shown.removeprefix("Flex") in DANGEROUS:
            message = f"the operator {shown} runs Python or writes files"
            scan.find(member, TENSORFLOW_OP_DANGEROUS, message)
        elif name not in BUNDLED:
            scan.find(member, TFLITE_CUSTOM, f"the operator {shown} needs a library of its own")
    elif builtin in REFUSED or not 0 <= builtin <= LAST_OPERATOR:
        scan.find(member, TFLITE_OPERATOR, f"the operator {builtin} is not one that only computes")
