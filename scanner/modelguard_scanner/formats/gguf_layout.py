"""Where the tensors of a GGUF file lie: one after the other, and nothing else after the metadata.

Source: ggml's docs/gguf.md and ggml-common.h.
"""

from math import prod
from typing import TYPE_CHECKING, Final

from modelguard_scanner.catalogue.models import GGUF_BROKEN
from modelguard_scanner.limits import ScanError

if TYPE_CHECKING:
    from modelguard_scanner.scanning import Member, Scan

ALIGNMENT_KEY: Final = "general.alignment"
ALIGNMENT: Final = 32
"""Where the metadata name none."""
MAX_ALIGNMENT: Final = 4_096
MAX_ELEMENTS: Final = 1 << 50
TYPES: Final = {
    0: ("F32", 1, 4), 1: ("F16", 1, 2), 2: ("Q4_0", 32, 18), 3: ("Q4_1", 32, 20),
    6: ("Q5_0", 32, 22), 7: ("Q5_1", 32, 24), 8: ("Q8_0", 32, 34), 9: ("Q8_1", 32, 40),
    10: ("Q2_K", 256, 84), 11: ("Q3_K", 256, 110), 12: ("Q4_K", 256, 144), 13: ("Q5_K", 256, 176),
    14: ("Q6_K", 256, 210), 15: ("Q8_K", 256, 292), 16: ("IQ2_XXS", 256, 66),
    17: ("IQ2_XS", 256, 74), 18: ("IQ3_XXS", 256, 98), 19: ("IQ1_S", 256, 50),
    20: ("IQ4_NL", 32, 18), 21: ("IQ3_S", 256, 110), 22: ("IQ2_S", 256, 82),
    23: ("IQ4_XS", 256, 136), 24: ("I8", 1, 1), 25: ("I16", 1, 2), 26: ("I32", 1, 4),
    27: ("I64", 1, 8), 28: ("F64", 1, 8), 29: ("IQ1_M", 256, 56), 30: ("BF16", 1, 2),
    34: ("TQ1_0", 256, 54), 35: ("TQ2_0", 256, 66), 39: ("MXFP4", 32, 17), 40: ("NVFP4", 64, 36),
    41: ("Q1_0", 128, 18),
}  # fmt: skip
"""Name of each tensor type, the elements of a block, and its bytes."""


class Layout:
    """The tensors of one file, by their places after the metadata."""

    def __init__(self) -> None:
        self._alignment = ALIGNMENT
        self._names: set[str] = set()
        self._ranges: list[tuple[int, int]] = []

    def align(self, value: int | None, offset: int) -> None:
        """Take the alignment that the metadata name; None stands for any other type."""
        if value is None or not 0 < value <= MAX_ALIGNMENT or value & (value - 1):
            raise ScanError(GGUF_BROKEN, "an unusual alignment", offset)
        self._alignment = value

    def add(self, name: str, shape: tuple[int, ...], kind: int, start: int, offset: int) -> str:
        """Add a tensor and return the name of its type; `offset` is where it is described."""
        if kind not in TYPES:
            raise ScanError(GGUF_BROKEN, f"a tensor of the unknown type {kind}", offset)
        if name in self._names:
            raise ScanError(GGUF_BROKEN, "two tensors of one name", offset)
        self._names.add(name)
        label, block, size = TYPES[kind]
        elements = prod(shape)
        if elements > MAX_ELEMENTS or (shape[0] if shape else 1) % block:
            raise ScanError(GGUF_BROKEN, "a tensor of a shape that its type does not have", offset)
        self._ranges.append((start, start + elements // block * size))
        return label

    def check(self, scan: "Scan", member: "Member", end: int) -> None:
        """Check that the tensors fill the file after the metadata, which end at `end`."""
        data, at = self._up(end), 0
        for start, stop in sorted(self._ranges):
            if self._up(at) != start:
                raise ScanError(GGUF_BROKEN, "tensors that overlap or leave a gap", data + start)
            at = stop
        rest = member.source.size - data - at
        if rest < 0 and self._ranges:
            raise ScanError(GGUF_BROKEN, "a tensor reaches beyond the file", data)
        if rest >= self._alignment:
            scan.find(member, GGUF_BROKEN, f"{rest} bytes belong to no tensor", data + at)

    def _up(self, at: int) -> int:
        return -(-at // self._alignment) * self._alignment
