# ruff: noqa: SIM905  # tables of words are read most easily as text
"""Decides whether a call, a state or an item is one that the libraries write."""

from functools import cache
from typing import Final, NamedTuple

from modelguard_scanner.imports import DANGEROUS_PARTS
from modelguard_scanner.pickles.constructors import (
    CLASSES_ONLY,
    CONSTRUCTORS,
    DILL_TYPES,
    ENCODINGS,
    GETATTR,
    REFERENCES,
    TENSORS,
    TORCHSCRIPT,
    UFUNC_MODULES,
)
from modelguard_scanner.pickles.values import (
    LITERAL,
    LONG_TEXT,
    TEMPLATE,
    VALUE,
    Blob,
    Box,
    Global,
    Made,
    Persistent,
    holds,
)
from modelguard_scanner.rules import modern

Shape = tuple[str, ...]

ARRAYS: Final = frozenset(
    {
        "numpy.core.multiarray._reconstruct", "numpy._core.multiarray._reconstruct",
        "numpy.core.numeric._frombuffer", "numpy._core.numeric._frombuffer",
        "joblib.numpy_pickle.NumpyArrayWrapper", "numpy.core.multiarray.scalar",
        "numpy._core.multiarray.scalar", "numpy.ma.core._mareconstruct",
    }
)  # fmt: skip
RECONSTRUCT: Final = frozenset(
    {"numpy.core.multiarray._reconstruct", "numpy._core.multiarray._reconstruct"}
)
RECORD: Final = "numpy.record"
"""The class that `numpy.dtype` is given for records with attributes."""
TIME_ZONES: Final = frozenset({"datetime.timezone", "zoneinfo.ZoneInfo._unpickle", "pytz._UTC"})
COLUMNS: Final = ("pandas.", "pyarrow.lib.")
BUILDABLE: Final = ARRAYS | {
    "copyreg._reconstructor", "copyreg.__newobj__", "numpy.dtype", "functools.partial",
    "numpy.random._pickle.__randomstate_ctor", "numpy.random._pickle.__generator_ctor",
    "numpy.random._pickle.__bit_generator_ctor", "collections.OrderedDict", "random.Random",
    "collections.defaultdict", "collections.deque", "collections.Counter", "builtins.set",
    "types.SimpleNamespace", "pandas._libs.arrays.__pyx_unpickle_NDArrayBacked",
    "pandas.core.indexes.base._new_Index", "torch._tensor._rebuild_from_type_v2",
    "datetime.datetime", "torch._tensor._rebuild_from_type", "torch._utils._rebuild_parameter",
}  # fmt: skip
"""Functions whose result their own pickles set the state of; besides them classes only."""
TUPLE_STATES: Final = BUILDABLE - {"types.SimpleNamespace", "collections.OrderedDict"}
BUILTIN_CLASSES: Final = frozenset(
    "object int long float complex str unicode bytes bytearray "
    "list tuple dict set frozenset".split()
)
FILLED: Final = {
    "collections.OrderedDict": "m", "collections.defaultdict": "m", "collections.Counter": "m",
    "collections.deque": "q", "builtins.set": "q", "builtins.list": "q", "builtins.dict": "m",
    "pandas.core.indexes.frozen.FrozenList": "q",
    **dict.fromkeys(
        "http.HTTPStatus http.HTTPMethod re.RegexFlag signal.Signals signal.Handlers "
        "signal.Sigmasks socket.AddressFamily socket.SocketKind socket.AddressInfo "
        "socket.MsgFlag".split(),
        "e",
    ),
}  # fmt: skip
"""The containers and Enums among the constructors, with the flags of the generated classes."""
SINGLE: Final = frozenset({"builtins.Ellipsis", "builtins.NotImplemented"})
"""What `type` is called with, besides None: the only object of a class that has no name."""


DISTRIBUTION_METHODS: Final = frozenset(
    "_entropy _ppf_single _mom0_sc _mom1_sc _cdf_single _sf_single _pmf _pdf _ppfvec".split()
)
"""What SciPy's distributions wrap in `numpy.vectorize`."""


