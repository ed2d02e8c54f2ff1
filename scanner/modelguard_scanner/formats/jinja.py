"""Parses Jinja templates: their expressions as trees, and what their statements bind.

The grammar is Jinja's own; which statement closes which one is not checked, for a template that
does not nest properly is never rendered.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from modelguard_scanner.limits import Budget

MAX_DEPTH: Final = 60
OPENED: Final = re.compile(r"\{\{[-+]?|\{#|\{%[-+]?")
RAW: Final = re.compile(r"\{%[-+]?\s*raw\s*[-+]?%\}")
RAW_END: Final = re.compile(r"\{%[-+]?\s*endraw\s*[-+]?%\}")
COMMENT_END: Final = "#}"
TOKEN: Final = re.compile(
    r"\s*+(?:(?P<string>'(?:[^'\\]++|\\.)*+'|\"(?:[^\"\\]++|\\.)*+\")"
    r"|(?P<number>\d[\d_]*+(?:\.\d++)?(?:[eE][+-]?\d++)?|0[xXoObB][\da-fA-F_]++)"
    r"|(?P<name>[^\W\d]\w*+)"
    r"|(?P<mark>//|\*\*|==|!=|>=|<=|[-+]?%\}|[-+]?\}\}|[-+/*%~\[\](){}<>=.:|,;]))",
    re.DOTALL,
)
CLOSING: Final = {"(": ")", "[": "]", "{": "}"}
COMPARISONS: Final = ("==", "!=", "<", "<=", ">", ">=")
CONSTANTS: Final = {
    "true": True, "True": True, "false": False, "False": False, "none": None, "None": None,
}  # fmt: skip


class NotJinja(Exception):  # noqa: N818  # reads as what happened
    """The text is not a template from `offset` on."""

    def __init__(self, offset: int, why: str) -> None:
        super().__init__(f"{why} at {offset}")
        self.offset = offset


@dataclass(frozen=True, slots=True)
class Expression:
    """A node: `kind` says which, `name` holds an identifier or operator, `value` a constant.

    Kinds: constant, name, attribute, item, slice, call, filter, test, operator, list, choice.
    """

    kind: str
    name: str = ""
    parts: "tuple[Expression, ...]" = ()
    named: "tuple[tuple[str, Expression], ...]" = ()
    value: object = None


@dataclass(slots=True)
class Template:
    """What was found: every expression, what each name is bound to, and the tags that were used."""

    expressions: list[Expression] = field(default_factory=list)
    bindings: list[tuple[Expression, Expression]] = field(default_factory=list)
    captured: list[Expression] = field(default_factory=list)
    """Targets of what is put together from a part of the template's output."""
    macros: dict[str, list[str]] = field(default_factory=dict)
    """The parameters of each macro, and of all blocks of calls as `caller`."""
    tags: list[str] = field(default_factory=list)
    error: NotJinja | None = None


def parse_template(budget: "Budget", text: str, *, tolerant: bool = False) -> Template:
    """Parse a template; `tolerant` goes on after what is not a block of Jinja."""
    template = Template()
    at = 0
    while True:
        found = OPENED.search(text, at)
        if not found:
            return template
        budget.spend()
        try:
            at = _block(budget, template, text, found)
        except NotJinja as error:
            template.error = template.error or error
            if not tolerant:
                return template
            at = max(found.end(), error.offset)


def _block(budget: "Budget", template: Template, text: str, found: re.Match[str]) -> int:
    """Read what a mark opens, and return its end."""
    start = found.start()
    if found[0] == "{#":
        end = text.find(COMMENT_END, found.end())
        if end < 0:
            raise NotJinja(found.end(), "a comment that does not end")
        return end + len(COMMENT_END)
    raw = RAW.match(text, start)
    if raw:
        closed = RAW_END.search(text, raw.end())
        if not closed:
            raise NotJinja(raw.end(), "raw text that does not end")
        return closed.end()
    closing = "}}" if found[0].startswith("{{") else "%}"
    parser = _Parser(budget, text, found.end(), closing)
    if closing == "}}":
        template.expressions.append(parser.expressions())
    else:
        _statement(template, parser)
    parser.expect("end")
    return parser.end


