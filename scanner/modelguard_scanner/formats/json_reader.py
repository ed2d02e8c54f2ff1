"""Reads JSON of any size into the part of it that could matter, and proves that it is JSON.

A value is *plain* if nothing in it could make a loader act: numbers, short words, and lists and
objects of them under names that no loader knows. Long runs of plain values are passed over at the
speed of a regular expression and not kept, so that vocabularies cost neither time nor memory.
"""

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from modelguard_scanner.catalogue.texts import JSON_NESTING
from modelguard_scanner.formats.config_keys import NUMBERS, STRONG, WEAK, WHOLE
from modelguard_scanner.formats.config_tree import (
    PLAIN,
    RISKY_MODULES,
    Entries,
    is_telling,
    matters,
)
from modelguard_scanner.limits import ScanError, TooLarge

if TYPE_CHECKING:
    from modelguard_scanner.scanning import Scan

MAX_DEPTH: Final = 1_000
KEPT_ITEMS: Final = 64
"""Items of a container that are kept as they are; of those after them only what matters."""
KEPT_BYTES: Final = 240
"""Memory that one kept value takes, rounded up."""
SHORT_LIST: Final = 8
"""A list of words up to this length stays whole: it may name a component or a class."""
RISKY_START: Final = rb"(?:" + RISKY_MODULES.encode() + rb")[.:]"
MARKED: Final = frozenset(key.encode() for key in STRONG | WEAK)
CODE_NAME: Final = re.compile(
    rb"model|module|code|script|handler|plugin|loader|custom|class|import"
    rb"|entry|function|processor|py/|\\",
    re.IGNORECASE,
)
_WS: Final = rb"[ \t\n\r]*+"
_CHARACTER: Final = (
    rb'[^"\\\x00-\x1f{$]++|\{(?![{%#])|\$(?!\{)|\\(?:["\\/bfnrt]|u(?!00[2-7])[0-9a-fA-F]{4})'
)
_WORD: Final = rb'"(?![$\[{!]|gA|Y2|KF|ext:|' + RISKY_START + rb")(?:" + _CHARACTER + rb')*+"'
_NUMBER: Final = rb"-?(?:0|[1-9][0-9]*+)(?:\.[0-9]++)?(?:[eE][-+]?[0-9]++)?"
_CONSTANT: Final = rb"null|true|false|NaN|-?Infinity"
_SCALAR: Final = rb"(?:" + _NUMBER + rb"|" + _CONSTANT + rb"|" + _WORD + rb")"


def _nested(item: bytes, depth: int) -> bytes:
    """Return the pattern of an item, or of lists of it, one inside the other."""
    for _ in range(depth):
        inner = item + _WS + rb"(?:," + _WS + item + _WS + rb")*+"
        item = rb"(?:" + item + rb"|\[" + _WS + rb"(?:" + inner + rb")?+\])"
    return item


_FLAT: Final = _nested(_SCALAR, 2)
_PLAIN_KEY: Final = rb'"(?:' + _CHARACTER + rb')*+"'
_FLAT_NUMBERS: Final = _nested(rb"(?:" + _NUMBER + rb"|null)", 1)
LIST_RUN: Final = re.compile(rb"(?:" + _WS + _FLAT + _WS + rb",)++")
"""Plain items of a list, each with its comma."""
OBJECT_RUN: Final = re.compile(
    rb"(?:" + _WS + rb'(?!"(?:' + b"|".join(key.encode() for key in NUMBERS)
    + rb')")' + _PLAIN_KEY + _WS + rb":" + _WS + _FLAT_NUMBERS + _WS + rb",)++"
)  # fmt: skip
"""Entries of an object whose values are numbers, under names that no loader knows."""
_ENTRY: Final = _PLAIN_KEY + _WS + rb":" + _WS + _nested(_SCALAR, 1) + _WS
PLAIN_OBJECT: Final = re.compile(
    _WS + rb"\{" + _WS + rb"(?:" + _ENTRY + rb"(?:," + _WS + _ENTRY + rb")*+)?+\}" + _WS
)
"""An object of plain values; its names are looked at one by one."""
NAME: Final = re.compile(rb'"((?:[^"\\]++|\\.)*+)"' + _WS + rb":")
TOKEN: Final = re.compile(
    _WS + rb'(?:([\[\]{},:])|("(?:[^"\\\x00-\x1f]++|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*+")'
    rb"|(" + _NUMBER + rb"(?![0-9.eE]))|(" + _CONSTANT + rb"))"
)
WHITE: Final = re.compile(_WS)
ESCAPE: Final = re.compile(
    r"\\(?:u([dD][89abAB][0-9a-fA-F]{2})\\u([dD][c-fC-F][0-9a-fA-F]{2})|u(.{4})|(.))"
)
SIMPLE: Final = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
CONSTANTS: Final = {b"null": None, b"true": True, b"false": False}
LONG: Final = 1024 * 1024
LONG_TELLING: Final = re.compile(rb'\{[{%#]|\$\{|\\u00[2-7]|^"(?:gA|Y2|KF|\s*[\[{])|_target_')
"""What makes a text that long matter; others are not kept."""
STRING: Final = 2
"""The group of a token that is a string."""


