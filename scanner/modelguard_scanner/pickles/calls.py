"""What a few well-known calls tell: tensors, arrays and pickles inside pickles."""

from typing import Final

from modelguard_scanner.dtypes import is_object, numpy_bytes
from modelguard_scanner.pickles.constructors import DILL_TYPES
from modelguard_scanner.pickles.shapes import RECORD
from modelguard_scanner.pickles.values import (
    ARRAY_WRAPPER,
    CALLED_AT_ONCE,
    GETATTR,
    NESTED_LOADER,
    TRACKED,
    VALUE,
    Blob,
    Global,
    Made,
    Observer,
    Persistent,
)

_STORAGE_FIELDS = 5
COPYREG = ("copyreg", "copy_reg")
HAS_OBJECT = 1
"""The flag of element types whose elements are pickled."""
_RECONSTRUCT = "multiarray._reconstruct"


def called(seen: Observer, callee: Global, arguments: object) -> object:
    """Return the stand-in for the result of calling an import."""
    name = str(callee)
    if callee in CALLED_AT_ONCE:
        seen.uncalled -= 1
    if callee == NESTED_LOADER:
        _keep_nested(seen, arguments)
        return Persistent("unknown")  # a storage, for the tensor that is made of it
    if not isinstance(arguments, tuple):
        if callee == ARRAY_WRAPPER:
            seen.odd.setdefault(("pickle-array-hidden", "makes an array wrapper of a result"), 0)
        return _result(seen, callee, ())
    if name in TRACKED:
        return Made(callee, arguments, _element_bytes(callee, arguments))
    if name.startswith("torch._utils._rebuild_"):
        _keep_torch_tensor(seen, arguments)
    elif name.endswith(".numeric._frombuffer") and len(arguments) > 2:  # noqa: PLR2004  # buffer, dtype, shape
        _keep_array(seen, arguments[1], arguments[2])
    elif callee == DILL_ARRAY and len(arguments) > 2:  # noqa: PLR2004  # function, arguments, state
        _keep_state(seen, arguments[2])
    return _result(seen, callee, arguments)


DATE_BYTES: Final = 8
LEAST_STATE: Final = 8
"""Fields of the state of an element type that are read."""
ZONE: Final = Global("zoneinfo", "ZoneInfo")
DILL_TYPE: Final = Global("dill._dill", "_load_type")
DILL_ARRAY: Final = Global("dill._dill", "_create_array")
PLAIN: Final = frozenset(
    {
        ("_codecs", "encode"), ("builtins", "bytes"), ("builtins", "complex"),
        ("__builtin__", "bytes"), ("__builtin__", "complex"),
    }
)  # fmt: skip
"""Functions whose result is data: how protocol 2 writes bytes."""


def _result(seen: Observer, callee: Global, arguments: tuple[object, ...]) -> object:
    """Return the stand-in for any result of the call; for `copyreg` its class counts."""
    if (callee.module, callee.name) in PLAIN:
        return VALUE
    if callee in GETATTR and arguments == (ZONE, "_unpickle"):
        return Global("zoneinfo", "ZoneInfo._unpickle")
    if callee == DILL_TYPE and arguments and arguments[0] in DILL_TYPES:
        module, _, name = DILL_TYPES[str(arguments[0])].rpartition(".")
        return Global(module or "builtins", name)
    first = arguments[0] if callee.module in COPYREG and arguments else None
    key = first if isinstance(first, Global) else callee
    if key not in seen.results:
        seen.results[key] = Made(key, ())
    return seen.results[key]


def built(seen: Observer, instance: Made, state: object) -> None:
    """Take what the state of a tracked instance tells."""
    if str(instance.callee).endswith(_RECONSTRUCT):
        _keep_state(seen, state)
    elif str(instance.callee) == "numpy.dtype":
        instance.element_bytes = _described_bytes(instance, state)


def persistent(seen: Observer, identity: object) -> object:
    """Return the stand-in for an object outside the pickle.

    PyTorch's legacy format has `("storage", class, key, place, elements, ...)` for a storage and
    `("module", class, file, source)` for a class, whose source it only compares.
    """
    if isinstance(identity, tuple) and identity[:1] == ("module",) and len(identity) > 1:
        return identity[1] if isinstance(identity[1], Global) else VALUE
    if not isinstance(identity, tuple) or len(identity) < _STORAGE_FIELDS:
        return VALUE
    kind, storage, key, _, count = identity[:_STORAGE_FIELDS]
    if kind == "storage" and isinstance(storage, Global) and isinstance(key, str):
        dtype = storage.name.removesuffix("Storage")
        seen.storages[key] = (dtype, count if isinstance(count, int) else -1)
        return Persistent(dtype)
    return VALUE


def dtype_of(value: object) -> str:
    """Return the name of a `numpy.dtype` stand-in, or an empty string."""
    if isinstance(value, Made) and str(value.callee) == "numpy.dtype" and value.arguments:
        return str(value.arguments[0])
    return ""


def shape_of(value: object) -> tuple[int, ...] | None:
    """Return a shape if the value is one."""
    if not isinstance(value, tuple):
        return None
    shape = tuple(item for item in value if isinstance(item, int) and item >= 0)
    return shape if len(shape) == len(value) else None


def _element_bytes(callee: Global, arguments: tuple[object, ...]) -> int | None:
    if str(callee) != "numpy.dtype" or not arguments:
        return None
    name = str(arguments[0])
    return 0 if is_object(name) else numpy_bytes(name)


def _described_bytes(instance: Made, state: object) -> int | None:
    """Return the element size after `dtype.__setstate__`, which may change what the name says.

    Source: arraydescr_setstate in numpy/_core/src/multiarray/descriptor.c, version 3 of the state:
    (version, byte order, subarray, names, fields, size, alignment, flags, ...).
    """
    if (
        not isinstance(state, tuple)
        or len(state) < LEAST_STATE
        or state[0] not in (3, 4)
        or state[2] is not None
    ):  # see above
        return None
    kind, size, flags = dtype_of(instance).lstrip("<>=|")[:1], state[5], state[7]
    if not isinstance(flags, int):
        return None
    if flags & HAS_OBJECT:
        return 0
    if kind in ("S", "U", "V") or dtype_of(instance) == RECORD:
        return size if isinstance(size, int) and size > 0 else None
    if kind in ("m", "M"):
        return DATE_BYTES
    return instance.element_bytes or None


def _keep_nested(seen: Observer, arguments: object) -> None:
    if isinstance(arguments, tuple) and len(arguments) == 1 and isinstance(arguments[0], Blob):
        seen.nested.append(arguments[0])
    else:
        message = "unpickles bytes that are computed while loading"
        seen.odd.setdefault(("pickle-nested-hidden", message), 0)


def _keep_torch_tensor(seen: Observer, arguments: tuple[object, ...]) -> None:
    if arguments and isinstance(arguments[0], Persistent):
        shape = shape_of(arguments[2]) if len(arguments) > 2 else None  # noqa: PLR2004  # storage, offset, size
        if shape is not None:
            seen.tensors.append((arguments[0].dtype, shape))


def _keep_state(seen: Observer, state: object) -> None:
    """Take the array that `ndarray.__setstate__` is given: version, shape, dtype, ..."""
    if isinstance(state, tuple) and len(state) > 2:  # noqa: PLR2004  # see above
        _keep_array(seen, state[2], state[1])


def _keep_array(seen: Observer, dtype: object, shape: object) -> None:
    sizes = shape_of(shape)
    if sizes is not None:
        seen.tensors.append((dtype_of(dtype) or "unknown", sizes))
