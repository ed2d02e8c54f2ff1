# ruff: noqa: D103, SIM905  # a handler is named after its opcode; tables are words
"""One handler per opcode: reads the argument and does to the stand-ins what CPython would do.

Source of the opcodes: CPython's Lib/pickletools.py and Modules/_pickle.c.
"""

import re
from collections.abc import Callable
from struct import Struct
from typing import Final

from modelguard_scanner.pickles.calls import built, persistent
from modelguard_scanner.pickles.machine import LONG_LINE, FrameError, Machine, PickleError
from modelguard_scanner.pickles.shapes import is_special, lookup, state_is_usual, takes_items
from modelguard_scanner.pickles.values import (
    KEPT_ITEMS,
    KEPT_TEXT,
    LITERAL,
    LONG_TEXT,
    TEMPLATE,
    VALUE,
    Blob,
    Box,
    Global,
    Made,
    Opaque,
    Persistent,
    holds,
)

Handler = Callable[[Machine], None]

U2: Final = Struct("<H").unpack
U4: Final = Struct("<I").unpack
I4: Final = Struct("<i").unpack
U8: Final = Struct("<Q").unpack
MAX_LONG_BYTES: Final = 16
INDEX: Final = re.compile(rb"\+?[0-9]+(?:_[0-9]+)*|-0+(?:_0+)*")
ESCAPE: Final = re.compile(rb"\\(?:x([0-9a-fA-F]{2})|([0-7]{1,3})|(.))", re.DOTALL)
LETTERS: Final = {
    b"a": b"\a", b"b": b"\b", b"f": b"\f", b"n": b"\n", b"r": b"\r", b"t": b"\t", b"v": b"\v",
    b"\\": b"\\", b"'": b"'", b'"': b'"', b"\n": b"",
}  # fmt: skip
SHORTEST_NESTED: Final = 16
COMMANDS: Final = frozenset(
    "system popen Popen exec eval execv execve execl execlp execvp spawnl spawnv posix_spawn "
    "check_output check_call getoutput getstatusoutput __import__ import_module urlopen "
    "urlretrieve create_connection CDLL rmtree unlink __subclasses__ __globals__ "
    "__builtins__".split()
)
"""Names in the code of a function that runs commands or reaches outside."""
KEPT_WIDE_BYTES: Final = 32
"""Longest string that is kept if it is not ASCII."""
_PARSED: Final = rb"((?:[A-Za-z_]\w*, ?)*)"
_PLACE: Final = rb"((?:loc(?:=0)?(?:, scale(?:=1)?)?)?)"
ARGUMENT_PARSERS: Final = re.compile(
    rb"\ndef _parse_args\(self, " + _PARSED + rb" " + _PLACE + rb"\):\n"
    rb"    return \(\1\), (loc, scale|loc, 1)\n"
    rb"\ndef _parse_args_rvs\(self, \1 \2, size=None\):\n"
    rb"    return self\._argcheck_rvs\(\1 \3, size=size\)\n"
    rb"\ndef _parse_args_stats\(self, \1 \2, moments='mv'\):\n"
    rb"    return \(\1\), \3, moments\n"
)
"""What SciPy runs when a distribution is loaded: three functions that return their arguments."""
LONGEST_TEMPLATE: Final = 1024
HIGHEST_PROTOCOL: Final = 5
INTEGER: Final = re.compile(rb"\s*[+-]?(0[xX][0-9a-fA-F_]+|0[oO][0-7_]+|0[bB][01_]+|[0-9_]+)L?\s*")


class Stopped(Exception):  # noqa: N818  # not an error: the STOP opcode was reached
    """Raised by the STOP opcode."""


def unknown(machine: Machine) -> None:
    """Refuse a byte that is not an opcode."""
    raise PickleError("not an opcode", machine.position - 1)


def number(machine: Machine, size: int) -> int:
    """Read an unsigned little-endian length."""
    return int.from_bytes(machine.take(size), "little")


