"""NumPy's files: whatever is clean, `numpy.load` reads to the last byte, and no type is made up."""

import io
import warnings
import zipfile
from random import Random
from typing import Any

from modelguard_scanner import BytesSource, scan

from tests.scanner.oracles.mutations import mutated

KINDS = (
    "<f4", ">i8", "?", "S3", "U2", "<M8[ns]", "<M8[25us]", "<m8[s]", "V5", "O", "c16", "<f2", "b",
    "<m8", "V0", "S0", "i1", "u4",
)  # fmt: skip
STRINGS = (
    "<M8[xs]", "<M8[0s]", "<M8[s/4]", "<M8[", "<M8[2D]", "<M8[]", "<m8[generic]", "f3", "f4,i4",
    "<f16", "c7", "i3", "U", "M8[s]x", "float32", "=f4", "|f4", "|O", "O8", "V", "?2", "b2", "B",
    "a5", "S-1", "S99999999999", "m4[s]", "T", "|T16", "e", "g", "<i4 ", " <i4", "4i4", "(2,)i4",
    "<M8[us] ", "<M8[1_0s]", "<c8", "<U-1", "\u0664f4", "f\u0664", "|S0", "<f4\\n", "l", "p",
)  # fmt: skip
LETTERS = b"'()[],:{}OLVMmUSfic<>|=0123456789 \n\\x-_" + bytes(range(0, 256, 17))


class NpyOracle:
    """See `oracle.Oracle`."""

    cases_in_test = 1_500
    memory = 4 * 1024**3
    libraries = True

    def __init__(self) -> None:
        self._honest = b""

    def prepare(self) -> None:
        import numpy  # noqa: ICN001, PLC0415  # only the environment of the loaders has it

        self._np: Any = numpy
        warnings.simplefilter("ignore")
        scan(BytesSource(self.make(Random(0))), path="model.npy")

    def make(self, random: Random) -> bytes:
        arrays = [self._array(random) for _ in range(random.choice((1, 1, 1, 2)))]
        honest = random.random() < 0.3
        if not honest:
            arrays = [self._changed(random, one) for one in arrays]
        way = random.randrange(3)
        if way:
            data = arrays[0] if way == 1 else b"".join(arrays)
            honest = honest and way == 1
        else:
            file = io.BytesIO()
            with zipfile.ZipFile(file, "w", random.choice((0, 8))) as archive:
                for index, one in enumerate(arrays):
                    archive.writestr(zipfile.ZipInfo(f"arr_{index}.npy"), one)
            data = file.getvalue()
        self._honest = data if honest else b""
        return data

    def _array(self, random: Random) -> bytes:
        while True:
            file = io.BytesIO()
            try:
                kind = self._np.dtype(_type(random), align=random.random() < 0.5)
                shape = tuple(random.randint(0, 3) for _ in range(random.randint(0, 3)))
                order = random.choice("CF")
                self._np.save(file, self._np.zeros(shape, kind, order=order), allow_pickle=True)
            except (ValueError, TypeError):
                continue
            return file.getvalue()

    def _changed(self, random: Random, data: bytes) -> bytes:
        if random.random() < 0.5:
            return mutated(random, data, near=140, letters=LETTERS)
        text = random.choice((random.choice(STRINGS), random.choice(KINDS)))
        descr: object = text
        if random.random() < 0.4:
            field = random.choice(("a", "", "a\0b", "\u00e9", ("t", "a"), 1))
            descr = [(field, text), *([("a", "<i2")] if random.random() < 0.3 else [])]
        shape = random.choice(((), (0,), (1,), (2,), (True,), (-1,), (1 << 62, 4), (2, 0), [2], 1))
        order = random.choice((False, False, False, True, 0, None))
        header = repr({"descr": descr, "fortran_order": order, "shape": shape}).encode() + b"\n"
        version = random.choice((1, 1, 2, 3))
        size = len(header).to_bytes(2 if version == 1 else 4, "little")
        return (
            b"\x93NUMPY" + bytes([version, 0]) + size + header + bytes(random.choice((0, 4, 8, 16)))
        )

    def difference(self, data: bytes) -> str | None:
        report = scan(BytesSource(data), path="model.npy")
        for found in report.findings:
            if found.rule == "engine-failure":
                return f"engine failure: {found.message}"
        if report.verdict != "clean":
            is_honest = data == self._honest
            return f"honest: {report.findings[0].message}" if is_honest else None
        try:
            if data[:2] == b"PK":
                with zipfile.ZipFile(io.BytesIO(data)) as archive:
                    for name in archive.namelist():
                        self._load(archive.read(name))
            else:
                self._load(data)
        except Exception as error:  # noqa: BLE001  # whatever NumPy raises
            return f"refused: {error!r:.120}"
        return None

    def _load(self, data: bytes) -> None:
        if not data.startswith(b"\x93NUMPY"):
            return  # `numpy.load` takes such members of an archive for plain bytes
        file = io.BytesIO(data)
        while file.tell() < len(data):
            try:
                self._np.lib.format.read_array(file, allow_pickle=False)
            except ValueError as error:
                if "Object arrays" in str(error) or "max_header_size" in str(error):
                    return  # the rest is a pickle, whose oracle is another
                raise


def _type(random: Random, nesting: int = 0) -> Any:
    way = random.random()
    if nesting > 2 or way < 0.5:
        return random.choice(KINDS)
    if way < 0.8:
        return [
            (random.choice("abcdefgh") + str(index), _type(random, nesting + 1))
            + (((random.randint(0, 2), 2),) if random.random() < 0.3 else ())
            for index in range(random.randint(1, 3))
        ]
    return (_type(random, nesting + 1), (random.randint(1, 2),))


ORACLE = NpyOracle()
