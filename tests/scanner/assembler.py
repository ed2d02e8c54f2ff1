"""Writes pickles opcode by opcode, so that no test needs what its payload names."""

from struct import pack


def text(value: str) -> bytes:
    data = value.encode("utf-8", "surrogatepass")
    return b"X" + pack("<I", len(data)) + data


def short_text(value: str) -> bytes:
    data = value.encode()
    return b"\x8c" + bytes([len(data)]) + data


def blob(data: bytes) -> bytes:
    return b"B" + pack("<I", len(data)) + data


def number(value: int) -> bytes:
    return b"J" + pack("<i", value)


def tuple_of(*items: bytes) -> bytes:
    return b"(" + b"".join(items) + b"t"


def global_(module: str, name: str) -> bytes:
    return f"c{module}\n{name}\n".encode()


def stack_global(module: str, name: str) -> bytes:
    return short_text(module) + short_text(name) + b"\x93"


def call(callee: bytes, *arguments: bytes) -> bytes:
    return callee + tuple_of(*arguments) + b"R"


def dict_of(**items: bytes) -> bytes:
    return b"}(" + b"".join(text(key) + value for key, value in items.items()) + b"u"


def pickle(body: bytes, protocol: int = 2) -> bytes:
    return b"\x80" + bytes([protocol]) + body + b"."


def framed(body: bytes) -> bytes:
    return b"\x80\x04\x95" + pack("<Q", len(body) + 1) + body + b"."


def storage(dtype: str, key: str, elements: int) -> bytes:
    place = text("storage") + global_("torch", f"{dtype}Storage") + text(key) + text("cpu")
    return b"(" + place + number(elements) + b"tQ"


def tensor(dtype: str, key: str, *shape: int) -> bytes:
    elements = 1
    for size in shape:
        elements *= size
    sizes = tuple_of(*(number(size) for size in shape))
    strides = tuple_of(*(number(1) for _ in shape))
    hooks = call(global_("collections", "OrderedDict"))
    rebuild = global_("torch._utils", "_rebuild_tensor_v2")
    arguments = (storage(dtype, key, elements), number(0), sizes, strides, b"\x89", hooks)
    return call(rebuild, *arguments)


def dtype(name: str) -> bytes:
    made = call(global_("numpy", "dtype"), text(name), b"\x89", b"\x88")
    flags = number(63 if name.startswith("O") else 0)
    state = tuple_of(number(3), text("<"), b"N", b"N", b"N", number(-1), number(-1), flags)
    return made + state + b"b"


def numpy_array(name: str, data: bytes, *shape: int) -> bytes:
    empty = (global_("numpy", "ndarray"), tuple_of(number(0)), blob(b"b"))
    made = call(global_("numpy.core.multiarray", "_reconstruct"), *empty)
    sizes = tuple_of(*(number(size) for size in shape))
    return made + tuple_of(number(1), sizes, dtype(name), b"\x89", blob(data)) + b"b"


def joblib_array(name: str, raw: bytes, *shape: int, padding: int | None = 8) -> bytes:
    made = global_("joblib.numpy_pickle", "NumpyArrayWrapper") + b")\x81"
    fields = {
        "subclass": global_("numpy", "ndarray"),
        "shape": tuple_of(*(number(size) for size in shape)),
        "order": text("C"),
        "dtype": dtype(name),
        "allow_mmap": b"\x88",
    }
    if padding is not None:
        fields["numpy_array_alignment_bytes"] = number(16)
    filler = b"" if padding is None else bytes([padding]) + b"\xff" * padding
    return made + dict_of(**fields) + b"b" + filler + raw


def estimator(module: str, name: str, **state: bytes) -> bytes:
    """An instance the way protocol 2 and later write one."""
    return global_(module, name) + b")\x81" + dict_of(**state) + b"b"


EXEC = call(global_("builtins", "exec"), text("0"))
EVIL = pickle(EXEC)
"""The payload inside of containers: a call of exec that does nothing."""
