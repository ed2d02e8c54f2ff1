"""Rules for tables and other data: Arrow, Parquet, msgpack, HDF5."""

from typing import Final

from modelguard_scanner.catalogue.rule import Rule
from modelguard_scanner.report import Severity

_AGAIN: Final = "Write the file again with the library that reads it."

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
    "a column lies outside of the folder",
    "Write the columns into one file.",
    "a column in `/etc/passwd`",
)

RULES: Final = (
    ARROW_BROKEN, ARROW_EXTENSION, ARROW_PICKLE, PARQUET_BROKEN, PARQUET_EXTERNAL,
)  # fmt: skip
