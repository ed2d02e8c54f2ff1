"""Tables and arrays that a scanner must not call clean, by the loader that they concern."""

import base64
from collections.abc import Iterator
from struct import pack

from tests.scanner import assembler as asm
from tests.scanner import containers as box
from tests.scanner.assembler import EVIL

Flat = tuple[bytes, int]
"""A flat buffer's table with all that it refers to, and where in it the table starts."""

SIZES = {"u8": "<B", "i16": "<h", "i32": "<i", "i64": "<q"}


def tables() -> Iterator[tuple[str, bytes]]:
    """Everything of this module."""
    yield from _arrow()
    yield from _msgpack()
    yield from _hdf5()
    yield from _npy()
    yield from _ubjson()


def table(**fields: tuple[str, object]) -> Flat:
    """A table; `f3=("i32", 7)` is its fourth field."""
    numbers = {int(name[1:]): value for name, value in fields.items()}
    vtable, inline = [0] * (max(numbers, default=-1) + 1), bytearray(4)
    later: list[tuple[int, bytes, int]] = []
    for number, (kind, value) in numbers.items():
        vtable[number] = len(inline)
        if kind in SIZES:
            inline += pack(SIZES[kind], value)
        else:
            later.append((len(inline), *_child(kind, value)))
            inline += bytes(4)
    head = pack(f"<HH{len(vtable)}H", 4 + 2 * len(vtable), len(inline), *vtable)
    inline[:4] = pack("<i", len(head))
    tail = b""
    for at, data, start in later:
        inline[at : at + 4] = pack("<I", len(inline) - at + len(tail) + start)
        tail += data
    return head + bytes(inline) + tail, len(head)


def _child(kind: str, value: object) -> Flat:
    if kind == "text":
        assert isinstance(value, bytes)
        return pack("<I", len(value)) + value + b"\0", 0
    if kind == "table":
        assert isinstance(value, tuple)
        return value
    assert isinstance(value, list)
    offsets, tail = b"", b""
    for index, (data, start) in enumerate(value):
        offsets += pack("<I", 4 * (len(value) - index) + len(tail) + start)
        tail += data
    return pack("<I", len(value)) + offsets + tail, 0


def buffer(root: Flat) -> bytes:
    return pack("<I", 4 + root[1]) + root[0]


def pair(key: bytes, value: bytes) -> Flat:
    return table(f0=("text", key), f1=("text", value))


def schema(*pairs: Flat, own: tuple[Flat, ...] = (), nested: bool = False) -> Flat:
    """A schema of one field, whose metadata are `pairs`; its own are `own`."""
    field = table(f0=("text", b"a"), f6=("tables", list(pairs)))
    if nested:
        field = table(f0=("text", b"s"), f5=("tables", [field]))
    return table(f1=("tables", [field]), f2=("tables", list(own)))


def stream(made: Flat) -> bytes:
    message = buffer(table(f0=("i16", 4), f1=("u8", 1), f2=("table", made), f3=("i64", 0)))
    return b"\xff\xff\xff\xff" + pack("<I", len(message)) + message + b"\xff\xff\xff\xff\0\0\0\0"


def arrow(made: Flat) -> bytes:
    footer = buffer(table(f0=("i16", 4), f1=("table", made)))
    return b"ARROW1\0\0" + footer + pack("<I", len(footer)) + b"ARROW1"


def parquet(key: bytes, value: bytes, path: bytes = b"") -> bytes:
    """A Parquet file without rows, in Thrift's compact protocol."""
    pairs = b"\x19\x1c" + b"\x18" + _sized(key) + b"\x18" + _sized(value) + b"\0"
    group = b"\x19\x1c\x19\x1c" + (b"\x18" + _sized(path) if path else b"") + b"\0\0"
    footer = b"\x15\x02\x19\x0c\x16\0" + group + pairs + b"\0"
    return b"PAR1" + footer + pack("<I", len(footer)) + b"PAR1"


def _sized(data: bytes) -> bytes:
    size, out = len(data), b""
    while size > 127:
        out += bytes([size & 127 | 128])
        size >>= 7
    return out + bytes([size]) + data


def _arrow() -> Iterator[tuple[str, bytes]]:
    name = b"ARROW:extension:name"
    for kind in (
        b"arrow.py_extension_type",
        b"ray.data.arrow_pickled_object",
        b"my.type",
        b"arrow.py_x",
    ):
        pairs = (pair(name, kind), pair(b"ARROW:extension:metadata", EVIL))
        for nested in (False, True):
            made = schema(*pairs, nested=nested)
            shown = f"{kind.decode()}{' nested' if nested else ''}"
            yield f"arrow {shown}", arrow(made)
            yield f"arrow stream {shown}", stream(made)
            yield f"parquet {shown}", parquet(b"ARROW:schema", base64.b64encode(stream(made)))
    for where, made in {
        "field": schema(pair(b"a", EVIL)),
        "schema": schema(own=(pair(b"a", EVIL),)),
        "base64": schema(own=(pair(b"a", base64.b64encode(EVIL)),)),
    }.items():
        yield f"arrow pickle of a {where}", arrow(made)
        yield f"arrow stream pickle of a {where}", stream(made)
    yield "parquet pickle", parquet(b"x", EVIL)
    for path in (b"/etc/passwd", b"../../x", b"file:///x", b"C:\\x"):
        yield f"parquet column in {path.decode()}", parquet(b"x", b"y", path)
    yield "arrow cut off", arrow(schema())[:-9]
    yield "arrow without a schema", b"ARROW1\0\0" + bytes(8) + b"ARROW1"
    yield "parquet cut off", parquet(b"x", b"y")[:-2]
    yield "parquet encrypted", parquet(b"x", b"y")[:-4] + b"PARE"
    yield "feather 1", b"FEA1" + bytes(40) + b"FEA1"


