# ruff: noqa: E501  # tables of texts
"""Random YAML: pieces that mean something, put together well and badly."""

from random import Random

NAMES = (
    "_target_", "target", "params", "class_path", "a", "b", "key", "trust_remote_code", "<<", "x y",
    "'_target_'", '"_target_"', '"\\x5ftarget_"', '"_tar\\\n  get_"', "? _target_", "*a ", "*b ",
    "&a _target_", "&b key", "!!str _target_", "[a, b]", "{a: b}", "", "~", "1", "true", "a#b",
    "a:b", "-a", "?a", ":a", "#a",
)  # fmt: skip
VALUES = (
    "evil.C", "'evil.C'", '"os.\\u0073ystem"', "*a", "*b", "&a evil.C", "&b {c: d}", "~",
    "${mod}.system", "|\n    evil.C\n", ">-\n  os.\n  system\n", "|2\n   x\n", "!!str evil.C",
    "!!python/name:os.system ''", "!!python/object/apply:os.system [x]", "!x!y z", "!<a> b", "! c",
    "[a, b]", "[a: b, c]", "{_target_: os.system}", "{? a : b}", '{"a":b}', "{a, b: }", "[\n a\n]",
    "'it''s'", '"a\\\n  b"', '"a\n\n  b"', "'a\n  b'", "a # comment", "a#b", "a: b", "- a", "? a",
    "a\n  b", "a\n\n  b", "a\n b: c", "!!binary gASV", "!!set {a}", "%a", "@a", "`a", "!", "&a", "*",
    "\t", "a\tb", "---", "...", "1.5", "null", "yes", "-", ":", "?", "''", '""', "|", ">", "{}", "[]",
    "[", "{", "]", "}", ",", "[*a]", "{*a : b}", "[? a : b]", "{a: *b}", "!a%20b c", "\u2028", "\ufeff",
)  # fmt: skip
LINES = (
    "---", "...", "%YAML 1.1", "%TAG !x! tag:yaml.org,2002:python/", "# comment", "", "  ", "\t",
    "--- a", "--- !!map", "- - a", "? - a\n: - b", "a: |\n  text\n  _target_: x", "---\n---",
    "a: >+\n\n  b\n\n", "b: &a\n  c: d", "c:\n- d\n- e", "- a:\n    b\n  c: d", "a: 'b\n  c'",
)  # fmt: skip
NOISE = " \n:-?[]{}#&*!|>'\"%@`,ab_.\t\\\r~<=1\u00e9\u2028"
MUTATED = "a\n :-{}[]'\"&*!#"


def yaml_text(random: Random) -> str:
    """Return one text, mostly valid."""
    kind = random.random()
    if kind < 0.1:
        return "".join(random.choice(NOISE) for _ in range(random.randint(1, 30)))
    text = _block(random, 0, random.randint(1, 4))
    if kind < 0.4:
        text = _mutate(random, text)
    return text


def _block(random: Random, indent: int, count: int) -> str:
    return "\n".join(_line(random, indent) for _ in range(count))


def _line(random: Random, indent: int) -> str:
    pad = " " * indent
    kind = random.random()
    if kind < 0.12:
        return "\n".join(pad + line for line in random.choice(LINES).split("\n"))
    if kind < 0.25:
        return f"{pad}- {random.choice(VALUES)}"
    if kind < 0.33:
        return f"{pad}- {random.choice(NAMES)}: {random.choice(VALUES)}"
    if kind < 0.55 and indent < 8:
        deeper = indent + random.choice((0, 1, 2, 2, 4))
        return f"{pad}{random.choice(NAMES)}:\n{_block(random, deeper, random.randint(1, 3))}"
    if kind < 0.6:
        return f"{pad}{{{_flow(random)}}}"
    return f"{pad}{random.choice(NAMES)}: {random.choice(VALUES)}"


def _flow(random: Random) -> str:
    pairs = random.randint(0, 3)
    separator = random.choice((", ", ",", ",\n", " "))
    colon = random.choice((": ", ":", " : ", ":\n"))
    return separator.join(
        f"{random.choice(NAMES)}{colon}{random.choice(VALUES)}" for _ in range(pairs)
    )


def _mutate(random: Random, text: str) -> str:
    for _ in range(random.randint(1, 3)):
        at = random.randint(0, len(text))
        kind = random.randint(0, 2)
        if kind == 0:
            text = text[:at] + text[at + 1 :]
        elif kind == 1:
            text = text[:at] + random.choice(NOISE) + text[at:]
        else:
            text = text[:at] + random.choice(MUTATED) + text[at + 1 :]
    return text
