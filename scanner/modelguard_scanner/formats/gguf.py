"""GGUF: key-value metadata with a chat template, tensor descriptions, raw tensors.

Source: ggml's docs/gguf.md, versions 2 and 3.
"""

import re
from collections.abc import Iterator
from typing import Final

from modelguard_scanner.catalogue.models import GGUF_BROKEN
from modelguard_scanner.formats.gguf_layout import ALIGNMENT_KEY, Layout
from modelguard_scanner.formats.templates import inspect_template, inspect_text_blocks
from modelguard_scanner.limits import ScanError
from modelguard_scanner.scanning import Member, Scan

SCALARS: Final = {0: 1, 1: 1, 2: 2, 3: 2, 4: 4, 5: 4, 6: 4, 7: 1, 10: 8, 11: 8, 12: 8}
"""Bytes of each fixed-size value type."""
UINT32: Final = 4
STRING: Final = 8
ARRAY: Final = 9
MAX_DIMENSIONS: Final = 8
MAX_ARRAYS: Final = 4
KEPT_TEXT: Final = 1024 * 1024
BASE_MODEL: Final = re.compile(r"general\.base_model\.\d+\.name")
PROMPT: Final = re.compile(r"template|prompt|system", re.IGNORECASE)
"""Keys whose texts programs render."""
DATASET: Final = re.compile(r"general\.dataset\.\d+\.name")


class _Cursor:
    """Reads forward through a member."""

    def __init__(self, member: Member) -> None:
        self._source = member.source
        self._buffer = b""
        self._base = 0
        self._at = 0

    @property
    def position(self) -> int:
        return self._base + self._at

    def take(self, count: int) -> bytes:
        """Return the next `count` bytes."""
        if self._at + count > len(self._buffer):
            self._base, self._at = self.position, 0
            self._buffer = self._source.read_at(self._base, max(count, 65_536))
            if len(self._buffer) < count:
                raise ScanError(GGUF_BROKEN, "the metadata are cut off", self._base)
        data = self._buffer[self._at : self._at + count]
        self._at += count
        return data

    def skip(self, count: int) -> None:
        """Move past `count` bytes without reading them."""
        if self.position + count > self._source.size:
            raise ScanError(GGUF_BROKEN, "a value is longer than the file", self.position)
        if self._at + count <= len(self._buffer):
            self._at += count
        else:
            self._base, self._at, self._buffer = self.position + count, 0, b""

    def number(self, size: int) -> int:
        """Read an unsigned integer."""
        return int.from_bytes(self.take(size), "little")

    def name(self) -> str:
        """Read a string that must be UTF-8, as readers want names to be."""
        start = self.position
        text = self.text("surrogateescape")
        if not text.isascii() and any("\ud800" <= one <= "\udfff" for one in text):
            raise ScanError(GGUF_BROKEN, "a name that is not UTF-8", start)
        return text

    def text(self, errors: str = "backslashreplace") -> str:
        """Read a string."""
        size = self.number(8)
        if size > KEPT_TEXT:
            raise ScanError(GGUF_BROKEN, "a string over 1 MiB", self.position)
        return self.take(size).decode("utf-8", errors)


def inspect_gguf(scan: Scan, member: Member) -> bool:
    """Read the metadata and the tensor descriptions."""
    cursor = _Cursor(member)
    cursor.take(4)
    version = cursor.number(4)
    if version not in (2, 3):
        raise ScanError(GGUF_BROKEN, f"version {version} is not understood", 4)
    scan.facts.add_format("gguf")
    tensors, pairs = cursor.number(8), cursor.number(8)
    layout = Layout()
    keys: set[str] = set()
    for _ in range(pairs):
        scan.budget.spend()
        key = cursor.name()
        if key in keys:
            raise ScanError(GGUF_BROKEN, "a key occurs twice", cursor.position)
        keys.add(key)
        kind = cursor.number(4)
        if key == ALIGNMENT_KEY:
            value = cursor.number(4) if kind == UINT32 else None
            layout.align(value, cursor.position)
        else:
            keeps_all = bool(PROMPT.search(key))
            _note(scan, member, key, _value(scan, cursor, kind, keeps_all=keeps_all))
    for _ in range(tensors):
        scan.budget.spend()
        name, described = cursor.name(), cursor.position
        dimensions = cursor.number(4)
        if dimensions > MAX_DIMENSIONS:
            raise ScanError(GGUF_BROKEN, "a tensor with too many dimensions", cursor.position)
        shape = tuple(cursor.number(8) for _ in range(dimensions))
        label = layout.add(name, shape, cursor.number(4), cursor.number(8), described)
        scan.facts.add_tensor(label, shape, name)
    layout.check(scan, member, cursor.position)
    return True


def _value(
    scan: Scan, cursor: _Cursor, kind: int, nesting: int = 0, *, keeps_all: bool = False
) -> object:
    """Read one value; of arrays only strings are read, and only to move past them."""
    if kind in SCALARS:
        cursor.take(SCALARS[kind])
        return None
    if kind == STRING:
        return cursor.text()
    if kind != ARRAY or nesting >= MAX_ARRAYS:
        raise ScanError(GGUF_BROKEN, f"a value of the unknown type {kind}", cursor.position)
    element, count = cursor.number(4), cursor.number(8)
    if element in SCALARS:
        cursor.skip(count * SCALARS[element])
        return None
    texts: list[object] = []
    for _ in range(count):
        scan.budget.spend()
        text = _value(scan, cursor, element, nesting + 1, keeps_all=keeps_all)
        if keeps_all:
            texts.append(text)
    return texts


def _note(scan: Scan, member: Member, key: str, value: object) -> None:
    if PROMPT.search(key):
        judge = inspect_template if "chat_template" in key else inspect_text_blocks
        for text in _flat(value):
            judge(scan, member, text)
    elif key == "general.license" and isinstance(value, str):
        scan.facts.add_license(value)
    elif key == "general.architecture" and isinstance(value, str):
        scan.facts.add_architecture(value)
    elif isinstance(value, str) and BASE_MODEL.fullmatch(key):
        scan.facts.add_base_model(value)
    elif isinstance(value, str) and DATASET.fullmatch(key):
        scan.facts.add_dataset(value)
    elif isinstance(value, str):
        inspect_text_blocks(scan, member, value)


def _flat(value: object) -> Iterator[str]:
    for item in value if isinstance(value, list) else [value]:
        if isinstance(item, list):
            yield from _flat(item)
        elif isinstance(item, str):
            yield item
