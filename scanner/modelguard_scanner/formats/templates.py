"""Judges Jinja templates by what their expressions reach (CVE-2024-34359, CVE-2025-27516).

Programs render chat templates without a sandbox. What leads out of one starts with an attribute
that Python keeps for itself, so every name that a template reaches for must be written out, or
come from the data that it is rendered with: a name that is put together from texts of the
template's own is reported, as are the ways to Python's internals.
"""

import re
from collections.abc import Iterator
from typing import Final

from modelguard_scanner.catalogue.texts import (
    TEMPLATE_INJECTION,
    TEMPLATE_ODD,
    TEMPLATE_SIZE,
    TEMPLATE_TEXT,
    TEMPLATE_UNREAD,
)
from modelguard_scanner.formats.jinja import Expression, Template, parse_template, walk
from modelguard_scanner.scanning import Member, Scan

MAX_TEMPLATE: Final = 1024 * 1024
BLOCKS: Final = ("{{", "{%")
INTERNAL: Final = re.compile(
    r"__\w*|mro|(?:gi|cr|ag|co|tb|func|im)_\w+|f_(?:back|builtins|code|globals|locals|trace|lasti)"
)
"""Attributes that Jinja's own sandbox keeps from templates, as it has no use for them."""
DUNDER: Final = re.compile(r"__[A-Za-z]+__")
CALLED: Final = frozenset(
    """
    popen system Popen check_output check_call getoutput eval exec execfile compile open
    __import__ import_module getattr setattr globals spawnl execl subprocess
    """.split()  # noqa: SIM905  # a table of words
)
"""What no template has a use for calling."""
GLOBALS: Final = frozenset(
    """
    lipsum cycler joiner namespace dict range self super caller get_flashed_messages url_for
    request config session g app
    """.split()  # noqa: SIM905  # a table of words
)
"""Objects that a template has without being given data."""
FUNCTIONS: Final = GLOBALS - {"self", "request", "config", "session", "g", "app"}
LOADING_TAGS: Final = frozenset({"include", "import", "from", "extends"})
ATTRIBUTE_FILTERS: Final = {
    "map": None, "sort": 2, "sum": 0, "unique": 1, "min": 1, "max": 1, "groupby": 0, "join": 1,
    "selectattr": 0, "rejectattr": 0,
}  # fmt: skip
"""Filters that take an attribute's name, and as which argument; None is by its name only."""
MAPPED: Final = frozenset(
    """
    abs batch capitalize center count default d dictsort e escape filesizeformat first float
    forceescape format indent int items join last length list lower max min pprint random replace
    reverse round safe select slice sort string striptags sum title tojson trim truncate unique
    upper urlencode urlize wordcount wordwrap xmlattr
    """.split()  # noqa: SIM905  # a table of words
)
"""Filters that may be applied to each item."""
COUNTING: Final = frozenset(
    "length count int float abs round find rfind index startswith endswith".split()  # noqa: SIM905  # a table
)
"""Filters and methods whose results are not text."""
KEEPING_FILTERS: Final = frozenset(
    """
    sum first last min max items list sort reverse unique
    selectattr rejectattr select reject map dictsort default d trim batch slice groupby
    """.split()  # noqa: SIM905  # a table of words
)
"""Filters whose results hold no text that was not there before."""
KEEPING_METHODS: Final = frozenset(
    """
    items keys values get split rsplit splitlines strip lstrip rstrip pop copy
    """.split()  # noqa: SIM905  # a table of words
)
"""The same for methods, on data."""
ADDING_METHODS: Final = frozenset({"append", "extend", "insert", "update", "setdefault", "add"})
DATA, TEXT, BUILT = 0, 1, 2
"""Where a value comes from: the data; a text of the template; texts that were put together."""
FIELD: Final = re.compile(r"\{[^{}]*[.\[][^{}]*\}")
MAX_PASSES: Final = 12


def inspect_template(scan: Scan, member: Member, template: str) -> None:
    """Judge text that is a template, whatever it is rendered with."""
    if not any(block in template for block in BLOCKS):
        return
    if len(template) > MAX_TEMPLATE:
        scan.find(member, TEMPLATE_SIZE, "a template over 1 MiB")
    parsed = parse_template(scan.budget, template[:MAX_TEMPLATE], tolerant=True)
    for is_injection, message in _judge(parsed):
        scan.budget.spend()
        scan.find(member, TEMPLATE_INJECTION if is_injection else TEMPLATE_ODD, message)
    if parsed.error and len(template) <= MAX_TEMPLATE:
        scan.find(member, TEMPLATE_UNREAD, f"a template that is not Jinja: {parsed.error}")


def inspect_text_blocks(scan: Scan, member: Member, text: str) -> None:
    """Judge text that is a template only if a program says so: only clear ways out count."""
    if not any(block in text for block in BLOCKS):
        return
    parsed = parse_template(scan.budget, text, tolerant=True)
    message = next((message for is_injection, message in _judge(parsed) if is_injection), None)
    if message:
        scan.find(member, TEMPLATE_TEXT, f"as a template, the text would do this: {message}")