def pusher(size: int) -> Handler:
    """Make the handler of an opcode that pushes a value of `size` argument bytes."""

    def handle(machine: Machine) -> None:
        if size:
            machine.take(size)
        machine.stack.append(VALUE)

    return handle


def constant(value: object) -> Handler:
    """Make the handler of an opcode that pushes `value`."""

    def handle(machine: Machine) -> None:
        machine.stack.append(value)

    return handle


def binint(machine: Machine) -> None:
    machine.stack.append(I4(machine.take(4))[0])


def binint1(machine: Machine) -> None:
    machine.stack.append(machine.take(1)[0])


def binint2(machine: Machine) -> None:
    machine.stack.append(U2(machine.take(2))[0])


def int_line(machine: Machine) -> None:
    line = _number_line(machine)
    if line is None:
        machine.stack.append(VALUE)
        return
    if not INTEGER.fullmatch(line):
        raise PickleError("an invalid integer", machine.position)
    digits = line.strip().rstrip(b"L")
    plain = len(digits) <= MAX_LONG_BYTES and digits.isdigit()
    machine.stack.append(int(digits) if plain else VALUE)


def _number_line(machine: Machine) -> bytes | None:
    """Read a number as C does, up to a NUL; None for one that is too long to look at."""
    line = machine.line()
    return None if len(line) > LONG_LINE else line.partition(b"\0")[0]


def float_line(machine: Machine) -> None:
    try:
        float(_number_line(machine) or b"0")
    except ValueError:
        raise PickleError("an invalid float", machine.position) from None
    machine.stack.append(VALUE)


def long_of(width: int) -> Handler:
    """Make the handler of LONG1 or LONG4."""

    def handle(machine: Machine) -> None:
        size = number(machine, width)
        if size > MAX_LONG_BYTES:
            machine.skip(size)
            machine.stack.append(VALUE)
        else:
            machine.stack.append(int.from_bytes(machine.take(size), "little", signed=True))

    return handle


def string_line(machine: Machine) -> None:
    line = machine.line()
    if len(line) > LONG_LINE:
        machine.stack.append(LONG_TEXT)
        return
    line = line.strip()
    if len(line) < 2 or line[:1] != line[-1:] or line[:1] not in b"'\"":  # noqa: PLR2004  # quotes
        raise PickleError("a string without quotes", machine.position)
    body = line[1:-1]
    plain = len(body) <= KEPT_TEXT and b"\\" not in body
    machine.stack.append(_decode(body) if plain else _unescape(body))


def _unescape(body: bytes) -> object:
    """Decode the escapes of Python 2's `repr`."""
    if len(body) > KEPT_TEXT * 4:
        return LONG_TEXT
    plain = _decode(ESCAPE.sub(_escape, body))
    return plain if isinstance(plain, str) and len(plain) <= KEPT_TEXT else LONG_TEXT


def _escape(match: re.Match[bytes]) -> bytes:
    if match[1]:
        return bytes([int(match[1], 16)])
    if match[2]:
        return bytes([int(match[2], 8) & 0xFF])
    return LETTERS.get(match[3], match[0])


def unicode_line(machine: Machine) -> None:
    line = machine.line()
    if len(line) > KEPT_TEXT:
        machine.stack.append(LONG_TEXT)
        return
    try:
        machine.stack.append(line.decode("raw_unicode_escape"))
    except UnicodeDecodeError:
        raise PickleError("a string with a broken escape", machine.position) from None


def _decode(data: bytes) -> object:
    if len(data) > KEPT_WIDE_BYTES and not data.isascii():
        return LONG_TEXT  # in memory it may be four times as long
    try:
        return data.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        return LONG_TEXT


def _long_text(machine: Machine, size: int) -> object:
    if size > LONGEST_TEMPLATE:
        machine.skip(size)
        return LONG_TEXT
    return TEMPLATE if ARGUMENT_PARSERS.fullmatch(machine.take(size)) else LONG_TEXT


