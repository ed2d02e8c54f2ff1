"""Element types by the names that formats give them."""

import re
from typing import Final

_NUMPY: Final = re.compile(
    r"[<>=|]?(?:\?|b1|[iu][1248]|f(?:2|4|8|16)|c(?:8|16|32)|[SU](?:0|[1-9][0-9]{0,8})"
    r"|[mM]8(?:\[(?:[1-9][0-9]{0,8})?(?:Y|M|W|D|h|m|s|ms|us|ns|ps|fs|as)\])?)"
)
"""The types that NumPy writes, and no other: readers disagree on the rest."""
_MAX_NUMPY: Final = (1 << 31) - 1
"""Most bytes of one element."""

TORCH_BYTES: Final = {
    "Double": 8, "Float": 4, "Half": 2, "BFloat16": 2, "Long": 8, "Int": 4, "Short": 2, "Char": 1,
    "Byte": 1, "Bool": 1, "ComplexFloat": 8, "ComplexDouble": 16, "QInt8": 1, "QUInt8": 1,
    "QInt32": 4,
}  # fmt: skip
"""Element size of a PyTorch storage class, by its name without `Storage`."""


def numpy_bytes(name: str) -> int | None:
    """Return the element size of a NumPy type such as `<f4`; None if it is not a plain one."""
    if _NUMPY.fullmatch(name) is None:
        return None
    kind = name.lstrip("<>=|").partition("[")[0]
    size = 1 if kind == "?" else int(kind[1:]) * (4 if kind[0] == "U" else 1)
    return size if size <= _MAX_NUMPY else None


def is_object(name: str) -> bool:
    """Return whether elements of this NumPy type are pickled."""
    return name.lstrip("<>=|").startswith("O")
