"""safetensors: a JSON header and raw tensors, with nothing before, between or after them."""

import json
import re
from math import prod
from typing import Final

from modelguard_scanner.catalogue.models import SAFETENSORS_BROKEN, SAFETENSORS_LAYOUT
from modelguard_scanner.formats.parsed import parsed_bytes
from modelguard_scanner.limits import ScanError, TooLarge
from modelguard_scanner.scanning import Member, Scan

BITS: Final = {
    "BOOL": 8, "U8": 8, "I8": 8, "F8_E5M2": 8, "F8_E4M3": 8, "F8_E8M0": 8, "I16": 16, "U16": 16,
    "F16": 16, "BF16": 16, "I32": 32, "U32": 32, "F32": 32, "F64": 64, "I64": 64, "U64": 64,
    "C64": 64, "F4": 4, "F6_E2M3": 6, "F6_E3M2": 6,
}  # fmt: skip

LONE: Final = re.compile(rb"\\u[dD][89a-fA-F]")
"""The escape of half a character, which only makes one with its other half."""
MAX_NUMBER: Final = (1 << 64) - 1


def inspect_safetensors(scan: Scan, member: Member) -> bool:
    """Check that the tensors cover the file exactly once."""
    length = int.from_bytes(member.source.read_at(0, 8), "little")
    if length > scan.limits.max_header_bytes:
        raise TooLarge("bytes of a safetensors header", scan.limits.max_header_bytes)
    scan.facts.add_format("safetensors")
    data = member.source.read_at(8, length)
    scan.budget.check_memory(parsed_bytes(data))
    header = _parse(data)
    metadata = header.pop("__metadata__", {})
    if not isinstance(metadata, dict) or not all(isinstance(v, str) for v in metadata.values()):
        raise _broken("the metadata are not a map of strings")
    _note(scan, metadata)
    ranges = [_tensor(scan, name, info) for name, info in header.items()]
    at = 0
    for start, end, name in sorted(ranges):
        if start != at:
            kind = "overlaps another" if start < at else "leaves a hole before it"
            message = f"the tensor {name} {kind}"
            scan.find(member, SAFETENSORS_LAYOUT, message, 8 + length + start)
        at = max(at, end)
    rest = member.source.size - 8 - length - at
    if rest < 0:
        raise _broken("the tensors reach beyond the file")
    if rest:
        message = f"{rest} bytes belong to no tensor"
        scan.find(member, SAFETENSORS_LAYOUT, message, 8 + length + at)
    return True


def _note(scan: Scan, metadata: dict[str, str]) -> None:
    """Take facts from the metadata of PyTorch, of Kohya, and of the model specification."""
    for key in ("license", "modelspec.license"):
        scan.facts.add_license(metadata.get(key, ""))
    if "format" in metadata:
        scan.facts.add_note(f"safetensors written for {metadata['format']}")
    scan.facts.add_architecture(metadata.get("modelspec.architecture", ""))
    scan.facts.add_base_model(metadata.get("ss_sd_model_name", ""))


def _parse(data: bytes) -> dict[str, object]:
    lone = LONE.search(data) is not None

    def unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
        if len({key for key, _ in pairs}) != len(pairs):
            raise _broken("a key occurs twice")
        if lone and any(_is_lone(text) for pair in pairs for text in pair):
            raise _broken("a text that is not valid Unicode")
        return dict(pairs)

    try:
        header = json.loads(data.decode(), object_pairs_hook=unique, parse_int=_natural)
    except (ValueError, RecursionError) as error:
        raise _broken("the header is no JSON") from error
    if not isinstance(header, dict):
        raise _broken("the header is no JSON object")
    return header


def _tensor(scan: Scan, name: str, info: object) -> tuple[int, int, str]:
    """Check one tensor and return its range."""
    scan.budget.spend()
    if not isinstance(info, dict):
        raise _broken(f"the tensor {name} is not an object")
    dtype, shape, offsets = info.get("dtype"), info.get("shape"), info.get("data_offsets")
    if (
        not isinstance(dtype, str)
        or dtype not in BITS
        or not (isinstance(shape, list) and _numbers(shape))
        or not (isinstance(offsets, list) and _numbers(offsets))
    ):
        raise _broken(f"the tensor {name} has an unknown type, shape or place")
    if len(offsets) != 2 or offsets[1] - offsets[0] != (prod(shape) * BITS[dtype] + 7) // 8:  # noqa: PLR2004  # start, end
        raise _broken(f"the tensor {name} is not as long as its shape")
    scan.facts.add_tensor(dtype, tuple(shape), name)
    return offsets[0], offsets[1], name


def _natural(digits: str) -> int:
    """Read a number as the library does, for which -0 is none."""
    number = int(digits)
    if digits.startswith("-") or number > MAX_NUMBER:
        raise _broken("a number that is not a size")
    return number


def _is_lone(text: object) -> bool:
    return isinstance(text, str) and any("\ud800" <= one <= "\udfff" for one in text)


def _numbers(items: list[object]) -> bool:
    return all(type(item) is int and item >= 0 for item in items)


def _broken(message: str) -> ScanError:
    return ScanError(SAFETENSORS_BROKEN, message)
