# ruff: noqa: E501  # tables of texts
"""Random templates that put names together, and honest ones."""

from random import Random

NAMES = ("x", "messages", "m", "ns", "a", "b", "k", "loop", "tools", "f", "cycler", "namespace",
         "lipsum", "dict", "joiner", "range", "caller", "self")  # fmt: skip
TEXTS = (
    "'__class__'", "'class'", "'__'", "'_'", "'cl'", "'ass__'", "'__cl'", "'ssalc'", "'-class-'",
    "'\\x5f'", "'\\x5f\\x5fclass\\x5f\\x5f'", "'role'", "'content'", "'a'", "'%s%s'", "'{0.x}'", "'mro'",
    "'gi_frame'", "'{0.__class__}'", "'items'", "'{}{}'", "'%c%cclass%c%c'", "' '", "'__init__'",
)  # fmt: skip
FILTERS = (
    "upper", "lower", "string", "join", "join('_')", "reverse", "first", "last", "list", "length",
    "replace('-', '__')", "replace('a', '_')", "format('__cl', 'ass__')", "format(x)", "attr('role')",
    "map('upper')", "map(attribute='role')", "map(attribute='__class__')", "tojson", "trim", "int",
    "map('replace', '-', '_')", "sort(attribute='role')", "groupby('role')", "default('_')", "e",
    "selectattr('__class__')", "sum(attribute='a')", "items", "batch(2)", "slice(2)", "min", "max",
    "center(9)", "capitalize", "title", "urlencode", "wordwrap(3)", "truncate(2)", "indent", "safe",
    "xmlattr", "dictsort", "unique", "select", "reject", "random", "pprint", "attr('__class__')",
)  # fmt: skip
METHODS = (
    "upper()", "replace('-', '__')", "join(['__cl', 'ass__'])", "format('_', '_')", "format(x)",
    "split('-')", "strip()", "items()", "get('role')", "keys()", "append('__cl')", "lower()",
    "encode()", "title()", "zfill(3)", "ljust(3, '_')", "center(9, '_')", "translate({97: '_'})",
    "update({'k': '__class__'})", "pop()", "copy()", "values()", "count('a')", "startswith('a')",
)  # fmt: skip


def template(random: Random) -> str:
    """Return one template."""
    parts = [_statement(random, 0) for _ in range(random.randint(1, 5))]
    text = random.choice(("", " ", "\n", "text")).join(parts)
    if random.random() < 0.15:
        at = random.randint(0, len(text))
        text = text[:at] + random.choice("{}%#'\"()[]|.~-_ ") + text[at + random.randint(0, 1) :]
    return text


def _statement(random: Random, depth: int) -> str:  # noqa: PLR0911  # one for each statement
    kind = random.random()
    if kind < 0.4 or depth > 2:  # deep enough
        return f"{{{{ {_expression(random, 0)} }}}}"
    if kind < 0.6:
        target = random.choice(("a", "b", "k", "ns.a", "ns.k", "a, b"))
        return f"{{% set {target} = {_expression(random, 0)} %}}"
    inner = "".join(_statement(random, depth + 1) for _ in range(random.randint(1, 2)))
    if kind < 0.75:
        target = random.choice(("a", "k", "a, b"))
        return f"{{% for {target} in {_expression(random, 1)} %}}{inner}{{% endfor %}}"
    if kind < 0.85:
        return f"{{% if {_expression(random, 1)} %}}{inner}{{% else %}}{inner}{{% endif %}}"
    if kind < 0.9:
        return f"{{% set ns = namespace(a={_expression(random, 2)}, k='_') %}}{inner}"
    if kind < 0.95:
        call = f"{{{{ f({_expression(random, 2)}, k={_expression(random, 2)}) }}}}"
        return f"{{% macro f(a, k='_') %}}{inner}{{% endmacro %}}{call}"
    if kind < 0.97:
        return f"{{% set a %}}{inner}{{% endset %}}"
    if kind < 0.98:
        return f"{{% with a = {_expression(random, 2)} %}}{inner}{{% endwith %}}"
    return f"{{% filter {random.choice(FILTERS)} %}}{inner}{{% endfilter %}}"


def _expression(random: Random, depth: int) -> str:
    kind = random.random()
    if depth > 4 or kind < 0.15:  # deep enough
        return random.choice(NAMES)
    if kind < 0.3:
        return random.choice(TEXTS)
    inner = _expression(random, depth + 1)
    other = _expression(random, depth + 2)
    forms = (
        f"{inner}[{other}]", f"{inner}[{other}]", f"x[{inner}]", f"x[{inner}]", f"{inner}.role",
        f"{inner} ~ {other}", f"({inner} + {other})", f"({inner} * 2)", f"({inner} % {other})",
        f"({inner})|{random.choice(FILTERS)}", f"({inner})|{random.choice(FILTERS)}",
        f"({inner}).{random.choice(METHODS)}", f"({inner}).{random.choice(METHODS)}",
        f"[{inner}, {other}]", f"{{'k': {inner}, {other}: 1}}", f"({inner} if {other} else {inner})",
        f"{inner}[0]", f"({inner})[::-1]", f"({inner})[1:3]", f"dict(k={inner})", "dict(__cl=1, ass__=2)",
        f"({inner}, {other})", f"{inner} or {other}", f"not {inner}", f"{inner} is defined",
        f"{inner} in {other}", f"f({inner})", "1", "0", f"range({random.randint(0, 3)})", "loop.index0",
        "ns.a", "ns.k", "x.__class__", "x._y", f"namespace(a={inner})", "(lipsum|string)", f"{inner}.a",
    )  # fmt: skip
    return random.choice(forms)
