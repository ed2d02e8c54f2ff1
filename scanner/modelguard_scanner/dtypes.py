"""Element types by the names that formats give them."""

import re
from typing import Final

_NUMPY: Final = re.compile(r"[<>=|]?([?biufcmMSUaOV])(\d*)(?:\[.*\])?")
_BYTES_PER_CHARACTER: Final = {"U": 4}
_DEFAULT: Final = {"?": 1, "b": 1, "O": 8}

TORCH_BYTES: Final = {
    "Double": 8, "Float": 4, "Half": 2, "BFloat16": 2, "Long": 8, "Int": 4, "Short": 2, "Char": 1,
    "Byte": 1, "Bool": 1, "ComplexFloat": 8, "ComplexDouble": 16, "QInt8": 1, "QUInt8": 1,
    "QInt32": 4,
}  # fmt: skip
"""Element size of a PyTorch storage class, by its name without `Storage`."""


def numpy_bytes(name: str) -> int | None:
    """Return the element size of a NumPy type such as `<f4`; None if it is not a plain one."""
    match = _NUMPY.fullmatch(name)
    if match is None or match[1] == "V":
        return None
    size = int(match[2]) if match[2] else _DEFAULT.get(match[1])
    return None if size is None else size * _BYTES_PER_CHARACTER.get(match[1], 1)


def is_object(name: str) -> bool:
    """Return whether elements of this NumPy type are pickled."""
    return name.lstrip("<>=|").startswith("O")