RUN_KEYS: Final = frozenset({"restore_model_spec"})
"""Keys of a state that make a library evaluate another one: statsmodels and its formulas."""
TEXTS: Final = frozenset({"__doc__", "__name__"})


class Known(NamedTuple):
    """What the tables say of one name."""

    shapes: tuple[Shape, ...] | None = None
    """For calls; None where nothing but NEWOBJ without arguments is expected."""
    is_class: bool = False
    flags: str = ""
    """Of generated classes: e an Enum, n a named tuple, m a mapping, q another container,
    t with a state of its own, x with a state that is run, c compiled: its constructor
    takes data and arrays."""


@cache
def known() -> dict[tuple[str, str], Known]:
    """Read the tables once."""
    from modelguard_scanner.pickles.known import CLASSES, FUNCTIONS  # noqa: PLC0415  # lazy

    table: dict[tuple[str, str], Known] = {}
    for module, name in _names(REFERENCES + FUNCTIONS):
        table[module, name] = Known()
    for module, name in _names(CLASSES):
        name, _, flags = name.partition("=")  # noqa: PLW2901  # its two parts
        table[module, name] = _generated(name, flags)
    for module, name in _names(CLASSES_ONLY):
        table[module, name] = Known(is_class=True, flags="t")
    for line in CONSTRUCTORS.strip().splitlines():
        names, _, text = line.partition(" = ")
        shapes = tuple(
            () if part.strip() == "-" else tuple(part.split()) for part in text.split("|")
        )
        for module, name in _names(names):
            is_class = not name.lstrip("_")[:1].islower() or (module, name) in table
            is_class = is_class or module in ("builtins", "datetime", "collections", "array")
            flags = FILLED.get(f"{module}.{name}", "")
            table[module, name] = Known(shapes, is_class, flags + "t" * (is_class and not flags))
    table["copyreg", "_reconstructor"] = Known((("C", "B", ".L"),))
    table["copyreg", "__newobj__"] = Known((("C", "O*"),))
    table["_codecs", "encode"] = Known(((".", "."),))
    table["builtins", "getattr"] = Known((("CM.", "."),))
    for module in ("numpy.core", "numpy._core"):
        table[module, "_ufunc_reconstruct"] = Known(((".", "."),))
    return table


@cache
def torchscript() -> frozenset[tuple[str, str]]:
    """Return the names that are allowed inside a TorchScript archive only."""
    return frozenset(_names(TORCHSCRIPT))


def _generated(name: str, flags: str) -> Known:
    if name == "newObj":
        return Known((("C",),))
    if name.startswith("__pyx_unpickle_"):
        return Known((("C", ".", "O"),))
    if "e" in flags:
        return Known(((".",),), is_class=True, flags=flags)
    if "n" in flags:
        return Known((("O*",),), is_class=True, flags=flags)
    if "c" in flags:
        return Known(((".AM*",),), is_class=True, flags=flags)
    return Known(is_class=True, flags=flags)


def _names(table: str) -> list[tuple[str, str]]:
    """Read lines of `module: name name ...`."""
    pairs = []
    for line in table.split("\n"):
        module, _, names = line.partition(": ")
        pairs += [(module, name) for name in names.split()]
    return pairs


def lookup(name: Global) -> Known | None:
    """Return what is known of an import, None if it is on no list."""
    return known().get((modern(name.module), name.name))


def full_name(name: Global) -> str:
    """Return the dotted name that the tables use."""
    return f"{modern(name.module)}.{name.name}"


def call_is_usual(callee: Global, arguments: object, *, new: bool) -> bool:
    """Return whether a call of an allowed import has arguments that its pickles have.

    `new` is true where the object is made without its constructor (NEWOBJ).
    """
    found = lookup(callee)
    if found is None:
        return False
    by_table = found.shapes is not None and not set("en") & set(found.flags)
    if arguments == () and new and found.is_class and not by_table:
        return True
    if not isinstance(arguments, tuple) or (new and "c" in found.flags):
        return False
    name = full_name(callee)
    if name == "copyreg.__newobj__" and arguments:
        made = arguments[0]
        return isinstance(made, Global) and call_is_usual(made, arguments[1:], new=True)
    if not any(_fits(shape, arguments) for shape in found.shapes or ()):
        return False
    return _is_harmless(name, arguments)


