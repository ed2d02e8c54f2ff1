"""Files that are, or hold, something else for another reader."""

import io
import json
import tarfile
from collections.abc import Iterator
from struct import pack

from tests.scanner import assembler as asm
from tests.scanner import containers as box
from tests.scanner.assembler import EVIL

LAMBDA = box.layer("Lambda", function=[box.LAMBDA_CODE, None, None])
TEXT = b"text" + bytes(508)
END = bytes(1024)


def disguised_containers() -> Iterator[tuple[str, bytes]]:
    """Every polyglot, zip and tar that two readers take for two things."""
    yield from _polyglots()
    yield from _zips()
    yield from _tars()


def _polyglots() -> Iterator[tuple[str, bytes]]:
    for size in (8_192, 65_536, 1 << 20):
        yield f"HDF5 behind {size} bytes", bytes(size) + box.hdf5(LAMBDA)
    archive = box.zip_of({"a": b"text" * 99}) + bytes(512)
    yield "HDF5 behind a zip", archive[:512] + box.hdf5(LAMBDA)
    models = {
        "ONNX": box.onnx(box.onnx_node("PyOp")),
        "SavedModel": box.saved_model("Const", "PyFunc"),
    }
    for name, model in models.items():
        yield f"pickle and {name}", _pickle_around(model)
    node, path = box.onnx_node("PyOp"), box.onnx_tensor("../../x")
    yield "ONNX of a graph alone", box.field(7, box.field(1, node))
    yield "ONNX of tensors alone", box.field(7, box.field(5, path))
    default = box.field(25, box.field(11, box.field(5, path)))
    yield "ONNX, a function's default", box.onnx(box.onnx_node("Add")) + default
    empty = box.field(1, box.field(3, "root"))
    layer = box.field(4, "_tf_keras_layer") + box.field(5, json.dumps(LAMBDA))
    yield "Keras metadata behind an empty node", empty + box.field(1, layer)
    yield (
        "an import in an HDF5 attribute",
        box.hdf5_of(box.hdf5_attribute("a", b"cos\nsystem\n(t.")),
    )
    yield "older R serialization", b"RDX2\nX\n\0\0\0\2"


def _pickle_around(model: bytes) -> bytes:
    """Bytes that `pickle.load` takes for one long string, and a protobuf reader for `model`.

    To the latter, the header and the length are two fields that it does not know.
    """
    last = b"\xea\x03\x01"  # a field of one byte, which is STOP
    for padding in range(512):
        body = b"\0" + box.field(60, bytes(padding)) + model + last
        if len(body) & 0xFF == 15 << 3 | 5:
            return b"\x80\x04B" + pack("<I", len(body)) + body + b"."
    raise AssertionError


def _zips() -> Iterator[tuple[str, bytes]]:
    storage = asm.pickle(asm.tensor("Byte", "DATA.PKL", len(EVIL)))
    members = {"data/DATA.PKL": EVIL, "data/version": b"3\n", "data.pkl": storage}
    yield "zip, a tensor that is another data.pkl", box.zip_of(members)
    yield "zip, two end records for zip64", _two_directories()


def _two_directories() -> bytes:
    """A checkpoint whose tensor is a second archive, to which only the zip64 locator leads."""
    inner = box.torch_zip(EVIL)
    directory, end = inner.index(b"PK\x01\x02"), inner.rindex(b"PK\x05\x06")
    size = end + 56
    state = asm.pickle(asm.tensor("Byte", "0", size))
    at = box.torch_zip(state, {"0": b"\xaa" * size}).index(b"\xaa" * size)
    entries = bytearray(inner[directory:end])
    count = position = 0
    while position < len(entries):
        header = int.from_bytes(entries[position + 42 : position + 46], "little")
        entries[position + 42 : position + 46] = (header + at).to_bytes(4, "little")
        position += 46 + int.from_bytes(entries[position + 28 : position + 30], "little")
        count += 1
    hidden = inner[:directory] + entries + _end64(count, len(entries), at + directory)
    outer = box.torch_zip(state, {"0": hidden})
    end = outer.rindex(b"PK\x05\x06")
    start = int.from_bytes(outer[end + 16 : end + 20], "little")
    members = int.from_bytes(outer[end + 10 : end + 12], "little")
    locator = pack("<4sIQI", b"PK\x06\x07", 0, at + size - 56, 1)
    return outer[:end] + _end64(members, end - start, start) + locator + outer[end:]


def _end64(count: int, size: int, offset: int) -> bytes:
    return pack("<4sQ2H2I4Q", b"PK\x06\x06", 44, 45, 45, 0, 0, count, count, size, offset)


def _tars() -> Iterator[tuple[str, bytes]]:
    evil = _tar_header(b"evil", len(EVIL)) + _padded(EVIL)
    checksum = bytearray(box.tar_of({"a": EVIL}))
    checksum[155] = ord("x")
    yield "tar, a checksum with a tail", bytes(checksum)
    for kind, name in ((b"5", b"d"), (b"\0", b"d/"), (b"3", b"d")):
        hidden = _tar_header(name, len(evil), kind) + evil
        yield f"tar, bytes of a folder or device {kind!r}", hidden + END
    size = b"12 size=512\n"
    longer = _tar_header(b"a", len(evil) + 512) + TEXT + evil + END
    for name, kind, text, declared in (
        ("tar, a size in Solaris' header", b"X", size, len(size)),
        ("tar, a size behind a header's text", b"x", b"11 a=bcdef\n" + size, 11),
    ):
        yield name, _tar_header(b"h", declared, kind) + _padded(text) + longer
    broken = _tar_header(b"h", 10, b"x") + _padded(b"99 size=9\n")
    longer = _tar_header(b"a", len(evil)) + evil + END
    yield "tar, a size in a record that is too long", broken + longer
    outside = _tar_header(b"x", 4, prefix=b"../..", magic=b"ustar  \0")
    yield "tar, a path in two parts", outside + TEXT + END
    yield "tar, a zip in a comment", _tar_around(box.keras_zip(LAMBDA))


def _tar_header(
    name: bytes, size: int, kind: bytes = b"0", prefix: bytes = b"", magic: bytes = b"ustar\x0000"
) -> bytes:
    numbers = b"0000644\0" + b"0000000\0" * 2 + b"%011o\0" % size + b"0" * 11 + b"\0"
    head = bytearray(name.ljust(100, b"\0") + numbers + b" " * 8 + kind + bytes(100) + magic)
    head = bytearray(bytes(head).ljust(345, b"\0") + prefix).ljust(512, b"\0")
    head[148:156] = b"%06o\0 " % sum(head)
    return bytes(head)


def _padded(data: bytes) -> bytes:
    return data + bytes(-len(data) % 512)


def _tar_around(archive: bytes) -> bytes:
    """A tar whose extended header holds a zip in a comment."""
    record = b" comment=" + archive + b"\n"
    length = len(record) + len(str(len(record) + 3))
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w", format=tarfile.USTAR_FORMAT) as outer:
        info = tarfile.TarInfo("h")
        info.type, info.size = b"x", length
        outer.addfile(info, io.BytesIO(str(length).encode() + record))
        outer.addfile(tarfile.TarInfo("a.txt"))
    return file.getvalue()
