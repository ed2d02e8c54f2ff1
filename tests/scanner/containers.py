"""Files around payloads, written byte by byte where a library would refuse to write them."""

import base64
import bz2
import gzip
import hashlib
import io
import json
import lzma
import tarfile
import zipfile
import zlib
from collections.abc import Callable
from math import prod
from struct import pack


def zip_of(members: dict[str, bytes], method: int = zipfile.ZIP_STORED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        for name, data in members.items():
            archive.writestr(zipfile.ZipInfo(name), data, method)
    return file.getvalue()


def torch_zip(
    data_pkl: bytes, storages: dict[str, bytes] | None = None, /, **extra: bytes
) -> bytes:
    members = {"archive/data.pkl": data_pkl, "archive/byteorder": b"little"}
    members |= {f"archive/data/{key}": data for key, data in (storages or {}).items()}
    members |= {"archive/version": b"3\n", "archive/.data/serialization_id": b"1234"}
    return zip_of(members | {f"archive/{name}": data for name, data in extra.items()})


def torch_legacy(body: bytes, *storages: bytes) -> bytes:
    magic = b"\x8a\x0a" + (0x1950A86A20F9469CFC6C).to_bytes(10, "little")
    head = b"\x80\x02" + magic + b".\x80\x02M\xe9\x03.\x80\x02}."
    keys = b"\x80\x02](" + b"X\x01\x00\x00\x00" + b"0e."
    raw = b"".join(pack("<Q", len(data) // 4) + data for data in storages)
    return head + body + keys + raw


def wheel_members(files: dict[str, bytes]) -> dict[str, bytes]:
    """The members of a complete wheel `x` 1.0 that holds these files."""
    info = "x-1.0.dist-info/"
    members = dict(files)
    members[info + "WHEEL"] = b"Wheel-Version: 1.0\nGenerator: test\nTag: py3-none-any\n"
    members[info + "METADATA"] = b"Metadata-Version: 2.1\nName: x\nVersion: 1.0\n"
    rows = [f"{name},{_wheel_hash(data)},{len(data)}\n" for name, data in members.items()]
    members[info + "RECORD"] = ("".join(rows) + info + "RECORD,,\n").encode()
    return members


def _wheel_hash(data: bytes) -> str:
    digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest())
    return "sha256=" + digest.decode().rstrip("=")


def npy(descr: str, shape: str, data: bytes) -> bytes:
    header = f"{{'descr': {descr}, 'fortran_order': False, 'shape': {shape}, }}".encode()
    header += b" " * (-(len(header) + 11) % 64) + b"\n"
    return b"\x93NUMPY\x01\x00" + pack("<H", len(header)) + header + data


def tar_of(members: dict[str, bytes], form: int = tarfile.USTAR_FORMAT) -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w", format=form) as archive:
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return file.getvalue()


def seven_zip(
    name: str, data: bytes, coder: bytes = b"\x00", properties: bytes = b"", filler: bytes = b""
) -> bytes:
    """A 7z archive of one file, stored unless another coder is named.

    `properties` are written after its name, `filler` after its bytes.
    """
    streams = b"\x04\x06\x00\x01\x09" + _number(len(data)) + b"\x00"
    streams += b"\x07\x0b\x01\x00\x01\x01" + coder + b"\x0c" + _number(len(data)) + b"\x00\x00"
    names = b"\x00" + (name + "\0").encode("utf-16-le")
    header = b"\x01" + streams + b"\x05\x01\x11" + _number(len(names)) + names
    header += properties + b"\x00\x00"
    data += filler
    start = pack("<QQI", len(data), len(header), zlib.crc32(header))
    return b"7z\xbc\xaf\x27\x1c\x00\x04" + pack("<I", zlib.crc32(start)) + start + data + header


def _number(value: int) -> bytes:
    return b"\xff" + pack("<Q", value)


COMPRESSIONS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "bz2": bz2.compress,
    "xz": lzma.compress,
    "lzma": lambda data: lzma.compress(data, lzma.FORMAT_ALONE),
    "zlib": zlib.compress,
}


def field(number: int, value: bytes | int | str) -> bytes:
    """One protocol buffer field."""
    if isinstance(value, int):
        return _varint(number << 3) + _varint(value)
    data = value.encode() if isinstance(value, str) else value
    return _varint(number << 3 | 2) + _varint(len(data)) + data


def _varint(value: int) -> bytes:
    out = b""
    while value > 127:
        out += bytes([value & 127 | 128])
        value >>= 7
    return out + bytes([value])


def onnx(*nodes: bytes, tensors: tuple[bytes, ...] = (), opset: str = "") -> bytes:
    graph = b"".join(field(1, node) for node in nodes) + b"".join(field(5, t) for t in tensors)
    imports = field(8, field(1, opset) + field(2, 17))
    return field(1, 8) + field(2, "pytorch") + field(7, field(2, "g") + graph) + imports


def onnx_node(operator: str, domain: str = "", *extra: bytes) -> bytes:
    return field(1, "x") + field(2, "y") + field(4, operator) + field(7, domain) + b"".join(extra)


def onnx_tensor(location: str | None = None) -> bytes:
    start = field(1, 2) + field(1, 3) + field(2, 1) + field(8, "w")
    if location is None:
        return start + field(9, bytes(24))
    return start + field(13, field(1, "location") + field(2, location)) + field(14, 1)


def saved_model(
    *operations: str,
    function: str | None = None,
    metadata: str | None = None,
    saver: bytes = b"",
) -> bytes:
    nodes = b"".join(field(1, field(1, f"n{op}") + field(2, op)) for op in operations)
    library = (
        b""
        if function is None
        else field(2, field(1, field(3, field(1, "f") + field(2, function))))
    )
    objects = b""
    if metadata is not None:
        objects = field(7, field(1, field(4, field(1, "_tf_keras_layer") + field(3, metadata))))
    info = field(1, field(5, "2.16.1"))
    return field(1, 1) + field(2, info + field(2, nodes + library) + field(3, saver) + objects)


def saver(name: str, save: str, restore: str) -> bytes:
    return field(1, f"{name}:0") + field(2, f"{save}:0") + field(3, restore)


def gguf(pairs: dict[str, str], shape: tuple[int, ...] = (4, 8)) -> bytes:
    out = b"GGUF" + pack("<IQQ", 3, 1, len(pairs) + 1)
    for key, value in pairs.items():
        out += _gguf_text(key) + pack("<I", 8) + _gguf_text(value)
    out += _gguf_text("tokens") + pack("<IIQ", 9, 8, 3) + _gguf_text("a") * 3
    out += _gguf_text("w") + pack("<I", len(shape)) + pack(f"<{len(shape)}Q", *shape)
    out += pack("<IQ", 0, 0)
    return out + bytes(-len(out) % 32) + bytes(4 * prod(shape))


def _gguf_text(value: str) -> bytes:
    data = value.encode()
    return pack("<Q", len(data)) + data


def safetensors(header: object, data: bytes) -> bytes:
    raw = header if isinstance(header, bytes) else json.dumps(header).encode()
    return pack("<Q", len(raw)) + raw + data


def hdf5(config: object) -> bytes:
    """A file whose root group has nothing but the configuration of a model."""
    return hdf5_of(hdf5_attribute("model_config", json.dumps(config).encode()))


def hdf5_of(*messages: bytes) -> bytes:
    """An HDF5 file whose root object has these messages."""
    body = b"".join(messages)
    start = b"\x89HDF\r\n\x1a\n\0\0\0\0\0\x08\x08\0" + pack("<HHI", 4, 16, 0)
    none = b"\xff" * 8
    start += pack("<Q", 0) + none + pack("<Q", 112 + len(body)) + none
    start += pack("<QQII", 0, 96, 0, 0) + bytes(16)
    return start + pack("<BBHII", 1, 0, len(messages), 1, len(body)) + bytes(4) + body


def hdf5_message(kind: int, data: bytes) -> bytes:
    data += bytes(-len(data) % 8)
    return pack("<HHB", kind, len(data), 0) + bytes(3) + data


def hdf5_attribute(name: str, value: bytes) -> bytes:
    """An attribute that is one text of fixed length, or as many as the longest message has."""
    datatype = b"\x13\0\0\0" + pack("<I", len(value))
    parts = (name.encode() + b"\0", datatype, b"\x01\0\0\0\0\0\0\0")
    head = pack("<BBHHH", 1, 0, *(len(part) for part in parts))
    return hdf5_message(12, head + b"".join(p + bytes(-len(p) % 8) for p in parts) + value)


def hdf5_link(name: str, kind: int, value: bytes) -> bytes:
    """A link of a kind other than hard."""
    head = b"\x01\x08" + bytes([kind, len(name)]) + name.encode()
    return hdf5_message(6, head + pack("<H", len(value)) + value)


def keras_zip(config: object) -> bytes:
    members = {
        "metadata.json": b'{"keras_version": "3.5.0", "date_saved": "2026-01-01"}',
        "config.json": json.dumps(config).encode(),
        "model.weights.h5": hdf5_of(),
    }
    return zip_of(members)


LAMBDA_CODE = base64.b64encode(b"\xe3" + bytes(90) + b"\xda\x06system" + bytes(60)).decode()
"""What byte code that calls `os.system` looks like in a configuration of Keras."""


def layer(name: str, module: str = "keras.layers", /, **config: object) -> dict[str, object]:
    inner = {"module": module, "class_name": name, "config": config, "registered_name": None}
    return {"module": "keras", "class_name": "Sequential", "config": {"layers": [inner]}}