def text_of(width: int) -> Handler:
    """Make the handler of a counted string."""

    def handle(machine: Machine) -> None:
        size = number(machine, width)
        if size > SHORTEST_NESTED:
            machine.look_inside(size, text=True)
        if size > KEPT_TEXT:
            machine.stack.append(_long_text(machine, size))
        else:
            text = _decode(machine.take(size))
            if text in COMMANDS:
                machine.seen.words.add(str(text))
            machine.stack.append(text)

    return handle


def bytes_of(width: int) -> Handler:
    """Make the handler of counted bytes, which are left where they are."""

    def handle(machine: Machine) -> None:
        size = number(machine, width)
        machine.look_inside(size, text=False)
        offset = machine.position
        machine.skip(size)
        machine.stack.append(Blob(offset, size))

    return handle


def proto(machine: Machine) -> None:
    protocol = machine.take(1)[0]
    if protocol > HIGHEST_PROTOCOL:
        raise PickleError(f"protocol {protocol} does not exist", machine.position)


def frame(machine: Machine) -> None:
    if machine.frame_end:
        raise FrameError("a frame starts inside another", machine.position)
    machine.framed = True
    size = U8(machine.take(8))[0]
    start = machine.position
    if start + size > machine.source.size:
        raise PickleError("a frame is longer than the file", start)
    machine.frame_end = start + size


def stop(_: Machine) -> None:
    raise Stopped


def mark(machine: Machine) -> None:
    machine.marks.append(len(machine.stack))
    machine.fence = len(machine.stack)


def pop(machine: Machine) -> None:
    if len(machine.stack) > machine.fence:
        machine.stack.pop()
    else:
        machine.pop_to_mark()


def dup(machine: Machine) -> None:
    machine.push(machine.top())


def pop_mark(machine: Machine) -> None:
    machine.pop_to_mark()


def tuple_of(count: int) -> Handler:
    """Make the handler of TUPLE1, TUPLE2 or TUPLE3."""

    def handle(machine: Machine) -> None:
        stack = machine.stack
        if len(stack) - machine.fence < count:
            raise PickleError("the stack is too short for a tuple", machine.position)
        items = stack[-count:]
        stack[-count:] = [_tuple(machine, items)]

    return handle


def tuple_mark(machine: Machine) -> None:
    items = machine.pop_to_mark()
    machine.stack.append(_tuple(machine, items))


def _tuple(machine: Machine, items: list[object]) -> object:
    """Return a tuple, or where it is long or there are too many a box of the same kinds."""
    if len(items) <= KEPT_ITEMS:
        if tuple not in map(type, items):
            return tuple(items)
        machine.kept_tuples += 1
        if machine.kept_tuples < KEPT_NESTED:
            return tuple(items)
    bits = LITERAL
    for item in items:
        bits |= holds(item)
    return Box(bits) if bits else VALUE


def collection(machine: Machine) -> None:
    items = machine.pop_to_mark()
    box = Box()
    machine.put_in(box, items)
    machine.stack.append(box)


def box(machine: Machine) -> None:
    machine.stack.append(Box())


def append(machine: Machine) -> None:
    item = machine.pop()
    _fill(machine, [item], "q")


def appends(machine: Machine) -> None:
    items = machine.pop_to_mark()
    _fill(machine, items, "q")


def _fill(machine: Machine, items: list[object], flag: str) -> None:
    target = machine.top()
    if target.__class__ is Box:
        machine.put_in(target, items)
    elif isinstance(target, Made) and items:
        if not takes_items(target, flag):
            machine.unusual("pickle-items-unusual", target.callee)
    elif isinstance(target, (Global, Persistent, Opaque)):
        machine.seen.calls += 1
        machine.note("pickle-items-unusual", "puts items into something that is not a container")


def setitem(machine: Machine) -> None:
    value, key = machine.pop(), machine.pop()
    _set_items(machine, [key, value])


def dict_mark(machine: Machine) -> None:
    items = machine.pop_to_mark()
    machine.stack.append(Box())
    _set_items(machine, items)


def setitems(machine: Machine) -> None:
    items = machine.pop_to_mark()
    _set_items(machine, items)


