"""Takes YAML apart into tokens, by the rules that PyYAML, ruamel and libyaml share.

Where they differ, the more permissive reading is taken: a tab separates like a space.
"""

import re
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from modelguard_scanner.scanning import Scan

BREAKS: Final = "\r\n\x85\u2028\u2029"
_B: Final = r"\r\n\x85\u2028\u2029"
_S: Final = r" \t" + _B
LINE_BREAK: Final = re.compile(r"\r\n|[" + _B + "]")
REST_OF_LINE: Final = re.compile(r"[^" + _B + r"]*+")
BLANKS: Final = re.compile(r"[ \t]*+")
SPACES: Final = re.compile(r" *+")
SKIPPED: Final = re.compile(r"(?: *+(?:#[^" + _B + r"]*+)?(?:\r\n|[" + _B + r"]))*+ *+")
"""Blank lines, comments, and the indentation of the line after them."""
_BLOCK_CHUNK: Final = rf"(?:[^{_S}:]++|:(?![{_S}]|\Z))++"
_FLOW_CHUNK: Final = rf"(?:[^{_S}:,?\[\]{{}}]++|:(?![{_S},\[\]{{}}]|\Z))++"
BLOCK_LINE: Final = re.compile(rf"{_BLOCK_CHUNK}(?:[ \t]++(?!#){_BLOCK_CHUNK})*+")
FLOW_LINE: Final = re.compile(rf"{_FLOW_CHUNK}(?:[ \t]++(?!#){_FLOW_CHUNK})*+")
SEPARATOR: Final = re.compile(rf"(?:---|\.\.\.)(?=[{_S}]|\Z)")
SINGLE: Final = re.compile(r"'((?:[^']++|'')*+)'")
DOUBLE: Final = re.compile(r'"((?:[^"\\]++|\\(?:\r\n|[\s\S]))*+)"')
NAME: Final = re.compile(rf"[0-9A-Za-z_-]++(?=[{_S}?:,\]}}%@`]|\Z)|[^{_S},\[\]{{}}]++")
TAG: Final = re.compile(
    rf"!(?:<([^>{_S}]*+)>|(?:((?:[\w-]*+!)?)((?:[\w\-;/?:@&=+$,.!~*'()\[\]]|%[0-9A-Fa-f]{{2}})*+)))"
    rf"(?=[{_S}]|\Z|[,\]}}])",
    re.ASCII,
)
BLOCK_HEADER: Final = re.compile(rf"[|>]([+-]?)([1-9]?)([+-]?)[ \t]*+(?:#[^{_B}]*+)?(?=[{_B}]|\Z)")
DIRECTIVE: Final = re.compile(r"%TAG[ \t]+(!(?:[\w-]*!)?)[ \t]+(\S+)", re.ASCII)
ESCAPES: Final = {
    "0": "\0", "a": "\a", "b": "\b", "t": "\t", "\t": "\t", "n": "\n", "v": "\v", "f": "\f",
    "r": "\r", "e": "\x1b", " ": " ", '"': '"', "\\": "\\", "/": "/", "N": "\x85", "_": "\xa0",
    "L": "\u2028", "P": "\u2029",
}  # fmt: skip
ESCAPE: Final = re.compile(
    rf"[ \t]*+(?:\r\n|[{_B}])(?:[ \t]*+(?:\r\n|[{_B}]))*+[ \t]*+"
    rf"|\\(?:x([0-9A-Fa-f]{{2}})|u([0-9A-Fa-f]{{4}})|U([0-9A-Fa-f]{{8}})"
    rf"|((?:\r\n|[{_B}])(?:[ \t]*+(?:\r\n|[{_B}]))*+[ \t]*+)|([\s\S]))"
)
FOLD: Final = re.compile(rf"[ \t]*+(?:\r\n|[{_B}])(?:[ \t]*+(?:\r\n|[{_B}]))*+[ \t]*+")
MAX_KEY: Final = 1_024
"""Characters between the start of a key and its colon."""
NOT_PLAIN: Final = frozenset("-?:,[]{}#&*!|>'\"%@`")
PREFIXES: Final = {"!": "!", "!!": "tag:yaml.org,2002:"}


class NotYaml(Exception):  # noqa: N818  # reads as what happened
    """The text is not YAML from `offset` on."""

    def __init__(self, offset: int, why: str) -> None:
        super().__init__(f"{why} at {offset}")
        self.offset = offset


