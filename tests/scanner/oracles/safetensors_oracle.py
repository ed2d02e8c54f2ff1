"""safetensors: whatever is clean, the library reads, and sees the same tensors."""

import json
from random import Random
from struct import pack
from typing import Any

from tests.scanner.oracles.judged import judge, misjudged
from tests.scanner.oracles.mutations import mutated

BITS = {"F32": 32, "F16": 16, "BF16": 16, "I64": 64, "U8": 8, "BOOL": 8, "F8_E4M3": 8, "F64": 64}
NUMBERS = ("0", "-0", "1.0", "1e0", "00", "18446744073709551616", "-1", "4294967296", "true", "4")
NAMES = ("a", "b", "", "a\0b", "\u00e9", "__metadata__ ", "a.b", "\U0001f600", '"', "\\")
LETTERS = b'{}[]",:0123456789.-eE \\u/\n\tFIUB_' + bytes(range(0, 256, 23))
SHAPES = ((), (1,), (2, 3), (0,), (4,), (1, 0, 5))


class SafetensorsOracle:
    """See `oracle.Oracle`."""

    cases_in_test = 6_000
    memory = 4 * 1024**3
    libraries = True

    def __init__(self) -> None:
        self._honest = b""
        self._load: Any = None
        self._save: Any = None
        self._arrays: list[Any] = []

    def prepare(self) -> None:
        import numpy as np  # noqa: PLC0415  # only the environment of the loaders has it
        import safetensors  # noqa: PLC0415
        from safetensors.numpy import save  # noqa: PLC0415

        self._load, self._save = safetensors.deserialize, save
        kinds = ("float32", "float16", "int64", "uint8", "bool", "float64")
        self._arrays = [np.zeros(shape, kind) for shape in SHAPES for kind in kinds]
        judge(self.make(Random(0)), "model.safetensors")

    def make(self, random: Random) -> bytes:
        self._honest = b""
        if random.random() < 0.2:
            tensors = {f"t{i}": random.choice(self._arrays) for i in range(random.randint(0, 4))}
            metadata = random.choice((None, {"format": "pt"}, {"a": "\u00e9\n", "license": "mit"}))
            self._honest = self._save(tensors, metadata)
            return self._honest
        header, data = _tensors(random)
        text = json.dumps(header, ensure_ascii=random.random() < 0.5)
        if random.random() < 0.6:
            text = _rewritten(random, text)
        encoded = text.encode() + b" " * random.choice((0, 0, 1, 7))
        if random.random() < 0.4:
            encoded = mutated(random, encoded, letters=LETTERS)
        length = len(encoded) if random.random() < 0.95 else len(encoded) + random.choice((-1, 1))
        rest = random.choice((b"", b"", b"", b"x"))
        return pack("<Q", max(0, length)) + encoded + data + rest

    def difference(self, data: bytes) -> str | None:
        report = judge(data, "model.safetensors")
        wrong = misjudged(report, is_honest=bool(data) and data == self._honest)
        if wrong or report.verdict != "clean" or report.facts.format != "safetensors":
            return wrong
        try:
            loaded = self._load(data)
        except Exception as error:  # noqa: BLE001  # whatever the library raises
            return f"refused: {error!r:.120}"
        theirs = sorted((one["dtype"], tuple(one["shape"])) for _, one in loaded if one["shape"])
        shapes = sum(1 for _, one in loaded if not one["shape"])
        named = [one for one in report.facts.tensors if one.shape]
        ours = sorted((one.dtype, one.shape) for one in named)
        names = {name for name, _ in loaded if name.isprintable()}
        if report.facts.tensor_count != len(loaded) or len(theirs) + shapes != len(loaded):
            return f"other tensors: {len(loaded)} instead of {report.facts.tensor_count}"
        if "" not in names and len(ours) == len(theirs) and ours != theirs:
            return f"other shapes: {theirs} instead of {ours}"
        return None


def _tensors(random: Random) -> tuple[dict[str, object], bytes]:
    header: dict[str, object] = {}
    at = 0
    for name in random.sample(NAMES, random.randint(0, 3)):
        kind, shape = random.choice(list(BITS)), random.choice(SHAPES)
        size = BITS[kind] // 8
        for one in shape:
            size *= one
        start = at if random.random() < 0.95 else max(0, at + random.choice((-1, 1)))
        header[name] = {"dtype": kind, "shape": shape, "data_offsets": [start, start + size]}
        at = start + size
    if random.random() < 0.4:
        header["__metadata__"] = random.choice(
            ({}, {"a": "b"}, {"a": 1}, None, [], "x", {"a": None}, {"a": {"b": "c"}})
        )
    items = list(header.items())
    random.shuffle(items)
    return dict(items), bytes(at)


def _rewritten(random: Random, text: str) -> str:
    """Change what JSON allows to be written otherwise, or what only some parsers take."""
    old, new = random.choice(
        (
            ("[", "[ "), ("}", "\t}"), (":", ":\n"),
            ('"a"', '"\\u0061"'), ('"dtype"', '"\\u0064type"'),
            ('{"', '{"a": 1, "'),
            ('"shape"', '"shape": [9], "shape"'), ('"dtype"', '"x": 1, "dtype"'),
            ("0", random.choice(NUMBERS)), ("4", random.choice(NUMBERS)), ("}", ",}"),
            ("{", "\ufeff{"),
            ("]", "]/**/"), ('"F32"', '"f32"'), ('"F32"', "NaN"), ("1", "1.0"), ("[0", "[00"),
            ('"a"', '"\\ud800"'), ('"a"', '"\x01"'), ('"a"', '"\\x61"'), ("}", "}\0"), ("{", " {"),
            ('{"', '{"__metadata__": {"a": "b"}, "'), (", ", " , "), ("]", ", 1]"), ("{", "{{"),
        )
    )  # fmt: skip
    return text.replace(old, new, random.choice((1, -1)))


ORACLE = SafetensorsOracle()
