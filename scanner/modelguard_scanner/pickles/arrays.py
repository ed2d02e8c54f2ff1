"""Raw arrays between the opcodes of a pickle, as joblib writes them."""

from math import prod
from typing import TYPE_CHECKING

from modelguard_scanner.catalogue.pickles import JOBLIB_ARRAY, PICKLE_NESTING
from modelguard_scanner.limits import ScanError
from modelguard_scanner.pickles.calls import dtype_of, shape_of
from modelguard_scanner.pickles.values import Made

if TYPE_CHECKING:
    from modelguard_scanner.pickles.judge import PickleReader

MAX_NESTING = 8
"""How many object arrays may lie inside each other."""


class ArrayReader:
    """The machine's build hook: knows what follows the state of a joblib array wrapper."""

    def __init__(self, reader: "PickleReader") -> None:
        self._reader = reader

    def __call__(self, instance: "Made", state: object, offset: int) -> int:
        """Return the length of the raw array at `offset`; read it when it is a pickle itself."""
        if not str(instance.callee).endswith(".NumpyArrayWrapper"):
            return 0
        reader = self._reader
        fields = state if isinstance(state, dict) else {}
        element, shape = fields.get("dtype"), shape_of(fields.get("shape"))
        size = element.element_bytes if isinstance(element, Made) else None
        if size is None or shape is None:
            raise ScanError(JOBLIB_ARRAY, "an array of unknown type or shape", offset)
        reader.scan.facts.add_tensor(dtype_of(element), shape)
        if not size:
            return self._read_objects(offset)
        length = self._padding(fields, offset) + prod(shape) * size
        reader.raw_arrays.append((offset, offset + length))
        return length

    def _padding(self, fields: dict[str, object], offset: int) -> int:
        if fields.get("numpy_array_alignment_bytes") is None:
            return 0
        return 1 + int.from_bytes(self._reader.member.source.read_at(offset, 1), "little")

    def _read_objects(self, offset: int) -> int:
        from modelguard_scanner.pickles.judge import PickleReader  # noqa: PLC0415  # they recurse

        reader = self._reader
        if reader.nesting >= MAX_NESTING:
            raise ScanError(PICKLE_NESTING, "object arrays inside each other", offset)
        return (
            PickleReader(reader.scan, reader.member, reader.nesting + 1).read_one(offset) - offset
        )
