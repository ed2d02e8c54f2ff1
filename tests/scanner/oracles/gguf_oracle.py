"""GGUF: whatever is clean, ggml's Python reader reads, and sees the same tensors and templates."""

import os
from random import Random
from struct import pack
from typing import Any

from tests.scanner.oracles.judged import judge, misjudged
from tests.scanner.oracles.mutations import mutated

EVIL = "{{ ''.__class__.__mro__[1].__subclasses__() }}"
KEYS = (
    "general.architecture", "general.name", "tokenizer.chat_template", "general.alignment",
    "tokenizer.chat_template.tool", "general.license", "tokenizer.ggml.tokens", "a", "",
)  # fmt: skip
TEXTS = ("llama", "mit", EVIL, "{{ x }}", "", "\u00e9")
SIZES = {0: "<B", 1: "<b", 2: "<H", 3: "<h", 4: "<I", 5: "<i", 6: "<f", 7: "<B", 10: "<Q", 11: "<q",
    12: "<d"}  # fmt: skip
KINDS = {0: (1, 4), 1: (1, 2), 2: (32, 18), 8: (32, 34), 12: (256, 144), 24: (1, 1), 28: (1, 8)}
ALIGNMENT = 32


class GgufOracle:
    """See `oracle.Oracle`."""

    cases_in_test = 2_000
    memory = 4 * 1024**3
    libraries = True

    def __init__(self) -> None:
        self._honest = b""
        self._reader: Any = None

    def prepare(self) -> None:
        import gguf  # noqa: PLC0415  # only the environment of the loaders has it

        self._reader = gguf.GGUFReader
        self._load(_file(Random(0), honest=True))
        judge(_file(Random(0), honest=True), "model.gguf")

    def make(self, random: Random) -> bytes:
        self._honest = b""
        if random.random() < 0.2:
            self._honest = _file(random, honest=True)
            return self._honest
        data = _file(random, honest=random.random() < 0.5)
        return mutated(random, data) if random.random() < 0.7 else data

    def difference(self, data: bytes) -> str | None:
        report = judge(data, "model.gguf")
        wrong = misjudged(report, is_honest=bool(data) and data == self._honest)
        if wrong or report.verdict != "clean" or report.facts.format != "gguf":
            return wrong
        try:
            loaded = self._load(data)
        except Exception as error:  # noqa: BLE001  # whatever the library raises
            return f"refused: {error!r:.120}"
        if len(loaded.tensors) != report.facts.tensor_count:
            return f"other tensors: {len(loaded.tensors)} instead of {report.facts.tensor_count}"
        for name, field in loaded.fields.items():
            if "chat_template" in name and any(
                EVIL.encode() == bytes(part) for part in field.parts[1:]
            ):
                return f"template: {name}"
        return _uncovered(data, loaded)

    def _load(self, data: bytes) -> Any:
        file = os.memfd_create("model.gguf")
        try:
            os.write(file, data)
            return self._reader(f"/proc/self/fd/{file}")
        finally:
            os.close(file)


def _uncovered(data: bytes, loaded: Any) -> str | None:
    """Return bytes after the metadata that belong to no tensor and do not align one."""
    at, alignment = int(loaded.data_offset), int(loaded.alignment)
    for start, end in sorted(
        (int(one.data_offset), int(one.data_offset + one.n_bytes)) for one in loaded.tensors
    ):
        if start < at:
            return f"overlap: {start}"
        if start - at >= alignment:
            return f"hole: {at}"
        at = end
    if len(data) - at >= alignment:
        return f"rest: {len(data) - at} bytes"
    return None


def _text(value: str) -> bytes:
    encoded = value.encode()
    return pack("<Q", len(encoded)) + encoded


def _value(random: Random, kind: int) -> bytes:
    if kind == 8:
        return _text(random.choice(TEXTS))
    return pack(SIZES[kind], 1)


def _file(random: Random, *, honest: bool) -> bytes:
    alignment = ALIGNMENT
    pairs = []
    for key in random.sample(KEYS, random.randint(0, 5)):
        kind = random.choice((8, 8, 8, 9, 9, *SIZES))
        if key == "general.alignment":
            alignment = random.choice((8, 32, 64, *([0, 1, 3, 48] if not honest else [])))
            pairs.append(_text(key) + pack("<II", 4, alignment))
        elif kind == 9:
            element, count = random.choice((8, 8, *SIZES)), random.randint(0, 12)
            values = b"".join(_value(random, element) for _ in range(count))
            pairs.append(_text(key) + pack("<IIQ", 9, element, count) + values)
        else:
            pairs.append(_text(key) + pack("<I", kind) + _value(random, kind))
    if honest:
        pairs = [pair for pair in pairs if EVIL.encode() not in pair and pair[:8] != bytes(8)]
    if not honest and pairs and random.random() < 0.1:
        pairs.append(pairs[0])
    tensors, data = [], b""
    for index in range(random.randint(0, 3)):
        kind = random.choice(list(KINDS))
        block, size = KINDS[kind]
        shape = (block * random.randint(1, 2), *([2] if random.random() < 0.5 else []))
        elements = 1
        for one in shape:
            elements *= one
        length = elements // block * size
        name = f"t{index}" if honest or random.random() < 0.9 else "t0"
        at = len(data) + (0 if honest else random.choice((0, 0, 0, 0, 32, -32, 1)))
        dimensions = pack(f"<I{len(shape)}Q", len(shape), *shape)
        tensors.append(_text(name) + dimensions + pack("<IQ", kind, max(at, 0)))
        data += bytes(length)
        data += bytes(-len(data) % (alignment or 1))
    head = b"GGUF" + pack("<IQQ", random.choice((2, 3)), len(tensors), len(pairs))
    head += b"".join(pairs) + b"".join(tensors)
    head += bytes(-len(head) % (alignment or 1))
    rest = b"" if honest else random.choice((b"", b"", b"", b"rest", bytes(64)))
    return head + data + rest


ORACLE = GgufOracle()
