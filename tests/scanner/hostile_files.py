"""Files that are made to keep a scanner busy or to fill its memory, in any size.

Each maker yields its file in blocks, so that it never fills the memory of who writes it.
"""

import zipfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from struct import pack
from typing import Final

from tests.scanner import containers as box

MB: Final = 1_000_000


def same(part: bytes, size: float) -> Iterator[bytes]:
    """Yield `size` bytes of the same part over and over, in blocks."""
    block = part * (MB // len(part))
    for _ in range(int(size) // len(block)):
        yield block
    yield part * (int(size) % len(block) // len(part))


def numbered(make: Callable[[int], bytes], count: float) -> Iterator[bytes]:
    """Yield `count` parts that differ, in blocks."""
    for start in range(0, int(count), 10_000):
        yield b"".join(make(number) for number in range(start, min(start + 10_000, int(count))))


def imports_in_a_zip(scale: float) -> Iterator[bytes]:
    """5 million different imports, in 10 MB."""
    yield b"\x80\x02"
    yield from numbered(
        lambda number: b"cm%d\nn%d\n0" % (number % 1_000, number), 5_000_000 * scale
    )
    yield b"N."


def safetensors_of(make: Callable[[int], bytes], count: float) -> Iterator[bytes]:
    parts = list(numbered(make, count))
    header = b'{"a":[' + b",".join(part.rstrip(b",") for part in parts) + b"]}"
    yield pack("<Q", len(header))
    yield header


def safetensors_tensors(scale: float) -> Iterator[bytes]:
    """A header of 31 MB: empty tensors, each in its place."""
    empty = b'"%d":{"dtype":"F32","shape":[0],"data_offsets":[0,0]},'
    header = b"".join(numbered(lambda number: empty % number, 520_000 * scale))
    header = b"{" + header.rstrip(b",") + b"}"
    yield pack("<Q", len(header))
    yield header


def json_of(make: Callable[[int], bytes], count: float, start: bytes = b"") -> Iterator[bytes]:
    yield start or b'{"license":['
    yield from numbered(make, count)
    yield b"0]}"


def csv_of_classes(scale: float) -> Iterator[bytes]:
    """A table of 255 MB whose first word is `class`."""
    yield b"class,first,second\n"
    yield from same(b"0,1.5,2.25\n1,2.5,4.75\n", 255 * MB * scale)


def tensorflow_nodes(scale: float) -> Iterator[bytes]:
    """A graph of small nodes that differ."""

    def node(number: int) -> bytes:
        return box.field(1, box.field(1, f"n{number}") + box.field(2, f"O{number}"))

    yield box.field(1, box.field(1, "a") + box.field(2, "Const"))
    yield from numbered(node, 1_400_000 * scale)


def tensorflow_functions(scale: float) -> Iterator[bytes]:
    """A graph of small functions that differ and call each other."""

    def function(number: int) -> bytes:
        node = box.field(1, "n") + box.field(2, f"f{number + 1}")
        return box.field(1, box.field(1, box.field(1, f"f{number}")) + box.field(3, node))

    library = b"".join(numbered(function, 1_000_000 * scale))
    yield box.field(1, box.field(1, "a") + box.field(2, "f0"))
    yield box.field(2, library)


def onnx_nodes(scale: float) -> Iterator[bytes]:
    """A graph of small nodes with operators and domains that differ."""
    nodes = b"".join(
        numbered(
            lambda number: box.field(1, box.onnx_node(f"O{number}", f"d{number}")),
            1_200_000 * scale,
        )
    )
    yield box.onnx(box.onnx_node("Relu"))
    yield box.field(7, nodes)


def onnx_tensors(scale: float) -> Iterator[bytes]:
    """A graph of tensors that lie in files that differ."""
    tensors = b"".join(
        numbered(lambda number: box.field(5, box.onnx_tensor(f"f{number}")), 600_000 * scale)
    )
    yield box.onnx(box.onnx_node("Relu"))
    yield box.field(7, tensors)


def msgpack_arrays(scale: float) -> Iterator[bytes]:
    """30 MB of empty arrays."""
    count = int(30 * MB * scale)
    yield b"\xdd" + pack(">I", count)
    yield from same(b"\x90", count)


def msgpack_keys(scale: float) -> Iterator[bytes]:
    """30 MB of keys that differ."""
    count = int(3_300_000 * scale)
    yield b"\xdf" + pack(">I", count)
    yield from numbered(lambda number: b"\xa7%07d\xc0" % number, count)


def gguf_keys(scale: float) -> Iterator[bytes]:
    """30 MB of metadata."""
    count = int(1_300_000 * scale)
    yield b"GGUF" + pack("<IQQ", 3, 0, count)
    yield from numbered(lambda n: pack("<Q", 8) + b"k%07d" % n + pack("<IB", 0, 1), count)


def gguf_texts(scale: float) -> Iterator[bytes]:
    """An array of texts of 45 MB."""
    count = int(5_000_000 * scale)
    yield b"GGUF" + pack("<IQQ", 3, 0, 1) + pack("<Q", 22) + b"tokenizer.chat_template"[:22]
    yield pack("<IIQ", 9, 8, count)
    yield from same(pack("<Q", 1) + b"a", 9 * count)


MAKERS: Final[dict[str, Callable[[float], Iterable[bytes]]]] = {
    "imports_in_a_zip": imports_in_a_zip,
    "braces": lambda scale: same(b"{{", 8 * MB * scale),
    "blocks": lambda scale: same(b"{{ x.__class__ }}", 8 * MB * scale),
    "safetensors_tensors": safetensors_tensors,
    "safetensors_lists": lambda scale: safetensors_of(lambda _: b"[],", 10_300_000 * scale),
    "safetensors_texts": lambda scale: safetensors_of(lambda n: b'"%07d",' % n, 3_100_000 * scale),
    "json_numbers": lambda scale: json_of(lambda _: b"1,", 7_700_000 * scale),
    "json_floats": lambda scale: json_of(lambda n: b"%d.5," % n, 3_300_000 * scale),
    "json_lists": lambda scale: json_of(lambda _: b"[],", 10_000_000 * scale),
    "json_objects": lambda scale: json_of(lambda n: b'{"%d":0},' % n, 2_200_000 * scale),
    "json_targets": lambda scale: json_of(
        lambda n: b'{"_target_":"os.f%d"},' % n, 1_200_000 * scale
    ),
    "json_templates": lambda scale: json_of(
        lambda _: b'{"template":"{{x.__class__}}"},', 1_000_000 * scale
    ),
    "notebook": lambda scale: json_of(
        lambda _: b"1,", 7_700_000 * scale, b'{"nbformat":4,"cells":['
    ),
    "yaml_tags": lambda scale: same(b"a: !!python/object/apply:x\n", 8 * MB * scale),
    "yaml_tags_in_comments": lambda scale: same(b"# !!python/object/apply:x\n", 8 * MB * scale),
    "yaml_targets": lambda scale: numbered(
        lambda n: b"_target_: os.f%d\n" % n, 500_000 * scale
    ),
    "blanks": lambda scale: same(b" ", 34 * MB * scale),
    "letters_c": lambda scale: same(b"c", 60 * MB * scale),
    "lines_of_c": lambda scale: same(b"c\n", 60 * MB * scale),
    "blank_lines": lambda scale: same(b"\n", MB * scale),
    "csv_of_classes": csv_of_classes,
    "tensorflow_nodes": tensorflow_nodes,
    "tensorflow_functions": tensorflow_functions,
    "onnx_nodes": onnx_nodes,
    "onnx_tensors": onnx_tensors,
    "msgpack_arrays": msgpack_arrays,
    "msgpack_keys": msgpack_keys,
    "gguf_keys": gguf_keys,
    "gguf_texts": gguf_texts,
}  # fmt: skip
"""Makers by name; `scale` is 1 for the size that is measured in the documentation."""
NAMES: Final = {"blank_lines": "README.md", "csv_of_classes": "classes.csv"}
"""Names that readers look at; other files are named after their makers."""


def write(name: str, folder: Path, scale: float) -> Path:
    """Write one of the files and return where it is."""
    path = folder / NAMES.get(name, name)
    if name.endswith("_in_a_zip"):
        with (
            zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive,
            archive.open("archive/data.pkl", "w", force_zip64=True) as member,
        ):
            member.writelines(MAKERS[name](scale))
    else:
        with path.open("wb") as file:
            file.writelines(MAKERS[name](scale))
    return path
