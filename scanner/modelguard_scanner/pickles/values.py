"""What the walk keeps of the values on a pickle's stack: only what a judgement needs."""

from dataclasses import dataclass, field
from enum import Enum
from typing import Final


class Opaque(Enum):
    """Values that are known by kind alone."""

    VALUE = "value"
    """Anything that no judgement needs."""
    LONG_TEXT = "long text"
    """A string that is too long to keep, or one that could be the result of a call."""


VALUE: Final = Opaque.VALUE
LONG_TEXT: Final = Opaque.LONG_TEXT


@dataclass(frozen=True, slots=True)
class Global:
    """An imported name that has not been called."""

    module: str
    name: str

    def __str__(self) -> str:
        return f"{self.module}.{self.name}"


@dataclass(frozen=True, slots=True)
class Blob:
    """A bytes argument, left where it lies in the file."""

    offset: int
    size: int


@dataclass(slots=True, eq=False)
class Made:
    """The result of a call to an import that facts are read from.

    `element_bytes` is known for element types alone: 0 means that elements are pickled, None that
    they are not understood.
    """

    callee: Global
    arguments: tuple[object, ...]
    element_bytes: int | None = None


@dataclass(frozen=True, slots=True)
class Persistent:
    """A PyTorch storage outside of the pickle."""

    dtype: str


@dataclass(slots=True)
class Observer:
    """Collects what one pickle does; the judge decides what it means."""

    imports: dict[tuple[str, str], int] = field(default_factory=dict)
    """Imported (module, name) and the offset after its first import."""
    odd: dict[tuple[str, str], int] = field(default_factory=dict)
    """(rule, message) of things no honest pickler writes, and the first offset of each."""
    calls: int = 0
    storages: dict[str, tuple[str, int]] = field(default_factory=dict)
    """PyTorch storages that lie outside of the pickle: key to (dtype, elements)."""
    tensors: list[tuple[str, tuple[int, ...]]] = field(default_factory=list)
    """Dtype and shape of each tensor and array."""
    uncalled: int = 0
    """How often one of CALLED_AT_ONCE got onto the stack, less the times that it was called."""
    nested: list[Blob] = field(default_factory=list)
    """Bytes that the pickle itself hands to an unpickler."""
    versions: dict[str, str] = field(default_factory=dict)


KEPT_TEXT: Final = 128
"""Longest string that is kept, in characters; no importable name that matters is longer."""
KEPT_ITEMS: Final = 16
"""Longest tuple that is kept."""
NESTED_LOADER: Final = Global("torch.storage", "_load_from_bytes")
"""Unpickles its argument."""
ARRAY_WRAPPER: Final = Global("joblib.numpy_pickle", "NumpyArrayWrapper")
"""Makes joblib read raw bytes behind its state."""
CALLED_AT_ONCE: Final = frozenset({NESTED_LOADER, ARRAY_WRAPPER})
"""What honest files call at once, so that it can be followed; any other use is reported."""
REBUILDERS: Final = frozenset(
    {"torch._tensor._rebuild_from_type", "torch._tensor._rebuild_from_type_v2"}
)
"""They call their first argument with their third."""
READERS: Final = frozenset({"xgboost.core.Booster", "lightgbm.basic.Booster"})
"""Classes that read a file if they are given its name; honest pickles give them nothing."""
TRACKED: Final = frozenset(
    {
        "numpy.dtype",
        "joblib.numpy_pickle.NumpyArrayWrapper",
        "joblib.numpy_pickle.NDArrayWrapper",
        "joblib.numpy_pickle.ZNDArrayWrapper",
        "numpy.core.multiarray._reconstruct",
        "numpy._core.multiarray._reconstruct",
    }
)
"""Imports whose results are remembered as Made."""