def _is_harmless(name: str, arguments: tuple[object, ...]) -> bool:  # noqa: PLR0911  # one line per function
    """Check the literals of the few functions that look something up by name."""
    if name == "dill._dill._load_type":
        return arguments[0] in DILL_TYPES
    if name == "_codecs.encode":
        return arguments[1] in ENCODINGS
    if name.endswith("._ufunc_reconstruct"):
        return arguments[0] in UFUNC_MODULES and isinstance(arguments[1], str)
    if name == "builtins.type":
        one = arguments[0]
        return one is None or (isinstance(one, Global) and full_name(one) in SINGLE)
    if name == "numpy.dtype":
        return not isinstance(arguments[0], Global) or full_name(arguments[0]) == RECORD
    if name == "dill._dill._create_array":
        return _makes_array(*arguments[:3])
    if name == "builtins.getattr":
        return _is_usual_lookup(*arguments)
    if name.startswith("torch._tensor._rebuild_from_type"):
        function, made = arguments[0], arguments[2]
        return (
            isinstance(function, Global)
            and full_name(function).startswith(TENSORS)
            and call_is_usual(function, made, new=False)
        )
    return True


def _is_usual_lookup(owner: object, attribute: object) -> bool:
    """Return whether libraries look up this attribute."""
    if isinstance(owner, Made):
        found = lookup(owner.callee)
        return found is not None and "x" in found.flags and attribute in DISTRIBUTION_METHODS
    if not isinstance(attribute, str):
        return False
    if isinstance(owner, str):
        return attribute in GETATTR["builtins.str"]
    if not isinstance(owner, Global):
        return False
    methods = GETATTR.get(full_name(owner))
    return attribute in methods if methods is not None else _is_member(owner, attribute)


def _makes_array(function: object, made: object, state: object) -> bool:
    """Return whether dill's helper does what REDUCE and BUILD do for an array."""
    return (
        isinstance(function, Global)
        and full_name(function) in RECONSTRUCT
        and call_is_usual(function, made, new=False)
        and isinstance(state, tuple)
    )


def looks_up_plainly(callee: Global, arguments: object) -> bool:
    """Return whether a call only gets, or will get, a public attribute of what pickles hold.

    So Python itself writes methods, and the `operator` module its functions. As long as nothing is
    done with the result, it is not an attack.
    """
    name = full_name(callee)
    if not isinstance(arguments, tuple) or not arguments:
        return False
    if name == "operator.attrgetter":
        return all(_is_public(one) for one in arguments)
    if name == "operator.methodcaller":
        return _is_public(arguments[0]) and is_literal(arguments)
    if name != "builtins.getattr" or len(arguments) != 2:  # noqa: PLR2004  # owner, name
        return False
    owner, attribute = arguments
    return _is_known_owner(owner) and _is_public(attribute)


def _is_known_owner(owner: object) -> bool:
    """Return whether a value is plain data, an allowed class or an object of one."""
    if not isinstance(owner, (Global, Made)):
        return is_literal(owner)
    name = owner if isinstance(owner, Global) else owner.callee
    if isinstance(owner, Made) and full_name(name) in ARRAYS:
        return True
    found = lookup(name)
    return found is not None and found.is_class


def _is_public(path: object) -> bool:
    if not isinstance(path, str):
        return False
    parts = path.split(".")
    return DANGEROUS_PARTS.isdisjoint(parts) and all(
        part.isidentifier() and part[:1] != "_" for part in parts
    )


def _is_member(owner: Global, attribute: str) -> bool:
    """Return whether the attribute can only be a member of an Enum."""
    found = lookup(owner)
    if full_name(owner) == "zoneinfo.ZoneInfo":
        return attribute == "_unpickle"
    public = attribute.isidentifier() and not attribute.startswith("_")
    return found is not None and "e" in found.flags and public


