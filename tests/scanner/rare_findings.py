"""Files that break the rules which no payload breaks: mostly broken, not hostile."""

import json
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from struct import pack

from tests.scanner import assembler as asm
from tests.scanner import containers as box

SHEBANG = b"#!/bin/sh\necho\n"


def rare_findings() -> Iterator[bytes]:
    """Yield one file for each of these rules; `engine-failure` has none."""
    yield bytes(100)
    yield SHEBANG
    yield from _archives()
    yield from _models()
    yield json.dumps({"chat_template": "{{ x }}" + "x" * 1_100_000}).encode()
    yield b'{"license": ' + b"[" * 100_000
    yield b"import torch\n\ndef f():\n  return torch.from_file('x')\n"
    nested = asm.pickle(b"N")
    for _ in range(10):
        nested = asm.pickle(asm.joblib_array("O8", nested, 1, padding=None))
    yield nested


def _archives() -> Iterator[bytes]:
    seven = box.seven_zip("a.txt", b"text")
    yield seven[:-4]
    yield seven + b"text"
    yield seven_zip_of_coder()
    yield box.COMPRESSIONS["gzip"](b"text") + b"text"
    for kind in (tarfile.SYMTYPE, tarfile.GNUTYPE_SPARSE):
        yield _tar_of_kind(kind)
    packed = box.zip_of({"a.txt": b"text"}, zipfile.ZIP_DEFLATED)
    yield packed.replace(pack("<I", zlib.crc32(b"text")), pack("<I", 1))
    yield gapped_zip()


def seven_zip_of_coder() -> bytes:
    """A 7z whose coder no version of the format has."""
    return box.seven_zip("a.txt", b"text", coder=b"\x7f")


def gapped_zip() -> bytes:
    """A zip of two members with bytes between them that belong to neither."""
    archive = box.zip_of({"a.txt": b"text", "b.txt": b"text"})
    second = archive.index(b"PK\x03\x04", 4)
    central = archive.index(b"PK\x01\x02")
    out = bytearray(archive[:second] + bytes(40) + archive[second:])
    entry = out.index(b"PK\x01\x02", central + 44)
    out[entry + 42 : entry + 46] = pack("<I", second + 40)
    end = out.index(b"PK\x05\x06")
    out[end + 16 : end + 20] = pack("<I", central + 40)
    return bytes(out)


def _tar_of_kind(kind: bytes) -> bytes:
    info = tarfile.TarInfo("a")
    info.type, info.linkname = kind, "b"
    return info.tobuf(tarfile.GNU_FORMAT) + bytes(1024)


def _models() -> Iterator[bytes]:
    yield box.hdf5_of(box.hdf5_attribute("model_config", b'{"class_name": "Sequ'))
    yield box.npy("'<f4'", "(1,)", bytes(4)) + b"text"
    yield box.npy("'<T8'", "(1,)", bytes(8))
    yield box.saved_model("Const", metadata="{broken")
    tensor = box.field(1, b"\x01" * 5_000)
    yield box.field(1, 8) + box.field(7, box.field(5, tensor))
    node = box.onnx_node("Relu")
    for _ in range(20):
        inner = box.field(5, box.field(1, "body") + box.field(6, box.field(1, node)))
        node = box.onnx_node("Loop", "", inner)
    yield box.onnx(node)