def _set_items(machine: Machine, items: list[object]) -> None:
    _fill(machine, items, "m")
    _keep_versions(machine, items)
    target = machine.top()
    if not isinstance(target, Box):
        return
    keys = items[::2]
    if not target.odd_key:
        target.odd_key = any(map(is_special, keys))
    if target.items is None and not KEPT_KEYS.isdisjoint(map(_key, keys)):
        machine.kept_dicts += 1
        if machine.kept_dicts < KEPT_DICTS:
            target.items = {}
    if target.items is not None and len(target.items) <= 2 * KEPT_ITEMS:
        for key, value in zip(keys, items[1::2], strict=False):
            if isinstance(key, str):
                target.items[key] = value


ARRAY: Final = Global("numpy.core.multiarray", "_reconstruct")
"""What joblib's wrapper turns into once its raw bytes were read."""


def _key(key: object) -> str:
    return key if isinstance(key, str) else ""


KEPT_KEYS: Final = frozenset({"allow_mmap", "_parse_arg_template", "store_backend", "location"})
"""What marks the states that are kept."""
KEPT_NESTED: Final = 500_000
"""Tuples of tuples that are kept; the kinds of values in others are."""
KEPT_DICTS: Final = 200_000
VERSION_KEYS: Final = {"_sklearn_version": "scikit-learn", "pytorch-lightning_version": "lightning"}


def _keep_versions(machine: Machine, items: list[object]) -> None:
    for key, library in VERSION_KEYS.items():
        if key in items:
            index = items.index(key) + 1
            if index < len(items) and isinstance(items[index], str):
                machine.seen.versions[library] = str(items[index])


def get_line(machine: Machine) -> None:
    machine.recall(_index(machine))


def put_line(machine: Machine) -> None:
    _put(machine, _index(machine))


def _put(machine: Machine, index: int) -> None:
    """Write to the memo; it holds fewer values than the file has bytes, or it is a bomb."""
    if index > machine.position:
        machine.note("pickle-memo", "a memo index that makes a loader reserve memory")
    machine.memo[index] = machine.top()


def _index(machine: Machine) -> int:
    line = (_number_line(machine) or b"").strip()
    if not INDEX.fullmatch(line):
        raise PickleError("an invalid memo index", machine.position)
    return int(line)


def binget(machine: Machine) -> None:
    machine.recall(machine.take(1)[0])


def long_binget(machine: Machine) -> None:
    machine.recall(U4(machine.take(4))[0])


def binput(machine: Machine) -> None:
    machine.memo[machine.take(1)[0]] = machine.top()


def long_binput(machine: Machine) -> None:
    _put(machine, U4(machine.take(4))[0])


def memoize(machine: Machine) -> None:
    machine.memo[len(machine.memo)] = machine.top()


def global_line(machine: Machine) -> None:
    module, name = _name(machine), _name(machine)
    machine.import_name(module, name)


def _name(machine: Machine) -> str:
    try:
        return machine.line().decode("utf-8")
    except UnicodeDecodeError:
        raise PickleError("an import whose name is not text", machine.position) from None


def inst(machine: Machine) -> None:
    if not machine.marks:
        raise PickleError("there is no mark", machine.position)
    module, name = _name(machine), _name(machine)
    arguments = machine.pop_to_mark()
    machine.import_name(module, name)
    machine.call(machine.pop(), tuple(arguments), new=not arguments)


def stack_global(machine: Machine) -> None:
    name, module = machine.pop(), machine.pop()
    machine.import_name(module, name)


def obj(machine: Machine) -> None:
    items = machine.pop_to_mark()
    if not items:
        raise PickleError("a call of nothing", machine.position)
    machine.call(items[0], tuple(items[1:]), new=len(items) == 1)


def reduce(machine: Machine) -> None:
    arguments, callee = machine.pop(), machine.pop()
    machine.call(callee, arguments)


def newobj(machine: Machine) -> None:
    arguments, callee = machine.pop(), machine.pop()
    machine.call(callee, arguments, new=True)


