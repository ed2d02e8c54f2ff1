"""Random pickles: structured programs, wrong frames, hidden opcodes, and honest ones mutated."""

from collections.abc import Callable
from random import Random
from struct import pack

from tests.scanner import assembler as asm
from tests.scanner.honest import checkpoints, pickles

EVIL = (
    b"cos\nsystem\n(Vx\ntR", b"(Vx\nios\nsystem\n", b"\x8c\x02os\x8c\x06system\x93(Vx\ntR",
    b"(cos\nsystem\nVx\no", b"cbuiltins\nexec\n\x8c\x010\x85R", b"\x82\x01(Vx\ntR",
)  # fmt: skip
ALLOWED = (
    ("collections", "OrderedDict"), ("builtins", "set"), ("builtins", "list"),
    ("numpy", "ndarray"), ("numpy", "dtype"), ("datetime", "datetime"),
    ("copyreg", "_reconstructor"),
    ("functools", "partial"), ("torch._utils", "_rebuild_tensor_v2"), ("builtins", "object"),
    ("sklearn.svm._classes", "SVC"), ("torch.nn.modules.linear", "Linear"), ("pathlib", "Path"),
    ("numpy._core.multiarray", "_reconstruct"), ("torch.storage", "_load_from_bytes"),
    ("collections", "defaultdict"), ("torch", "FloatStorage"), ("builtins", "getattr"),
    ("joblib.numpy_pickle", "NumpyArrayWrapper"), ("copyreg", "__newobj__"),
    ("torch._tensor", "_rebuild_from_type_v2"), ("builtins", "bytearray"), ("_codecs", "encode"),
)  # fmt: skip
ODD_NAMES = (("os", "system"), ("builtins", "exec"), ("nowhere", "run"))
BORDERS = (4_096, 8_192, 65_536, 131_072)
COUNTED = ((b"U", 1), (b"X", 4), (b"T", 4), (b"B", 4), (b"C", 1), (b"\x8c", 1), (b"\x8d", 8),
           (b"\x8e", 8), (b"\x96", 8), (b"\x8a", 1), (b"\x8b", 4))  # fmt: skip
LINES = (b"V%s\n", b"S'%s'\n", b"P%s\n", b"I%s\n", b"F%s\n", b"L%s\n", b"c%s\nx\n")
JUNK = tuple(bytes([byte]) for byte in b"(.012FIJKLMNPQRSTUVXabcdeghijlopqrstu)]}GB"
             b"\x80\x81\x82\x83\x84\x85\x86\x87\x88\x89\x8a\x8b\x8c\x8d\x8e\x8f"
             b"\x90\x91\x92\x93\x94\x95\x96\x97\x98C\x00\xff\n")  # fmt: skip
HONEST = [data for make in (pickles, checkpoints) for _, data in make() if len(data) < 20_000]


def program(random: Random) -> bytes:
    """Return one file."""
    kind = random.random()
    if kind < 0.15:
        return _mutated(random, random.choice(HONEST))
    data = b"".join(_pickle(random) for _ in range(random.choice((1, 1, 1, 2, 3, 5))))
    if kind < 0.35:
        data = _mutated(random, data)
    if random.random() < 0.15:
        data += random.choice((*EVIL, random.randbytes(random.randrange(20)))) + b"."
    return data


def _pickle(random: Random) -> bytes:
    head = b"" if random.random() < 0.25 else b"\x80" + bytes([random.choice((0, 1, 2, 3, 4, 5))])
    border = random.choice(BORDERS) if random.random() < 0.02 else 0
    body = b"".join(_Program(random).step() for _ in range(random.randrange(1, 10)))
    if border:
        fill = max(0, border - len(head) - random.randrange(24) - random.choice((0, len(body))))
        body = _filler(random, fill) + b"0" + body
    if random.random() < 0.3:
        body = _framed(random, body)
    return head + body + random.choice((b".", b".", b".", b"0.", b"N.", b"t.", b""))


