"""Rules for tables and other data: Arrow, Parquet, msgpack, HDF5."""

from typing import Final

from modelguard_scanner.catalogue.rule import Rule
from modelguard_scanner.report import Severity

_AGAIN: Final = "Save the file again with its library."

ARROW_BROKEN: Final = Rule(
    "arrow-broken",
    Severity.INCONCLUSIVE,
    "an Arrow file or stream that is broken or not understood",
    _AGAIN,
    "a file without its footer",
)
ARROW_EXTENSION: Final = Rule(
    "arrow-extension",
    Severity.SUSPICIOUS,
    "a type that needs code of its own",
    "Store columns of Arrow's own types.",
    "the extension type `my.type`",
)
ARROW_PICKLE: Final = Rule(
    "arrow-pickle",
    Severity.MALICIOUS,
    "a type that loaders unpickle",
    "Store columns of Arrow's own types.",
    "the extension type `arrow.py_extension_type`",
)
PARQUET_BROKEN: Final = Rule(
    "parquet-broken",
    Severity.INCONCLUSIVE,
    "a Parquet file that is broken, encrypted or not understood",
    _AGAIN,
    "a file whose footer breaks off",
)
PARQUET_EXTERNAL: Final = Rule(
    "parquet-external",
    Severity.MALICIOUS,
    "a column lies outside the folder",
    "Write the columns into one file.",
    "a column in `/etc/passwd`",
)

HDF5_STRUCTURE: Final = Rule(
    "hdf5-structure",
    Severity.INCONCLUSIVE,
    "a structure of the HDF5 file that is broken or not understood",
    "Write the file with the library's earliest format, or as safetensors.",
    "attributes in a fractal heap",
)
HDF5_LINK: Final = Rule(
    "hdf5-link",
    Severity.SUSPICIOUS,
    "values lie in another file",
    "Copy the values into the file.",
    "an external link to `other.h5`",
)
HDF5_OUTSIDE: Final = Rule(
    "hdf5-outside",
    Severity.MALICIOUS,
    "values lie in a file outside the model's folder",
    "Do not load the file.",
    "an external link to `/etc/passwd`",
)
HDF5_FILTER: Final = Rule(
    "hdf5-filter",
    Severity.SUSPICIOUS,
    "values pass through a filter that needs a library of its own",
    "Write the values without it.",
    "the filter 4711",
)

MSGPACK_PICKLE: Final = Rule(
    "msgpack-pickle",
    Severity.SUSPICIOUS,
    "an array of objects, which msgpack-numpy unpickles",
    "Store arrays of numbers.",
    '`{"nd": true, "kind": "O", "data": ...}`',
)
MSGPACK_EXTENSION: Final = Rule(
    "msgpack-extension",
    Severity.SUSPICIOUS,
    "values that a program makes objects of",
    "Store maps, arrays, texts and numbers.",
    "the extension type 42",
)
UBJSON_BROKEN: Final = Rule(
    "ubjson-broken",
    Severity.INCONCLUSIVE,
    "the model is not one that XGBoost writes",
    "Save the model again, for example as JSON.",
    "a model in UBJSON that is cut off",
)

RULES: Final = (
    ARROW_BROKEN, ARROW_EXTENSION, ARROW_PICKLE, PARQUET_BROKEN, PARQUET_EXTERNAL, HDF5_STRUCTURE,
    HDF5_LINK, HDF5_OUTSIDE, HDF5_FILTER, MSGPACK_PICKLE,
    MSGPACK_EXTENSION, UBJSON_BROKEN,
)  # fmt: skip
