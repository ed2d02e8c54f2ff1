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

    TEMPLATE = "template"
    """The source of SciPy's argument parsers, as SciPy itself writes it."""


VALUE: Final = Opaque.VALUE
TEMPLATE: Final = Opaque.TEMPLATE
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


class Box:
    """A list, dict or set that was written out, by identity: the memo may fill it later."""

    __slots__ = ("holds", "items", "odd_key")

    def __init__(self, holds: int = 0) -> None:
        self.holds = holds
        """LITERAL, or bits of what the items are; a container that the memo may fill counts."""
        self.odd_key = False
        """Whether a key is a special name, or one that is not known."""
        self.items: dict[str, object] | None = None
        """The items of the small dicts that facts are read from."""


@dataclass(slots=True, eq=False)
class Made:
    """The result of a call to an import.

    `element_bytes` is known for element types alone: 0 means that elements are pickled, None that
    they are not understood.
    """

    callee: Global
    arguments: tuple[object, ...]
    element_bytes: int | None = None


@dataclass(frozen=True, slots=True)
class Persistent:
    """A PyTorch storage outside the pickle."""

    dtype: str


@dataclass(slots=True)
class Observer:
    """Collects what one pickle does; the judge decides what it means."""

    imports: dict[tuple[str, str], int] = field(default_factory=dict)
    """Imported (module, name) and the offset after its first import."""
    unusual: dict[tuple[str, Global], int] = field(default_factory=dict)
    """(rule, import) of calls, states and items that the catalogue of shapes does not have."""
    results: dict[Global, Made] = field(default_factory=dict)
    """The stand-ins for results that nothing needs to tell apart."""
    odd: dict[tuple[str, str], int] = field(default_factory=dict)
    """(rule, message) of things no honest pickler writes, and the first offset of each."""
    calls: int = 0
    storages: dict[str, tuple[str, int]] = field(default_factory=dict)
    """PyTorch storages that lie outside the pickle: key to (dtype, elements)."""
    tensors: list[tuple[str, tuple[int, ...]]] = field(default_factory=list)
    """Dtype and shape of each tensor and array."""
    uncalled: int = 0
    """How often one of CALLED_AT_ONCE got onto the stack, less the times that it was called."""
    nested: list[Blob] = field(default_factory=list)
    """Bytes that the pickle itself hands to an unpickler."""
    versions: dict[str, str] = field(default_factory=dict)
    inner: list[tuple[int, int, bool]] = field(default_factory=list)
    """Offset, size and whether it is base64, of values that may be pickles themselves."""
    words: set[str] = field(default_factory=set)
    """Short strings that name what runs commands; code by value names what it calls."""


LITERAL: Final = 0
IMPORT: Final = 1
RESULT: Final = 2
KEPT_NESTING: Final = 4
"""Tuples inside each other that are looked into."""


def holds(value: object, depth: int = KEPT_NESTING) -> int:
    """Return LITERAL for plain data, else bits: IMPORT, RESULT."""
    if isinstance(value, Global):
        return IMPORT
    if isinstance(value, (Made, Persistent)) or (isinstance(value, tuple) and not depth):
        return RESULT
    if isinstance(value, Box):
        return value.holds
    if not isinstance(value, tuple):
        return LITERAL
    bits = LITERAL
    for item in value:
        bits |= holds(item, depth - 1)
    return bits


KEPT_TEXT: Final = 128
"""Longest string that is kept, in characters; no importable name that matters is longer."""
KEPT_ITEMS: Final = 16
"""Longest tuple that is kept."""
NESTED_LOADER: Final = Global("torch.storage", "_load_from_bytes")
"""Unpickles its argument."""
ARRAY_WRAPPER: Final = Global("joblib.numpy_pickle", "NumpyArrayWrapper")
"""Makes joblib read raw bytes after its state."""
GETATTR: Final = frozenset({Global("builtins", "getattr"), Global("__builtin__", "getattr")})
LOOKUP: Final = "lookup"
"""In place of a rule: a call that only gets a public attribute; see `shapes.looks_up_plainly`."""
CALLED_AT_ONCE: Final = frozenset({NESTED_LOADER, ARRAY_WRAPPER}) | GETATTR
"""What honest files call at once, so that it can be followed; any other use is reported."""
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