def _msgpack() -> Iterator[tuple[str, bytes]]:
    for text in (b"\xa0", b"\xc4"):

        def word(data: bytes, text: bytes = text) -> bytes:
            head = bytes([text[0] | len(data)]) if text == b"\xa0" else text + bytes([len(data)])
            return head + data

        data = b"\xc4" + bytes([len(EVIL)]) + EVIL
        array = word(b"nd") + b"\xc3" + word(b"kind") + word(b"O") + word(b"data") + data
        yield f"msgpack objects {text!r}", b"\x83" + array
        yield f"msgpack objects deeper {text!r}", b"\x92\x01\x81" + word(b"a") + b"\x83" + array
        yield f"msgpack a pickle {text!r}", b"\x81" + word(b"a") + data
    encoded = base64.b64encode(EVIL)
    yield "msgpack a pickle in base64", b"\x91\xd9" + bytes([len(encoded)]) + encoded
    for number in (0, 5, 42, 127):
        yield f"msgpack extension {number}", b"\x91\xd4" + bytes([number]) + b"x"
    yield "msgpack extension of any length", b"\x91\xc7\x03\x2aabc"


def _hdf5() -> Iterator[tuple[str, bytes]]:
    for file in ("/etc/passwd", "../x.h5", "other.h5", "C:\\x.h5", "http://x/x.h5"):
        value = b"\0" + file.encode() + b"\0/data\0"
        yield f"external link to {file}", box.hdf5_of(box.hdf5_link("a", 64, value))
        layout = (box.keras_zip(box.layer("Dense")), box.hdf5_of())
        outside = layout[0].replace(layout[1], box.hdf5_of(box.hdf5_link("a", 64, value)))
        yield f"external link in a Keras file to {file}", outside
    yield "a link of a user's kind", box.hdf5_of(box.hdf5_link("a", 77, b"x"))
    for protocol in range(6):
        body = (
            EVIL
            if protocol == 2
            else asm.pickle(asm.call(asm.global_("os", "system"), asm.text("x")), protocol)
        )
        yield f"attribute of protocol {protocol}", box.hdf5_of(box.hdf5_attribute("a", body))
    yield (
        "an unknown filter",
        box.hdf5_of(box.hdf5_message(11, b"\x02\x01" + pack("<HHHH", 4711, 0, 0, 0))),
    )
    yield "an unknown message", box.hdf5_of(box.hdf5_message(99, bytes(8)))
    shared = b"\x02" + bytes(17)
    yield "links in a heap", box.hdf5_of(box.hdf5_message(2, b"\0\0" + pack("<QQ", 1, 2)))
    yield "attributes in a heap", box.hdf5_of(box.hdf5_message(21, b"\0\0" + pack("<QQ", 1, 2)))
    yield (
        "files of a dataset",
        box.hdf5_of(box.hdf5_message(7, b"\x01" + bytes(3) + pack("<HHQ", 1, 1, 2))),
    )
    yield "virtual", box.hdf5_of(box.hdf5_message(8, b"\x04\x03" + pack("<QI", 48, 1)))
    yield "a shared table", box.hdf5_of(box.hdf5_message(15, shared))
    yield (
        "a driver of several files",
        box.hdf5_of().replace(b"\xff" * 8 + pack("<QQ", 0, 96), pack("<QQQ", 64, 0, 96)),
    )
    yield "HDF5 cut off", box.hdf5_of()[:60]


def _npy() -> Iterator[tuple[str, bytes]]:
    for descr in (
        "<M8[xs]",
        "<M8[0s]",
        "<M8[",
        "<f3",
        "<i4 ",
        "<S99999999999",
        "\u0664f4",
        "float",
    ):
        yield f"npy of {descr}", box.npy(repr(descr), "(1,)", bytes(16))
    yield "npy of two fields of one name", box.npy("[('a', '<f4'), ('a', '<f4')]", "(1,)", bytes(8))
    for descr in ("'|O'", "[('a', '<f4'), ('b', 'O')]", "('O', (1,))", "[('a', [('b', '|O')])]",
                  "[(('t', 'a'), 'O')]", "[('a', 'O', (1,))]"):  # fmt: skip
        yield f"npy objects {descr}", box.npy(descr, "(1,)", EVIL)
    for descr in ("'<T8'", "'f4,i4'", "{'names': ['a'], 'formats': ['O']}", "None", "'<f4' 'O'"):
        yield f"npy type {descr}", box.npy(descr, "(1,)", bytes(8))
    yield "npy shape", box.npy("'<f4'", "1", bytes(4))
    yield "npy negative", box.npy("'<f4'", "(-1,)", bytes(4))
    yield "npy expression", box.npy("'<f4'", "(__import__('os'),)", bytes(4))


def _ubjson() -> Iterator[tuple[str, bytes]]:
    start = b"{L" + pack(">q", 7) + b"learner"
    for name, rest in {
        "cut off": b"{", "a pickle after it": b"Z}" + EVIL, "a kind of its own": b"H",
        "a length below zero": b"[$d#l\xff\xff\xff\xff}", "an array of nothing": b"[$Z#i\x05}",
        "a text beyond its end": b"SL\x7f" + bytes(7) + b"}", "deep": b"[" * 5_000,
    }.items():  # fmt: skip
        yield f"ubjson, {name}", start + rest