def _statement(template: Template, parser: "_Parser") -> None:  # a table of tags
    tag = parser.expect("name")
    template.tags.append(tag)
    if tag == "for":
        _for(template, parser)
    elif tag in ("if", "elif", "do", "autoescape"):
        template.expressions.append(parser.expressions())
    elif tag == "set":
        _set(template, parser)
    elif tag == "macro":
        _signature(template, parser, parser.expect("name"))
    elif tag == "call":
        if parser.peek() == ("mark", "("):
            _signature(template, parser, "caller")
        template.expressions.append(parser.expression())
    elif tag == "filter":
        template.expressions.append(parser.first_filter())
    elif tag == "with":
        while parser.peek()[0] == "name":
            target = parser.target()
            parser.expect("=")
            _bind(template, target, parser.expression())
            parser.accept(",")
    else:
        parser.skip()


def _for(template: Template, parser: "_Parser") -> None:
    target = parser.target()
    parser.expect_name("in")
    _bind(template, target, parser.expressions(conditional=False))
    if parser.accept_name("if"):
        template.expressions.append(parser.expression())
    parser.accept_name("recursive")


def _set(template: Template, parser: "_Parser") -> None:
    target = parser.target()
    if parser.accept("="):
        _bind(template, target, parser.expressions())
    else:
        template.captured.append(target)
        template.expressions.append(parser.filters(Expression("constant", value="")))


def _bind(template: Template, target: Expression, value: Expression) -> None:
    template.bindings.append((target, value))
    template.expressions.append(value)


def _signature(template: Template, parser: "_Parser", macro: str) -> None:
    parameters = template.macros.setdefault(macro, [])
    parser.expect("(")
    while not parser.accept(")"):
        parameters.append(parser.expect("name"))
        if parser.accept("="):
            _bind(template, Expression("name", parameters[-1]), parser.expression())
        if not parser.accept(","):
            parser.expect(")")
            return