def _judge(template: Template) -> Iterator[tuple[bool, str]]:
    """Yield what a template does that it should not: whether it is clear, and in words."""
    for tag in template.tags:
        if tag in LOADING_TAGS:
            yield False, f"a template loads another file: {tag}"
    levels = _Levels(template)
    for root in template.expressions:
        for node in walk(root):
            yield from _judge_node(node, levels)
    for target, value in template.bindings:
        if isinstance(value.value, str) and value.value and not value.value.strip("_"):
            yield False, "a template keeps underscores in a variable"
        for node in walk(target):
            yield from _judge_node(node, levels)


def _judge_node(node: Expression, levels: "_Levels") -> Iterator[tuple[bool, str]]:
    if node.kind == "constant" and isinstance(node.value, str):
        yield from _constant(node.value)
    elif node.kind == "attribute":
        yield from _name(node.name)
        yield from _base(node.parts[0], levels, node.name)
    elif node.kind == "item":
        yield from _key(node.parts[1], levels)
        yield from _base(node.parts[0], levels, "[...]")
    elif node.kind == "call":
        yield from _call(node)
    elif node.kind == "filter":
        yield from _filter(node)


def _constant(text: str) -> Iterator[tuple[bool, str]]:
    if DUNDER.search(text) or (text.strip("_-. ") and re.fullmatch(r"_{2,}\w+|\w+_{2,}", text)):
        yield True, f"a template reaches for Python's internals: {text[:60]}"
    elif re.fullmatch(
        r"(?:gi|cr|ag)_(?:frame|code)|f_(?:globals|builtins|back)|func_globals", text
    ):
        yield True, f"a template reaches for Python's internals: {text}"


def _name(name: str) -> Iterator[tuple[bool, str]]:
    if INTERNAL.fullmatch(name):
        yield True, f"a template reaches for Python's internals: {name}"
    elif name.startswith("_"):
        yield False, f"a template reaches for a private attribute: {name}"


def _base(base: Expression, levels: "_Levels", name: str) -> Iterator[tuple[bool, str]]:
    if base.kind != "name" or levels.is_bound(base.name):
        return
    if base.name in FUNCTIONS:
        yield True, f"a template reaches into a function of Jinja: {base.name}.{name}"
    elif base.name in GLOBALS:
        yield False, f"a template reaches into the program that renders it: {base.name}.{name}"


def _key(key: Expression, levels: "_Levels") -> Iterator[tuple[bool, str]]:
    if key.kind == "constant" and isinstance(key.value, str):
        yield from _name(key.value)
    elif key.kind != "slice" and levels.of(key) == BUILT:
        texts = [node.value for node in walk(key) if isinstance(node.value, str)]
        clear = any("_" in text or "%" in text for text in texts)
        yield clear, f"a template puts the name of an attribute together: {_source(key)}"


def _source(node: Expression) -> str:
    """Return the names in an expression, for a message."""
    return " ".join(part.name or repr(part.value) for part in walk(node) if part.kind != "list")[
        :60
    ]


def _call(node: Expression) -> Iterator[tuple[bool, str]]:
    function = node.parts[0]
    name = function.name if function.kind in ("name", "attribute") else ""
    if function.kind == "item" and isinstance(function.parts[1].value, str):
        name = function.parts[1].value
    if name in CALLED:
        yield True, f"a template calls {name}"
    elif name == "format_map":
        yield False, "a template formats by names that are not written out"
    elif name == "format" and function.kind == "attribute":
        text = function.parts[0].value
        if not isinstance(text, str):
            yield False, "a template formats a text that is not written out"
        elif FIELD.search(text):
            yield True, f"a template reaches for attributes in a format: {text[:60]}"


def _filter(node: Expression) -> Iterator[tuple[bool, str]]:
    arguments = node.parts[1:]
    first = arguments[0].value if arguments else None
    if node.name == "attr" or (node.name == "map" and arguments and first not in MAPPED):
        yield False, "a template reaches for an attribute by a filter"
    if node.name == "attr" and isinstance(first, str):
        yield from _name(first)
    for value in _attributes(node):
        if isinstance(value.value, str):
            for part in value.value.split("."):
                yield from _name(part)
        elif value.kind != "constant":
            yield False, "a template reaches for an attribute whose name is not written out"


def _attributes(node: Expression) -> Iterator[Expression]:
    """Yield the arguments of a filter that are names of attributes."""
    if node.name in ATTRIBUTE_FILTERS:
        yield from (value for name, value in node.named if name == "attribute")
        position = ATTRIBUTE_FILTERS[node.name]
        if position is not None:
            yield from node.parts[1 + position : 2 + position]


def _is_number(node: Expression) -> bool:
    return node.kind == "constant" and isinstance(node.value, int)