def _filler(random: Random, size: int) -> bytes:
    way = random.randrange(12)
    if way > 5:
        return b"B" + pack("<I", max(0, size - 6)) + b"a" * max(0, size - 6)
    if way:
        return b"V" + b"a" * max(0, size - 3) + b"\n"
    return b"N0" * (size // 2) + b"N"


def _framed(random: Random, body: bytes) -> bytes:
    """Insert frames of right and wrong lengths."""
    for _ in range(random.choice((1, 1, 2, 3))):
        at = random.choice((0, 0, random.randrange(len(body) + 1)))
        rest = len(body) - at
        length = random.choice((
            rest, rest + 1, rest - 1, random.randrange(rest + 2), random.randrange(16),
            rest + random.randrange(2000), 1 << 40, 0,
        ))  # fmt: skip
        body = body[:at] + b"\x95" + pack("<Q", max(0, length)) + body[at:]
    return body


def _mutated(random: Random, data: bytes) -> bytes:
    out = bytearray(data)
    for _ in range(random.choice((1, 1, 2, 4))):
        at = random.randrange(len(out) + 1)
        way = random.randrange(6)
        if way == 0:
            out[at:at] = random.choice(EVIL)
        elif way == 1:
            out[at : at + random.randrange(1, 12)] = b""
        elif way == 2:
            out[at:at] = random.choice(JUNK)
        elif way == 3 and out:
            out[at % len(out)] = random.randrange(256)
        elif way == 4:
            out[at:at] = b"\x95" + pack("<Q", random.choice((0, 1, 2, 5, len(out) - at, 9_999)))
        else:
            other = random.choice(HONEST)
            start = random.randrange(len(other))
            out[at:at] = other[start : start + random.randrange(1, 40)]
    return bytes(out)


class _Program:
    """Emits opcodes that mostly find on the stack what they need."""

    def __init__(self, random: Random) -> None:
        self.random = random

    def step(self) -> bytes:
        """Return one statement that leaves a value, or acts on the last."""
        random = self.random
        return random.choice((
            self.value, self.value, self.call, self.call, self.build, self.container, self.fill,
            self.memo, self.junk, self.odd,
        ))()  # fmt: skip

    def value(self) -> bytes:  # noqa: PLR0911  # one line per kind
        random = self.random
        kind = random.randrange(9)
        if kind == 0:
            return random.choice((b"N", b")", b"]", b"}", b"\x8f", b"\x88", b"K\x05", b"I01\n"))
        if kind < 4:
            return self.hidden()
        if kind == 4:
            return asm.text(random.choice(("a", "os", "system", "exec", "builtins", "module")))
        if kind == 5:
            return self.name()
        if kind == 6:
            return b"(" + self.value() + self.value() + random.choice((b"t", b"l", b"\x91"))
        if kind == 7:
            place = asm.tuple_of(asm.text(random.choice(("storage", "module"))), self.name(),
                                 asm.text("0"), asm.text("cpu"), asm.number(3))  # fmt: skip
            return place + b"Q"
        return self.call()

    def hidden(self) -> bytes:
        """Return an argument that holds opcodes, now and then with a wrong length."""
        random = self.random
        evil = random.choice(EVIL) + random.choice((b"", b".", b"0", b"N" * 9))
        if random.random() < 0.3:
            line = random.choice(LINES) % evil.replace(b"\n", random.choice((b"\r", b"\n", b" ")))
            return line if b"\n" in line else line + b"\n"
        code, width = random.choice(COUNTED)
        size = len(evil) + random.choice((0,) * 8 + (1, -1, 5, 200))
        size = max(0, min(size, (1 << 8 * width) - 1))
        return code + size.to_bytes(width, "little") + evil

    def name(self) -> bytes:
        random = self.random
        rare = random.random()
        module, name = random.choice(ALLOWED if rare > 0.03 else ODD_NAMES)
        way = random.randrange(6)
        if way < 3:
            return asm.global_(module, name)
        if way == 3:
            return asm.stack_global(module, name)
        first, second = (self.spelled(part) for part in (module, name))
        return first + second + b"\x93"

    def spelled(self, text: str) -> bytes:
        """Return a string in one of the ways to write it."""
        random = self.random
        escaped = "".join(f"\\x{ord(char):02x}" for char in text)
        wide = "".join(f"\\u{ord(char):04x}" for char in text)
        return random.choice((
            asm.text(text), asm.short_text(text), b"S'" + text.encode() + b"'\n",
            b"S'" + escaped.encode() + b"'\n", b"V" + wide.encode() + b"\n",
            asm.short_text(text) + b"2" + b"0", asm.short_text(text) + b"\x94",
            b"\x8d" + pack("<Q", len(text)) + text.encode(),
            asm.short_text(text) + b"p7\n0g7\n", b"N" + asm.short_text(text) + b"\x86\x00"[:1],
        ))  # fmt: skip

    def call(self) -> bytes:
        random = self.random
        way = random.randrange(7)
        if way == 0:
            return b"(" + self.value() + b"icollections\nOrderedDict\n"
        if way == 1:
            return b"(" + self.name() + self.value() + b"o"
        if way == 2:
            return self.name() + random.choice((b")\x81", b")R"))
        arguments = b"(" + b"".join(self.value() for _ in range(random.randrange(3))) + b"t"
        return self.name() + arguments + random.choice((b"R", b"R", b"\x81", b"}\x92"))

    def build(self) -> bytes:
        target = self.one_of(self.call, self.name, bytes)
        state = self.one_of(
            lambda: b"}", lambda: b"N", lambda: asm.dict_of(a=self.value()), self.value,
            lambda: b"N" + asm.dict_of(a=self.value()) + b"\x86",
        )  # fmt: skip
        return target + state + b"b"

    def one_of(self, *makers: Callable[[], bytes]) -> bytes:
        """Return what one of the makers, drawn first, makes."""
        return self.random.choice(makers)()

    def container(self) -> bytes:
        target = self.one_of(lambda: b"]", lambda: b"}", lambda: b"\x8f", self.call, self.name)
        return target + self.fill()

    def fill(self) -> bytes:
        way = self.random.randrange(6)
        if way < 2:
            value = self.value()
            return value + b"a" if way else b"(" + value + b"e"
        if way == 2:
            return self.value() + self.value() + b"s"
        if way == 3:
            return b"(" + self.value() + self.value() + b"u"
        if way == 4:
            return b"(" + self.value() + b"\x90"
        return self.random.choice((b"\x85R", b")R", b"b"))

    def memo(self) -> bytes:
        random = self.random
        index = random.choice((0, 1, 2, 3, 255))
        return random.choice((
            b"\x94", b"q" + bytes([index]), b"p%d\n" % index, b"r" + pack("<I", index),
            b"h" + bytes([index]), b"g%d\n" % index, b"j" + pack("<I", index), b"2", b"0", b"1",
            b"p-%d\n" % index, b"g%d\0x\n" % index, b"h\x00", b"h\x01",
        ))  # fmt: skip

    def junk(self) -> bytes:
        return self.random.choice(JUNK)

    def odd(self) -> bytes:
        random = self.random
        way = random.randrange(9)
        if way == 0:
            return asm.call(asm.global_("torch.storage", "_load_from_bytes"), self.hidden())
        if way == 1:
            return b"(" + self.hidden()
        if way == 2:
            return random.choice(
                (b"\x82\x01", b"\x83\x2c\x01", b"\x84\x70\x11\x01\x00", b"\x82\x09")
            )
        if way == 3:
            return b"\x95" + pack("<Q", random.randrange(30))
        return random.choice((
            b"\x80" + bytes([random.randrange(8)]), b"Pid\n", b"\x97", b"\x98",
            random.choice(EVIL)[:5],
        ))  # fmt: skip