class _Parser:
    """Reads the tokens of one block."""

    def __init__(self, budget: "Budget", text: str, at: int, closing: str) -> None:
        self._budget = budget
        self._text = text
        self._at = at
        self._closing = closing
        self._open: list[str] = []
        self._depth = 0
        self._next: tuple[str, str] | None = None
        self._next_end = at
        self.end = at
        """Where the block ends, once its end was met."""

    def peek(self) -> tuple[str, str]:
        """Return kind and text of the next token: string, number, name, mark or end."""
        if self._next is None:
            self._budget.spend()
            self._next = self._token()
        return self._next

    def _token(self) -> tuple[str, str]:
        found = TOKEN.match(self._text, self._at)
        if not found:
            raise NotJinja(self._at, "a character that starts nothing")
        kind = found.lastgroup or ""
        text = found[kind]
        end = found.end()
        if kind == "mark" and len(text) > 1 and text[-1] == "}":
            if not self._open and text.endswith(self._closing):
                self.end = end
                self._next_end = end
                return "end", text
            # In brackets, or in another kind of block, these are single marks.
            text = text[0]
            end = found.start(kind) + 1
        self._next_end = end
        return kind, text

    def _advance(self) -> tuple[str, str]:
        token = self.peek()
        if token[0] == "mark":
            if token[1] in CLOSING:
                self._open.append(CLOSING[token[1]])
            elif token[1] in (")", "]", "}") and (not self._open or self._open.pop() != token[1]):
                raise NotJinja(self._at, "brackets that do not match")
        self._at, self._next = self._next_end, None
        return token

    def accept(self, mark: str) -> bool:
        """Move past a mark if it is next."""
        if self.peek() != ("mark", mark):
            return False
        self._advance()
        return True

    def accept_name(self, name: str) -> bool:
        """Move past a word if it is next."""
        if self.peek() != ("name", name):
            return False
        self._advance()
        return True

    def expect(self, kind: str) -> str:
        """Move past a token of a kind, or past a mark, and return its text."""
        token = self.peek()
        if kind not in (token[0], token[1] if token[0] == "mark" else ""):
            raise NotJinja(self._at, f"{token[1]!r:.20} where {kind} is due")
        return self._advance()[1]

    def expect_name(self, name: str) -> None:
        """Move past a word that must be next."""
        if not self.accept_name(name):
            raise NotJinja(self._at, f"no {name}")

    def skip(self) -> None:
        """Move to the end of a statement whose parts do not matter."""
        while self.peek()[0] != "end":
            self._advance()

    def target(self) -> Expression:
        """Read what a value is bound to: names, also of a namespace, in a row."""
        targets = [self._one_target()]
        while self.accept(","):
            if (self.peek()[0] == "name" and self.peek()[1] != "in") or self.peek()[1] == "(":
                targets.append(self._one_target())
        return targets[0] if len(targets) == 1 else Expression("list", parts=tuple(targets))

    def _one_target(self) -> Expression:
        if self.accept("("):
            inner = self.target()
            self.expect(")")
            return inner
        name = Expression("name", self.expect("name"))
        while self.accept("."):
            name = Expression("attribute", self.expect("name"), (name,))
        return name

    def expressions(self, *, conditional: bool = True) -> Expression:
        """Read one expression, or several with commas between them."""
        read = self.expression if conditional else self._or
        parts = [read()]
        while self.accept(","):
            if self.peek()[0] == "end" or self.peek() in (("mark", ")"), ("mark", "=")):
                break
            parts.append(read())
        return parts[0] if len(parts) == 1 else Expression("list", parts=tuple(parts))

    def expression(self) -> Expression:
        """Read one expression."""
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise NotJinja(self._at, "expressions inside expressions")
        value = self._or()
        while self.accept_name("if"):
            test = self._or()
            other = (
                self.expression() if self.accept_name("else") else Expression("constant", value="")
            )
            value = Expression("choice", parts=(test, value, other))
        self._depth -= 1
        return value

    def _or(self) -> Expression:
        return self._words(("or",), lambda: self._words(("and",), self._not))

    def _words(self, words: tuple[str, ...], read: "Reader") -> Expression:
        left = read()
        while self.peek()[0] == "name" and self.peek()[1] in words:
            left = Expression("choice", self._advance()[1], (left, read()))
        return left

    def _not(self) -> Expression:
        negated = False
        while self.accept_name("not"):
            negated = True
        value = self._compare()
        return Expression("test", "not", (value,)) if negated else value

    def _compare(self) -> Expression:
        left = self._operators(0)
        while True:
            kind, text = self.peek()
            if kind == "mark" and text in COMPARISONS:
                self._advance()
            elif self.accept_name("not"):
                self.expect_name("in")
            elif not self.accept_name("in"):
                return left
            left = Expression("test", "compare", (left, self._operators(0)))

    def _operators(self, level: int) -> Expression:
        if level == len(OPERATORS):
            return self._unary()
        left = self._operators(level + 1)
        while self.peek()[0] == "mark" and self.peek()[1] in OPERATORS[level]:
            operator = self._advance()[1]
            left = Expression("operator", operator, (left, self._operators(level + 1)))
        return left

    def _unary(self, *, filters: bool = True) -> Expression:
        if self.peek() in (("mark", "-"), ("mark", "+")):
            sign = self._advance()[1]
            self._depth += 1
            if self._depth > MAX_DEPTH:
                raise NotJinja(self._at, "expressions inside expressions")
            value = Expression("operator", sign, (self._unary(filters=False),))
            self._depth -= 1
        else:
            value = self._postfix(self._primary())
        return self.filters(value) if filters else value

    def _primary(self) -> Expression:
        kind, text = self.peek()
        if kind in ("name", "string", "number"):
            return self._atom(kind)
        if self.accept("("):
            inner = Expression("list") if self.peek() == ("mark", ")") else self.expressions()
            self.expect(")")
            return inner
        if self.accept("["):
            return Expression("list", parts=tuple(self._until("]", self.expression)))
        if self.accept("{"):
            return Expression("list", parts=tuple(self._until("}", self._pair)))
        raise NotJinja(self._at, f"{text!r:.20} where a value is due")

    def _atom(self, kind: str) -> Expression:
        text = self._advance()[1]
        if kind == "number":
            return Expression("constant", value=1)
        if kind == "name":
            if text in CONSTANTS:
                return Expression("constant", value=CONSTANTS[text])
            return Expression("name", text)
        texts = [_unquoted(text)]
        while self.peek()[0] == "string":
            texts.append(_unquoted(self._advance()[1]))
        return Expression("constant", value="".join(texts))

    def _pair(self) -> Expression:
        key = self.expression()
        self.expect(":")
        return Expression("list", parts=(key, self.expression()))

    def _until(self, closing: str, read: "Reader") -> Iterator[Expression]:
        while not self.accept(closing):
            yield read()
            if not self.accept(","):
                self.expect(closing)
                return

    def _postfix(self, value: Expression) -> Expression:
        while True:
            if self.accept("."):
                kind, text = self.peek()
                if kind == "number":
                    self._advance()
                    value = Expression("item", parts=(value, Expression("constant", value=1)))
                else:
                    value = Expression("attribute", self.expect("name"), (value,))
                    del text
            elif self.accept("["):
                value = Expression("item", parts=(value, self._subscript()))
            elif self.peek() == ("mark", "("):
                value = self._call("call", "", value)
            else:
                return value

    def _subscript(self) -> Expression:
        parts: list[Expression] = []
        is_slice = False
        while not self.accept("]"):
            if self.accept(":"):
                is_slice = True
            elif not self.accept(","):
                parts.append(self.expression())
        if is_slice:
            return Expression("slice", parts=tuple(parts))
        return parts[0] if len(parts) == 1 else Expression("list", parts=tuple(parts))

    def _call(self, kind: str, name: str, value: Expression) -> Expression:
        self.expect("(")
        parts, named = [value], []
        while not self.accept(")"):
            self._advance_stars()
            argument = self.expression()
            if argument.kind == "name" and self.accept("="):
                named.append((argument.name, self.expression()))
            else:
                parts.append(argument)
            if not self.accept(","):
                self.expect(")")
                break
        return Expression(kind, name, tuple(parts), tuple(named))

    def _advance_stars(self) -> None:
        if not self.accept("**"):
            self.accept("*")

    def first_filter(self) -> Expression:
        """Read the filters of a block, the first of which follows no bar."""
        return self.filters(self._named("filter", Expression("constant", value="")))

    def filters(self, value: Expression) -> Expression:
        """Read the filters, tests and calls that follow a value."""
        while True:
            if self.accept("|"):
                value = self._named("filter", value)
            elif self.peek() == ("name", "is"):
                self._advance()
                self.accept_name("not")
                value = self._test(value)
            elif self.peek() == ("mark", "("):
                value = self._call("call", "", value)
            else:
                return value

    def _named(self, kind: str, value: Expression) -> Expression:
        name = self._dotted()
        if self.peek() == ("mark", "("):
            return self._call(kind, name, value)
        return Expression(kind, name, (value,))

    def _dotted(self) -> str:
        name = self.expect("name")
        while self.accept("."):
            name += "." + self.expect("name")
        return name

    def _test(self, value: Expression) -> Expression:
        name = self._dotted()
        kind, text = self.peek()
        if (kind, text) == ("mark", "("):
            return self._call("test", name, value)
        if kind in ("string", "number") or (
            (kind, text) in (("mark", "["), ("mark", "{"))
            or (kind == "name" and text not in ("else", "or", "and", "is", "if", "not", "in"))
        ):
            argument = self._postfix(self._primary())
            return Expression("test", name, (value, argument))
        return Expression("test", name, (value,))


if TYPE_CHECKING:
    from collections.abc import Callable

    Reader = Callable[[], Expression]
OPERATORS: Final = (("+", "-"), ("~",), ("*", "/", "//", "%"), ("**",))
"""From the loosest to the tightest."""


def _unquoted(text: str) -> str:
    inner = text[1:-1]
    if "\\" not in inner:
        return inner
    try:
        return inner.encode("ascii", "backslashreplace").decode("unicode-escape")
    except UnicodeDecodeError as error:
        raise NotJinja(0, "a broken escape") from error


def walk(root: Expression) -> Iterator[Expression]:
    """Yield a node and all nodes inside it."""
    rest = [root]
    while rest:
        node = rest.pop()
        yield node
        rest.extend(node.parts)
        rest.extend(value for _, value in node.named)
