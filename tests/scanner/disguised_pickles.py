"""Pickles that one reader sees and another does not."""

import lzma
import random
import zlib
from collections.abc import Iterator
from struct import pack

from tests.scanner import assembler as asm
from tests.scanner import containers as box
from tests.scanner.assembler import EVIL, EXEC

LOADER = asm.global_("torch.storage", "_load_from_bytes")
REBUILD = asm.global_("torch._tensor", "_rebuild_from_type_v2")
TENSOR = asm.global_("torch", "Tensor")
WRAPPER = asm.global_("joblib.numpy_pickle", "NumpyArrayWrapper")


def disguised_pickles() -> Iterator[tuple[str, bytes]]:
    """Every disguise of opcodes, of raw arrays and of what a pickle is packed in."""
    yield from _without_header()
    yield from _handed_on()
    yield from _raw_arrays()
    yield from _packed()


def _without_header() -> Iterator[tuple[str, bytes]]:
    """Bytes that must not pass as data that merely look like a pickle for a while."""
    name = asm.short_text("os") + asm.text("path.os." * 20 + "system") + b"\x93"
    hidden = b"N0\x80\x04" + name + asm.tuple_of(asm.text("x")) + b"R"
    yield "a long name, then garbage", hidden + b"\xff"
    yield "a long name, then STOP and garbage", hidden + b".\xff\xff"
    yield "GET of minus zero", b"I1\np0\n0g-0\n" + EXEC + b"."
    yield "PUT of minus zero", b"I1\np-0\n0" + EXEC + b"."
    yield "INST that ends with the file", b"(V0\nibuiltins\nexec "
    yield "GLOBAL that ends with the file", b"cbuiltins\nexec "
    yield "a memo index of billions", b"\x80\x02Nr\xff\xff\xff\xff."
    yield "a memo line of billions", b"Np4294967295\n."


def _handed_on() -> Iterator[tuple[str, bytes]]:
    """Functions that act through another one."""
    module = asm.tuple_of(asm.text("module"), LOADER, b"N", b"N") + b"q\x000"
    spent = b"h\x00Q" + asm.tuple_of(asm.blob(b"N.")) + b"R0"
    late = asm.call(REBUILD, LOADER, TENSOR, asm.tuple_of(asm.blob(EVIL)), b"}")
    yield "a loader through a persistent id", asm.pickle(module + spent * 3 + late)
    partial = asm.call(asm.global_("functools", "partial"), asm.global_("logging", "getLogger"))
    yield "a call of a result", asm.pickle(asm.call(REBUILD, partial, TENSOR, b")", b"}"))
    computed = asm.call(asm.global_("builtins", "tuple"), b"]")
    yield "a call with a result", asm.pickle(REBUILD + computed + b"R")
    booster = asm.call(asm.global_("xgboost.core", "Booster"), b"N", b")", asm.text("/etc/x"))
    yield "a class that reads a file", asm.pickle(booster)
    for module, name in (
        ("sklearn.callback._transport", "Client"),
        ("sklearn.pipeline", "Memory"),
        ("sklearn.ensemble._forest", "Parallel"),
    ):
        yield f"{name} through {module}", asm.pickle(asm.call(asm.global_(module, name)))
    storage = asm.pickle(asm.storage("Alien", "0", 3) + b"0" + EXEC)
    yield "torch legacy, a storage of unknown size", box.torch_legacy(storage[2:])
    cut = asm.pickle(asm.tensor("Float", "0", 300))
    yield "torch legacy, cut off", box.torch_legacy(cut, bytes(12))


def _raw_arrays() -> Iterator[tuple[str, bytes]]:
    """Opcodes where only joblib, or only the scanner, expects raw bytes."""
    unknown = asm.call(asm.global_("mymodel", "run"), asm.text("x"))
    for hidden in (EXEC, unknown):
        cover = b"B" + pack("<I", len(hidden) + 1)
        kind = "known" if hidden is EXEC else "unknown"
        remade = asm.call(
            asm.global_("copyreg", "_reconstructor"), WRAPPER,
            asm.global_("builtins", "object"), b"N",
        )  # fmt: skip
        body = remade + _state(len(cover)) + b"b" + cover + hidden + b"0"
        yield f"a wrapper made by a function, {kind}", asm.pickle(body)
        empty = asm.call(asm.global_("builtins", "tuple"), b")")
        body = WRAPPER + empty + b"\x81" + _state(len(cover)) + b"b" + cover + hidden + b"0"
        yield f"a wrapper made with a result, {kind}", asm.pickle(body)
        body = WRAPPER + b")\x81" + _state(len(hidden) + 1) + b"b0" + hidden
        raw = bytes(len(hidden) + 1)
        yield f"inside of a frame, {kind}", asm.framed(body) + raw + b"N."
    evil = EVIL + bytes(-len(EVIL) % 4)
    fields = "[('a', '<f4'), ['b', 'O']]"
    yield "npy, a field in a list", box.npy(fields, f"({len(evil) // 4},)", evil)


def _state(elements: int) -> bytes:
    return asm.dict_of(
        shape=asm.tuple_of(asm.number(elements)), dtype=asm.dtype("u1"), allow_mmap=b"\x88"
    )


def _packed() -> Iterator[tuple[str, bytes]]:
    """Compressed streams that joblib reads, and streams that break after the payload."""
    for name, options in {
        "a small dictionary": {"dict_size": 4096},
        "other properties": {"dict_size": 1 << 20, "lc": 2, "pb": 1},
    }.items():
        chain = [{"id": lzma.FILTER_LZMA1, **options}]
        yield f"lzma with {name}", lzma.compress(EVIL, lzma.FORMAT_ALONE, filters=chain)
    large = bytearray(lzma.compress(EVIL, lzma.FORMAT_ALONE))
    large[1:5] = (1 << 31).to_bytes(4, "little")
    yield "lzma with a large dictionary", bytes(large)
    small = zlib.compressobj(6, zlib.DEFLATED, 12)
    yield "zlib with a small window", small.compress(EVIL) + small.flush()
    noise = random.Random(0).randbytes(100_000)
    long = asm.pickle(EXEC + b"0" + asm.blob(noise))
    yield "zlib, cut off", zlib.compress(long)[:-200]
    yield "zlib, a wrong checksum", zlib.compress(long)[:-4] + bytes(4)
    yield "lzma, cut off", lzma.compress(long, lzma.FORMAT_ALONE)[:-200]