def _are_usual_keywords(callee: Global, keywords: object) -> bool:
    """Return whether there are none; the named tuples of SciPy have some, for further fields."""
    found = lookup(callee)
    named = found is not None and "n" in found.flags
    return isinstance(keywords, Box) and (named or not keywords.items)


def newobj_ex(machine: Machine) -> None:
    keywords, arguments, callee = machine.pop(), machine.pop(), machine.pop()
    if isinstance(callee, Global) and not _are_usual_keywords(callee, keywords):
        machine.unusual("pickle-call-unusual", callee)
    machine.call(callee, arguments, new=True)


def build(machine: Machine) -> None:
    state = machine.pop()
    instance = machine.top()
    if isinstance(instance, Global):
        machine.note("pickle-build-import", f"sets attributes of the import {instance} itself")
    elif not isinstance(instance, Made):
        if not isinstance(instance, (int, str, tuple, Box, type(None))):
            machine.seen.calls += 1
            machine.note("pickle-state-unusual", "sets the state of something that was not made")
        return
    elif not state_is_usual(instance, state):
        machine.unusual("pickle-state-unusual", instance.callee)
    if isinstance(instance, Made):
        built(machine.seen, instance, state)
        if machine.build_hook is not None:
            fields = state.items if isinstance(state, Box) else None
            raw = machine.build_hook(instance, fields, machine.position)
            if raw:
                if machine.frame_end > machine.position:
                    raise FrameError("a raw array inside a frame", machine.position)
                machine.frame_end = 0
                machine.stack[-1] = Made(ARRAY, ())
                machine.skip(raw)


def persid(machine: Machine) -> None:
    machine.line()
    machine.stack.append(VALUE)


def binpersid(machine: Machine) -> None:
    machine.push(persistent(machine.seen, machine.pop()))


def extension(width: int) -> Handler:
    """Make the handler of EXT1, EXT2 or EXT4."""

    def handle(machine: Machine) -> None:
        machine.take(width)
        machine.note("pickle-extension", "an import through the extension registry")
        machine.stack.append(VALUE)

    return handle


def readonly_buffer(machine: Machine) -> None:
    machine.top()


def _table() -> tuple[Handler, ...]:
    table: list[Handler] = [unknown] * 256
    named: dict[bytes, Handler] = {
        b"(": mark, b".": stop, b"0": pop, b"1": pop_mark, b"2": dup,
        b"F": float_line, b"I": int_line, b"J": binint, b"K": binint1, b"L": int_line,
        b"M": binint2, b"N": constant(None), b"P": persid, b"Q": binpersid, b"R": reduce,
        b"S": string_line, b"T": text_of(4), b"U": text_of(1), b"V": unicode_line,
        b"X": text_of(4), b"a": append, b"b": build, b"c": global_line, b"d": dict_mark,
        b"}": box, b"e": appends, b"g": get_line, b"h": binget, b"i": inst,
        b"j": long_binget, b"l": collection, b"]": box, b"o": obj, b"p": put_line,
        b"q": binput, b"r": long_binput, b"s": setitem, b"t": tuple_mark, b")": constant(()),
        b"u": setitems, b"G": pusher(8),
        b"\x80": proto, b"\x81": newobj, b"\x82": extension(1), b"\x83": extension(2),
        b"\x84": extension(4), b"\x85": tuple_of(1), b"\x86": tuple_of(2), b"\x87": tuple_of(3),
        b"\x88": constant(VALUE), b"\x89": constant(VALUE), b"\x8a": long_of(1),
        b"\x8b": long_of(4),
        b"B": bytes_of(4), b"C": bytes_of(1), b"\x8c": text_of(1), b"\x8d": text_of(8),
        b"\x8e": bytes_of(8), b"\x8f": box, b"\x90": appends, b"\x91": collection,
        b"\x92": newobj_ex, b"\x93": stack_global, b"\x94": memoize, b"\x95": frame,
        b"\x96": bytes_of(8), b"\x97": constant(VALUE), b"\x98": readonly_buffer,
    }  # fmt: skip
    for opcode, handler in named.items():
        table[opcode[0]] = handler
    return tuple(table)


HANDLERS: Final = _table()