@dataclass(frozen=True, slots=True)
class Token:
    """One token; `kind` is a mark such as `[`, or a word."""

    kind: str
    at: int
    text: str = ""
    style: str = ""


@dataclass(frozen=True, slots=True)
class _Key:
    """A place where a key may have started."""

    number: int
    required: bool
    at: int
    line: int
    column: int


class Scanner:
    """Yields the tokens of a text on demand: `peek` and `take`."""

    def __init__(self, scan: "Scan", text: str) -> None:
        self._budget = scan.budget
        self._text = text
        self._at = 1 if text.startswith("\ufeff") else 0
        self._line = 0
        self._line_start = self._at
        self._tokens: deque[Token] = deque()
        self._taken = 0
        self._flow = 0
        self._indent = -1
        self._indents: list[int] = []
        self._may_be_key = True
        self._keys: dict[int, _Key] = {}
        self._done = False
        self._prefixes = dict(PREFIXES)

    def peek(self) -> Token:
        """Return the next token."""
        if self._tokens and not self._keys:
            return self._tokens[0]
        while self._needs_more():
            self._fetch()
        return self._tokens[0]

    def take(self) -> Token:
        """Return the next token and move past it."""
        token = self.peek()
        self._tokens.popleft()
        self._taken += 1
        return token

    def _needs_more(self) -> bool:
        if self._done:
            return False
        if not self._tokens:
            return True
        self._drop_stale_keys()
        return any(key.number == self._taken for key in self._keys.values())

    @property
    def _column(self) -> int:
        return self._at - self._line_start

    def _char(self, ahead: int = 0) -> str:
        at = self._at + ahead
        return self._text[at] if at < len(self._text) else "\0"

    def _is_space(self, ahead: int) -> bool:
        char = self._char(ahead)
        return char in " \t\r\n\x85\u2028\u2029" or self._at + ahead >= len(self._text)

    def _move(self, end: int) -> None:
        """Move to `end`, past line breaks."""
        if end - self._at < 64:  # noqa: PLR2004  # short pieces are mostly free of breaks
            piece = self._text[self._at : end]
            if not any(char in piece for char in BREAKS):
                self._at = end
                return
        last = -1
        for found in LINE_BREAK.finditer(self._text, self._at, end):
            self._line += 1
            last = found.end()
        if last >= 0:
            self._line_start = last
        self._at = end

    def _fail(self, why: str) -> NotYaml:
        return NotYaml(self._at, why)

    def _add(self, kind: str, text: str = "", style: str = "", at: int | None = None) -> None:
        self._tokens.append(Token(kind, self._at if at is None else at, text, style))

    def _fetch(self) -> None:
        self._budget.spend()
        self._skip_blanks()
        self._drop_stale_keys()
        self._unwind(self._column)
        char = self._char()
        if self._at >= len(self._text):
            self._end_line(-1)
            self._keys.clear()
            self._add("end")
            self._done = True
        elif self._column == 0 and char == "%":
            self._directive()
        elif self._column == 0 and char in "-." and SEPARATOR.match(self._text, self._at):
            self._end_line(-1)
            self._add("---" if char == "-" else "...")
            self._at += 3
        elif char in "[{":
            self._save_key()
            self._flow += 1
            self._may_be_key = True
            self._mark(char)
        elif char in "]}":
            self._close(char)
        elif char == ",":
            self._may_be_key = True
            self._drop_key()
            self._mark(char)
        elif char == "-" and self._is_space(1):
            self._entry("-", "block-list")
        elif char == "?" and (self._flow or self._is_space(1)):
            self._entry("?", "block-map")
        elif char == ":" and (self._flow or self._is_space(1)):
            self._value()
        else:
            self._scalar(char)

    def _mark(self, char: str) -> None:
        self._add(char)
        self._at += 1

    def _skip_blanks(self) -> None:
        while True:
            found = SKIPPED.match(self._text, self._at)
            if found and found.end() > self._at:
                line = self._line
                self._move(found.end())
                if self._line != line and not self._flow:
                    self._may_be_key = True
            char = self._char()
            if char == "#":
                found = REST_OF_LINE.match(self._text, self._at)
                self._at = found.end() if found else self._at
            elif char == "\t" and (self._flow or not self._may_be_key):
                self._at += 1
            elif char == "\t" and self._blank_line():
                continue
            else:
                return
            if self._at >= len(self._text):
                return

    def _blank_line(self) -> bool:
        """Move past a line of nothing but tabs and blanks."""
        found = BLANKS.match(self._text, self._at)
        end = found.end() if found else self._at
        if end < len(self._text) and self._text[end] not in BREAKS + "#":
            return False
        self._at = end
        return True

    def _end_line(self, column: int) -> None:
        self._unwind(column)
        self._drop_key()
        self._may_be_key = False

    def _unwind(self, column: int) -> None:
        if self._flow:
            return
        while self._indent > column:
            self._indent = self._indents.pop()
            self._add("block-end")

    def _add_indent(self, column: int) -> bool:
        if self._indent >= column:
            return False
        self._indents.append(self._indent)
        self._indent = column
        return True

    def _drop_stale_keys(self) -> None:
        if not self._keys:
            return
        for level in list(self._keys):
            key = self._keys[level]
            if key.line != self._line or self._at - key.at > MAX_KEY:
                if key.required:
                    raise self._fail("no colon follows a key")
                del self._keys[level]

    def _save_key(self) -> None:
        required = not self._flow and self._indent == self._column
        if self._may_be_key:
            self._drop_key()
            number = self._taken + len(self._tokens)
            self._keys[self._flow] = _Key(number, required, self._at, self._line, self._column)

    def _drop_key(self) -> None:
        key = self._keys.pop(self._flow, None)
        if key and key.required:
            raise self._fail("no colon follows a key")

    def _close(self, char: str) -> None:
        self._drop_key()
        if not self._flow:
            raise self._fail("nothing to close")
        self._flow -= 1
        self._may_be_key = False
        self._mark(char)

    def _entry(self, char: str, start: str) -> None:
        """A dash or a question mark."""
        if not self._flow:
            if not self._may_be_key:
                raise self._fail("an entry in the middle of a line")
            if self._add_indent(self._column):
                self._add(start)
        elif char == "-":
            raise self._fail("an entry of a block in braces")
        self._may_be_key = char == "-" or not self._flow
        self._drop_key()
        self._mark(char)

    def _value(self) -> None:
        key = self._keys.pop(self._flow, None)
        if key:
            place = key.number - self._taken
            self._tokens.insert(place, Token("?", key.at))
            if not self._flow and self._add_indent(key.column):
                self._tokens.insert(place, Token("block-map", key.at))
            self._may_be_key = False
        else:
            if not self._flow:
                if not self._may_be_key:
                    raise self._fail("a value in the middle of a line")
                if self._add_indent(self._column):
                    self._add("block-map")
            self._may_be_key = not self._flow
            self._drop_key()
        self._mark(":")

    def _directive(self) -> None:
        self._end_line(-1)
        found = DIRECTIVE.match(self._text, self._at)
        if found:
            self._prefixes[found[1]] = found[2]
        self._add("%")
        rest = REST_OF_LINE.match(self._text, self._at)
        self._at = rest.end() if rest else self._at

    def forget_prefixes(self) -> None:
        """Forget the prefixes of tags of the document before."""
        self._prefixes = dict(PREFIXES)

    def _scalar(self, char: str) -> None:
        if char in "*&":
            self._named(char)
        elif char == "!":
            self._tag()
        elif char in "|>" and not self._flow:
            self._block()
        elif char in "'\"":
            self._quoted(char)
        elif char not in NOT_PLAIN or (
            not self._is_space(1) and (char == "-" or (not self._flow and char in "?:"))
        ):
            self._plain()
        else:
            raise self._fail("a character that starts nothing")

    def _named(self, char: str) -> None:
        self._save_key()
        self._may_be_key = False
        found = NAME.match(self._text, self._at + 1)
        if not found:
            raise self._fail("an anchor without a name")
        self._add(char, found[0])
        self._at = found.end()

    def _tag(self) -> None:
        self._save_key()
        self._may_be_key = False
        found = TAG.match(self._text, self._at)
        if not found:
            raise self._fail("a broken tag")
        verbatim, handle, suffix = found.groups()
        if verbatim is not None:
            tag = verbatim
        else:
            handle = f"!{handle}"
            if handle not in self._prefixes:
                raise self._fail("a tag with an unknown prefix")
            tag = self._prefixes[handle] + suffix
        self._add("!", _percent(tag), style="percent" if "%" in tag else "")
        self._at = found.end()

    def _quoted(self, char: str) -> None:
        self._save_key()
        self._may_be_key = False
        found = (SINGLE if char == "'" else DOUBLE).match(self._text, self._at)
        if not found:
            raise self._fail("a quote that does not end")
        at, raw = self._at, found[1]
        self._move(found.end())
        if char == "'":
            text = FOLD.sub(_fold, raw).replace("''", "'")
        else:
            text = ESCAPE.sub(_escape, raw) if "\\" in raw else FOLD.sub(_fold, raw)
        self._add("scalar", text, char, at)

    def _plain(self) -> None:
        self._save_key()
        at, indent = self._at, self._indent + 1
        line = FLOW_LINE if self._flow else BLOCK_LINE
        pieces: list[str] = []
        while True:
            found = None if self._char() == "#" else line.match(self._text, self._at)
            if not found:
                break
            self._budget.spend()
            self._may_be_key = False
            pieces.append(found[0])
            self._at = end = found.end()
            blank = BLANKS.match(self._text, end)
            after = blank.end() if blank else end
            if after >= len(self._text) or self._text[after] not in BREAKS:
                self._at = after
                break
            skipped = self._breaks(after)
            if not skipped or self._char() == "#" or (not self._flow and self._column < indent):
                break
            pieces.append(" " if skipped == 1 else "\n" * (skipped - 1))
        if pieces and not pieces[-1].strip():
            pieces.pop()
        self._add("scalar", "".join(pieces), "", at)

    def _breaks(self, at: int) -> int:
        """Move past line breaks and the blanks after them; return how many there were."""
        count = 0
        self._move(at)
        while True:
            found = LINE_BREAK.match(self._text, self._at)
            if not found:
                return count
            self._move(found.end())
            self._may_be_key = True
            count += 1
            if SEPARATOR.match(self._text, self._at):
                return 0
            blank = SPACES.match(self._text, self._at)
            self._at = blank.end() if blank else self._at

    def _block(self) -> None:
        self._may_be_key = True
        self._drop_key()
        at, style = self._at, self._char()
        found = BLOCK_HEADER.match(self._text, at)
        if not found or (found[1] and found[3]):
            raise self._fail("a broken block scalar")
        self._at = found.end()
        least = max(1, self._indent + 1)
        lines: list[str] = []
        indent = least + int(found[2]) - 1 if found[2] else 0
        self._next_line()
        if not indent:
            indent = max(least, self._deepest())
        while self._at < len(self._text):
            self._budget.spend()
            blank = SPACES.match(self._text, self._at, self._at + indent)
            end = blank.end() if blank else self._at
            if end < len(self._text) and self._text[end] in BREAKS:
                lines.append("")
                self._at = end
            elif end - self._line_start < indent or end >= len(self._text):
                break
            else:
                rest = REST_OF_LINE.match(self._text, end)
                lines.append(rest[0] if rest else "")
                self._at = rest.end() if rest else end
            if not self._next_line():
                break
        text = "\n".join(lines) if style == "|" else " ".join(lines)
        self._add("scalar", text, style, at)

    def _next_line(self) -> bool:
        found = LINE_BREAK.match(self._text, self._at)
        if found:
            self._move(found.end())
        return found is not None

    def _deepest(self) -> int:
        """Return the deepest indentation up to the first line that is not blank."""
        at, deepest = self._at, 0
        while True:
            blank = SPACES.match(self._text, at)
            end = blank.end() if blank else at
            deepest = max(deepest, end - at)
            found = LINE_BREAK.match(self._text, end)
            if not found:
                return deepest
            at = found.end()


def _fold(found: re.Match[str]) -> str:
    count = len(LINE_BREAK.findall(found[0]))
    return " " if count == 1 else "\n" * (count - 1)


def _escape(found: re.Match[str]) -> str:
    short, middle, long, continued, letter = found.groups()
    if continued is not None:
        return "\n" * (len(LINE_BREAK.findall(continued)) - 1)
    code = short or middle or long
    if code:
        number = int(code, 16)
        return chr(number) if number < 0x110000 else "\ufffd"  # noqa: PLR2004  # the last character
    return _fold(found) if letter is None else ESCAPES.get(letter, letter)


def _percent(tag: str) -> str:
    if "%" not in tag:
        return tag
    from urllib.parse import unquote  # noqa: PLC0415  # lazy

    return unquote(tag)
