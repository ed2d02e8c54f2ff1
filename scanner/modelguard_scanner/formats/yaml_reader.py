"""Reads YAML into values: every document of a stream, with its tags, aliases and merged keys."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeVar

from modelguard_scanner.catalogue.texts import JSON_NESTING
from modelguard_scanner.formats.config_tree import Entries
from modelguard_scanner.formats.yaml_scanner import NotYaml, Scanner
from modelguard_scanner.limits import ScanError, TooLarge

if TYPE_CHECKING:
    from modelguard_scanner.formats.yaml_scanner import Token
    from modelguard_scanner.scanning import Scan

Value = TypeVar("Value")
MAX_DEPTH: Final = 120
VALUE_BYTES: Final = 400
"""Memory that one value takes with its tokens, rounded up."""
WORDS: Final = {
    "": None, "~": None, "null": None, "true": True, "yes": True, "on": True, "false": False,
    "no": False, "off": False,
}  # fmt: skip
NUMBER: Final = re.compile(r"[-+]?(?:0|[1-9][0-9_]*|\d*\.\d+|\d+\.\d*)(?:[eE][-+]?\d+)?")
MERGE: Final = "<<"


@dataclass(frozen=True, slots=True)
class Tag:
    """A tag that was written out, with what it is put on."""

    name: str
    value: object
    at: int


class YamlReader:
    """Reads the documents of one text, one after the other."""

    def __init__(self, scan: "Scan", text: str) -> None:
        self._scan = scan
        self._scanner = Scanner(scan, text)
        self._anchors: dict[str, object] = {}
        self._count = 0
        self._depth = 0
        self.tags: list[Tag] = []
        """Tags of the documents that were read so far."""

    def documents(self) -> Iterator[object]:
        """Yield each document: scalars, lists and `Entries`; an alias is the same object again.

        Raises:
            NotYaml: the text is none.
            TooLarge: the values take too much memory.
        """
        scanner = self._scanner
        explicit = True
        while True:
            while scanner.peek().kind == "...":
                scanner.take()
                explicit = True
            if scanner.peek().kind == "end":
                return
            self._anchors = {}
            directives = False
            while scanner.peek().kind == "%":
                scanner.take()
                directives = True
            if scanner.peek().kind == "---":
                scanner.take()
            elif directives or not explicit:
                raise NotYaml(scanner.peek().at, "no document starts")
            explicit = False
            if scanner.peek().kind in ("%", "---", "...", "end"):
                yield None
            else:
                yield self._node(block=True)
            scanner.forget_prefixes()

    def _node(self, *, block: bool, indentless: bool = False) -> object:
        scanner = self._scanner
        self._count += 1
        if self._count * VALUE_BYTES > self._scan.limits.max_parsed_bytes:
            raise TooLarge("bytes of parsed values", self._scan.limits.max_parsed_bytes)
        anchor = tag = None
        if scanner.peek().kind == "*":
            token = scanner.take()
            if token.text not in self._anchors:
                raise NotYaml(token.at, "an alias of nothing")
            return self._anchors[token.text]
        while scanner.peek().kind in "&!":
            token = scanner.take()
            if token.kind == "&":
                anchor = token
            else:
                tag = token
        value = self._content(anchor, tag, block=block, indentless=indentless)
        if tag and tag.text != "!":
            self.tags.append(Tag(tag.text, value, tag.at))
        return value

    def _content(
        self, anchor: "Token | None", tag: "Token | None", *, block: bool, indentless: bool
    ) -> object:
        scanner = self._scanner
        kind = scanner.peek().kind
        if kind == "scalar":
            token = scanner.take()
            value: object = token.text
            if not (token.style or (tag and tag.text.endswith(":str"))):
                value = _resolve(token.text)
            return self._anchor(anchor, value)
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise ScanError(JSON_NESTING, offset=scanner.peek().at)
        try:
            if (kind == "-" and indentless) or (kind == "block-list" and block):
                return self._entries(self._anchor(anchor, []), indentless=kind == "-")
            if kind == "[":
                return self._flow_list(self._anchor(anchor, []))
            if kind == "{":
                return self._flow_map(self._anchor(anchor, Entries()))
            if block and kind == "block-map":
                return self._block_map(self._anchor(anchor, Entries()))
        finally:
            self._depth -= 1
        if anchor or tag:
            return self._anchor(anchor, None)
        raise NotYaml(scanner.peek().at, "no value")

    def _anchor(self, anchor: "Token | None", value: Value) -> Value:
        if anchor:
            self._anchors[anchor.text] = value
        return value

    def _entries(self, items: list[object], *, indentless: bool) -> list[object]:
        scanner = self._scanner
        if not indentless:
            scanner.take()
        ends = ("-", "?", ":", "block-end") if indentless else ("-", "block-end")
        while scanner.peek().kind == "-":
            scanner.take()
            empty = scanner.peek().kind in ends
            items.append(None if empty else self._node(block=True))
        if not indentless:
            self._expect("block-end")
        return items

    def _block_map(self, entries: Entries) -> Entries:
        scanner = self._scanner
        scanner.take()
        ends = ("?", ":", "block-end")
        while scanner.peek().kind in "?:":
            if scanner.peek().kind == "?":  # ruamel also takes a value without a key
                scanner.take()
            empty = scanner.peek().kind in ends
            key = None if empty else self._node(block=True, indentless=True)
            value = None
            if scanner.peek().kind == ":":
                scanner.take()
                if scanner.peek().kind not in ends:
                    value = self._node(block=True, indentless=True)
            self._pair(entries, key, value)
        self._expect("block-end")
        return entries

    def _flow_list(self, items: list[object]) -> list[object]:
        scanner = self._scanner
        scanner.take()
        first = True
        while scanner.peek().kind != "]":
            if not first:
                self._expect(",")
                if scanner.peek().kind == "]":
                    break
            first = False
            if scanner.peek().kind in "?:":
                pair = Entries()
                self._flow_pair(pair, "]")
                items.append(pair)
            else:
                items.append(self._node(block=False))
        self._expect("]")
        return items

    def _flow_map(self, entries: Entries) -> Entries:
        scanner = self._scanner
        scanner.take()
        first = True
        while scanner.peek().kind != "}":
            if not first:
                self._expect(",")
                if scanner.peek().kind == "}":
                    break
            first = False
            if scanner.peek().kind in "?:":
                self._flow_pair(entries, "}")
            else:
                self._pair(entries, self._node(block=False), None)
        self._expect("}")
        return entries

    def _flow_pair(self, entries: Entries, end: str) -> None:
        scanner = self._scanner
        if scanner.peek().kind == "?":
            scanner.take()
        empty = scanner.peek().kind in (":", ",", end)
        key = None if empty else self._node(block=False)
        value = None
        if scanner.peek().kind == ":":
            scanner.take()
            if scanner.peek().kind not in (",", end):
                value = self._node(block=False)
        self._pair(entries, key, value)

    def _pair(self, entries: Entries, key: object, value: object) -> None:
        if key == MERGE:
            for merged in value if isinstance(value, list) else [value]:
                if isinstance(merged, Entries):
                    self._count += len(merged.pairs)
                    entries.pairs[:0] = [pair for pair in merged.pairs if pair[0] != MERGE]
        if isinstance(key, (Entries, list)):
            entries.pairs.append(("", key))
            key = ""
        entries.pairs.append((key if isinstance(key, str) else str(key), value))

    def _expect(self, kind: str) -> None:
        token = self._scanner.take()
        if token.kind != kind:
            raise NotYaml(token.at, f"{token.kind} where {kind} is due")


def _resolve(text: str) -> object:
    """Return what a plain scalar stands for: words and numbers are not told apart further."""
    if len(text) <= 5 and text.casefold() in WORDS:  # noqa: PLR2004  # the longest word
        return WORDS[text.casefold()]
    if text[:1] in "+-.0123456789" and NUMBER.fullmatch(text):
        return 1 if text.strip("+-0._eE") else 0
    return text