class _Levels:
    """Where the values of a template come from, by name."""

    def __init__(self, template: Template) -> None:
        self._names: dict[str, int] = {}
        self._attributes: dict[str, int] = {}
        self._namespaces = {
            target.name
            for target, value in template.bindings
            if value.kind == "call" and value.parts[0].name == "namespace"
        }
        nodes = [node for root in template.expressions for node in walk(root)]
        calls = [node for node in nodes if node.kind == "call"]
        called = {id(node.parts[0]) for node in calls}
        passed_on = {node.name for node in nodes if node.kind == "name" and id(node) not in called}
        self._macros = template.macros
        for macro, parameters in template.macros.items():
            level = BUILT if macro in passed_on else DATA
            self._names.update(dict.fromkeys(parameters, level))
        for target in template.captured:
            self._raise(target, BUILT)
        for _ in range(MAX_PASSES):
            before = (dict(self._names), dict(self._attributes))
            for target, value in template.bindings:
                self._raise(target, self.of(value))
            for call in calls:
                self._add(call)
            if before == (self._names, self._attributes):
                return
        self._names = dict.fromkeys(self._names, BUILT)

    def is_bound(self, name: str) -> bool:
        """Return whether the template itself gives a name its value."""
        return name in self._names

    def _raise(self, target: Expression, level: int) -> None:
        if target.kind == "name":
            self._names[target.name] = max(level, self._names.get(target.name, DATA))
        elif target.kind == "attribute":
            self._attributes[target.name] = max(level, self._attributes.get(target.name, DATA))
        for part in target.parts if target.kind == "list" else ():
            self._raise(part, level)

    def _add(self, call: Expression) -> None:
        """Follow the arguments of a call to where they can be found later."""
        function = call.parts[0]
        given = max((self.of(part) for part in call.parts[1:]), default=DATA)
        if function.kind == "attribute" and function.name in ADDING_METHODS:
            self._raise(function.parts[0], max(given, self.of(function.parts[0])))
        elif function.name == "namespace":
            for name, value in call.named:
                self._attributes[name] = max(self.of(value), self._attributes.get(name, DATA))
        elif function.name in self._macros:
            given = max(given, *(self.of(value) for _, value in call.named), DATA)
            for name in self._macros[function.name]:
                self._names[name] = max(given, self._names[name])

    def of(self, node: Expression) -> int:
        """Return where a value comes from."""
        kind = node.kind
        if kind == "constant":
            return TEXT if isinstance(node.value, str) else DATA
        if kind == "name":
            if node.name in GLOBALS and node.name not in self._names:
                return BUILT
            return self._names.get(node.name, DATA)
        if kind == "test":
            return DATA
        inner = max((self.of(part) for part in node.parts), default=DATA)
        combine = COMBINED.get(kind)
        return combine(self, node, inner) if combine else inner

    def attribute(self, node: Expression, inner: int) -> int:
        """Return the level of an attribute."""
        return max(inner, self._attributes.get(node.name, DATA))

    def item(self, node: Expression, _: int) -> int:
        """Return the level of an item or a slice."""
        base, key = node.parts
        if base.kind == "name" and base.name in self._namespaces:
            return self._attribute_of_namespace(key)
        level = self.of(base)
        return BUILT if key.kind == "slice" and level != DATA else level

    def filtered(self, node: Expression, inner: int) -> int:
        """Return the level of what a filter makes."""
        if node.name in COUNTING:
            return DATA
        keeps = node.name in KEEPING_FILTERS and node.parts[0].kind != "constant"
        return inner if keeps else BUILT

    def _attribute_of_namespace(self, key: Expression) -> int:
        if isinstance(key.value, str):
            return self._attributes.get(key.value, DATA)
        return max(self._attributes.values(), default=DATA)

    def operator(self, node: Expression, inner: int) -> int:
        """Return the level of what an operator makes."""
        if node.name == "~":
            return BUILT
        counted = any(_is_number(part) for part in node.parts)
        if node.name in ("-", "/", "//", "**") or (node.name == "+" and counted):
            return DATA
        if node.name == "+" and any(part.kind == "list" for part in node.parts):
            return inner
        return BUILT if inner != DATA and len(node.parts) > 1 else inner

    def called(self, node: Expression, _: int) -> int:
        """Return the level of what a call returns."""
        function = node.parts[0]
        if function.kind == "name":
            if function.name == "namespace":
                return DATA  # its attributes have levels of their own
            if function.name in ("range", "dict"):
                values = (*node.parts[1:], *(value for _, value in node.named))
                return max((self.of(value) for value in values), default=DATA)
            return BUILT
        if function.kind == "attribute" and function.name in COUNTING:
            return DATA
        if function.kind != "attribute" or function.name not in KEEPING_METHODS:
            return BUILT
        base = self.of(function.parts[0])
        return (
            base if base != TEXT or function.name in ("items", "keys", "values", "get") else BUILT
        )


COMBINED: Final = {
    "attribute": _Levels.attribute,
    "item": _Levels.item,
    "filter": _Levels.filtered,
    "operator": _Levels.operator,
    "call": _Levels.called,
}
"""How the level of a node follows from those of its parts; else it is their highest."""