def _fits(shape: Shape, arguments: tuple[object, ...]) -> bool:
    at = 0
    for word in shape:
        letters = word.rstrip("?*")
        if word.endswith("*"):
            while at < len(arguments) and _is_any(letters, arguments[at]):
                at += 1
        elif at < len(arguments) and _is_any(letters, arguments[at]):
            at += 1
        elif not word.endswith("?"):
            return False
    return at == len(arguments)


def _is_any(letters: str, value: object) -> bool:
    return any(_is(letter, value) for letter in letters)


def _is(letter: str, value: object) -> bool:  # noqa: C901, PLR0911  # one line per letter
    if letter == "O":
        return True
    if letter == ".":
        return is_literal(value)
    if letter == "L":
        return isinstance(value, (Box, tuple)) or value is VALUE
    if isinstance(value, Global):
        found = lookup(value)
        if found is None:
            return False
        if letter == "B":
            return modern(value.module) == "builtins" and value.name in BUILTIN_CLASSES
        if letter == "C":
            return found.is_class
        if letter == "R":
            return full_name(value).startswith(TENSORS)
        return letter == "F" and found.shapes is None and not found.is_class
    if letter == "P":
        return isinstance(value, Persistent)
    if not isinstance(value, Made):
        return False
    name = full_name(value.callee)
    return letter == "M" or _is_made(letter, name)


def _is_made(letter: str, name: str) -> bool:  # noqa: PLR0911  # one line per letter
    if letter == "A":
        return name in ARRAYS
    if letter == "D":
        return name == "numpy.dtype" or name.startswith("numpy.dtypes.")
    if letter == "T":
        return name.startswith((TENSORS, "torch._tensor._rebuild_from_type"))
    if letter == "H":
        return name == "collections.OrderedDict"
    if letter == "Z":
        return name in TIME_ZONES
    if letter == "G":
        return name == "numpy.random._pickle.__bit_generator_ctor"
    return letter == "X" and name.startswith(COLUMNS)


def is_literal(value: object) -> bool:
    """Return whether a value is plain data."""
    return holds(value) == LITERAL


def state_is_usual(instance: Made, state: object) -> bool:  # noqa: PLR0911  # one line per rule
    """Return whether BUILD may set this state on the result of a call."""
    name = full_name(instance.callee)
    found = lookup(instance.callee)
    if found is None:
        return False
    if not found.is_class and name not in BUILDABLE and "unpickle" not in name:
        return name.endswith("newObj")
    if "e" in found.flags:
        return False  # it would be set on the member that the whole process shares
    if name == "functools.partial":
        return _is_partial(state)
    fields = state.items if isinstance(state, Box) and not state.odd_key else None
    if name == "joblib.memory.Memory":
        return fields is not None and fields.get("location", fields) is None
    if "x" in found.flags:
        return fields is not None and fields.get("_parse_arg_template") is TEMPLATE
    if isinstance(state, tuple) and len(state) == 2 and isinstance(state[1], Box):  # noqa: PLR2004  # dict and slots
        if "t" not in found.flags and name not in TUPLE_STATES:
            return False
        return not any(isinstance(part, Box) and part.odd_key for part in state)
    return not (isinstance(state, Box) and state.odd_key)


def _is_partial(state: object) -> bool:
    """Check (function, arguments, keywords, attributes)."""
    if not isinstance(state, tuple) or len(state) != 4:  # noqa: PLR2004  # see above
        return False
    return _is_any("FB", state[0])


def takes_items(target: object, flags: str) -> bool:
    """Return whether items may be put into a value: `m` by key, `q` at its end."""
    if isinstance(target, Box):
        return True
    if not isinstance(target, Made):
        return False
    name = full_name(target.callee)
    found = lookup(target.callee)
    if name in ("copyreg._reconstructor", "copyreg.__newobj__"):
        made = target.arguments[0] if target.arguments else None
        found = lookup(made) if isinstance(made, Global) else None
    return found is not None and flags in found.flags


def is_special(key: object) -> bool:
    """Return whether a key of a state is a special name, or one that may be."""
    if isinstance(key, str):
        return key in RUN_KEYS or (key.startswith("__") and key.endswith("__") and key not in TEXTS)
    return key is LONG_TEXT or isinstance(key, (Made, Blob))