class NotJson(Exception):  # noqa: N818  # reads as what happened
    """The bytes are not JSON from `offset` on."""

    def __init__(self, offset: int) -> None:
        super().__init__(f"not JSON at {offset}")
        self.offset = offset


@dataclass(slots=True)
class _Open:
    """A container that is being read."""

    value: "Entries | list[object]"
    keeps_all: bool
    key: str = ""
    count: int = 0
    matters: bool = False
    awaits: str = "first"
    """What comes next: first, item, comma, key, colon, value."""
    weight: int = 0
    """How many values it keeps, inner ones included."""


class JsonReader:
    """Reads the documents of one text, one after the other."""

    def __init__(self, scan: "Scan", data: bytes, start: int = 0) -> None:
        self._scan = scan
        self._data = data
        self._kept = 0
        self._closed = 0
        self.at = start

    def at_end(self) -> bool:
        """Return whether nothing but white space is left."""
        found = WHITE.match(self._data, self.at)
        self.at = found.end() if found else self.at
        return self.at == len(self._data)

    def read(self) -> object:
        """Read one document: scalars, lists, and `Entries`; PLAIN where nothing matters.

        Raises:
            NotJson: the bytes are none; `at` is where that shows.
            TooLarge: what matters takes too much memory.
        """
        if self._skip_object():
            return PLAIN
        stack: list[_Open] = []
        data, budget = self._data, self._scan.budget
        self._kept = self._closed = 0
        while True:
            budget.spend()
            if stack:
                self._skip_run(stack[-1])
            found = TOKEN.match(data, self.at)
            if found is None:
                raise NotJson(self.at)
            self.at = found.end()
            kind = found.lastindex
            if kind == 1:
                mark = found[1]
                if mark in b"[{":
                    self._value_begins(stack)
                    stack.append(self._open(stack, mark))
                    continue
                if mark in b",:":
                    self._separator(stack, mark)
                    continue
                top = stack[-1] if stack else None
                value: object = self._close(stack, mark)
                found_any = top is not None and (top.matters or top.keeps_all)
            elif kind == STRING and stack and stack[-1].awaits in _names(stack[-1]):
                stack[-1].key = text_of(found[2])
                stack[-1].awaits = "colon"
                continue
            else:
                self._value_begins(stack)
                value, found_any = _scalar(found), False
            if not stack:
                return value
            self._keep(stack[-1], value, matters_itself=found_any)

    def _skip_run(self, top: _Open) -> None:
        """Pass over plain items, from where a container is no longer kept whole."""
        if top.count < KEPT_ITEMS or top.keeps_all:
            return
        if top.awaits == "item":
            while self._skip_object(b","):
                pass
            found = LIST_RUN.match(self._data, self.at)
        elif top.awaits == "key":
            found = OBJECT_RUN.match(self._data, self.at)
        else:
            return
        if found:
            self._scan.budget.spend((found.end() - self.at) // 1_024 + 1)
            self.at = found.end()

    def _skip_object(self, after: bytes = b"") -> bool:
        """Pass over an object in which nothing matters, if one is next and `after` follows it."""
        found = PLAIN_OBJECT.match(self._data, self.at)
        if not found or self._data[found.end() : found.end() + len(after)] != after:
            return False
        names = NAME.findall(found[0])
        self._scan.budget.spend(1 + len(names) // 8)
        if not MARKED.isdisjoint(names) or CODE_NAME.search(b" ".join(names)):
            return False
        self.at = found.end() + len(after)
        return True

    def _open(self, stack: list[_Open], mark: bytes) -> _Open:
        if len(stack) >= MAX_DEPTH:
            raise ScanError(JSON_NESTING, offset=self.at)
        outer = stack[-1] if stack else None
        keeps_all = outer is not None and (outer.keeps_all or outer.key in WHOLE)
        return _Open([] if mark == b"[" else Entries(), keeps_all)

    def _value_begins(self, stack: list[_Open]) -> None:
        if not stack:
            return
        top = stack[-1]
        allowed = ("value",) if isinstance(top.value, Entries) else ("first", "item")
        if top.awaits not in allowed:
            raise NotJson(self.at)

    def _separator(self, stack: list[_Open], mark: bytes) -> None:
        top = stack[-1] if stack else None
        if top is None or top.awaits != ("colon" if mark == b":" else "comma"):
            raise NotJson(self.at)
        if mark == b":":
            top.awaits = "value"
        else:
            top.awaits = "key" if isinstance(top.value, Entries) else "item"

    def _close(self, stack: list[_Open], mark: bytes) -> object:
        if not stack or stack[-1].awaits not in ("first", "comma"):
            raise NotJson(self.at)
        top = stack.pop()
        if isinstance(top.value, Entries) != (mark == b"}"):
            raise NotJson(self.at)
        self._closed = top.weight
        if top.matters or top.keeps_all:
            return top.value
        items = top.value.pairs if isinstance(top.value, Entries) else top.value
        if 0 < top.count <= SHORT_LIST and any(isinstance(item, str) for item in items):
            return top.value
        self._kept -= top.weight
        self._closed = 0
        return PLAIN

    def _keep(self, top: _Open, value: object, *, matters_itself: bool) -> None:
        """Add a value to its container, unless neither it nor its name matters."""
        top.awaits = "comma"
        top.count += 1
        inner, self._closed = self._closed, 0
        if isinstance(top.value, Entries):
            found = matters_itself or matters(top.key, value)
            if found or top.keeps_all or top.count <= KEPT_ITEMS or isinstance(value, list):
                top.value.pairs.append((top.key, value))
            else:
                self._kept -= inner
                return
        else:
            found = matters_itself or (isinstance(value, str) and is_telling(value))
            if found or top.keeps_all or top.count <= KEPT_ITEMS:
                top.value.append(value)
            else:
                self._kept -= inner
                return
        top.matters = top.matters or found
        top.weight += inner + 1
        self._kept += 1
        if self._kept * KEPT_BYTES > self._scan.limits.max_parsed_bytes:
            raise TooLarge("bytes of parsed values", self._scan.limits.max_parsed_bytes)


def _names(top: _Open) -> tuple[str, ...]:
    """Return when a string is a name: in an object, where no value is due."""
    return ("first", "key") if isinstance(top.value, Entries) else ()


def _scalar(found: re.Match[bytes]) -> object:
    """Return a string, a number, or what a constant stands for."""
    if found[2] is not None:
        return text_of(found[2])
    if found[3] is not None:
        return 1 if found[3].strip(b"-0.eE+") else 0
    return CONSTANTS.get(found[4], 1)


def text_of(raw: bytes) -> str:
    """Return what a string in quotes spells."""
    if len(raw) > LONG and not LONG_TELLING.search(raw):
        return ""
    try:
        text = raw[1:-1].decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        text = raw[1:-1].decode("utf-8", "replace")
    return ESCAPE.sub(_unescape, text) if "\\" in text else text


def _unescape(found: re.Match[str]) -> str:
    high, low, code, letter = found.groups()
    if high:
        return chr(0x10000 + ((int(high, 16) - 0xD800) << 10) + int(low, 16) - 0xDC00)
    return chr(int(code, 16)) if code else SIMPLE.get(letter, letter)
