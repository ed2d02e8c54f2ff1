# ruff: noqa: E501  # tables of texts
"""JSON: whatever name of a loader Python's parser finds, first or last of two, is reported."""

import codecs
import json
from random import Random

from modelguard_scanner import BytesSource, Verdict, scan

from tests.scanner.oracles.loaded_keys import SERVED, acts

KEYS = (
    '"auto_map"', '"_target_"', '"trust_remote_code"', '"a"', '"class_path"', '"py/object"',
    '"\\u005ftarget_"', '"auto\\u005Fmap"', '"py\\/object"', '"a\\u0000"', '"\\ud83d\\ude00"', '"\\ud800"',
    '"\u00e9"', '"\U0001f600"', '""', '"name"', '"template"',
)  # fmt: skip
SCALARS = (
    "null", "true", "false", "0", "-0", "1", "1e999", "-1.5E-3", "1" * 400, "NaN", "Infinity",
    "-Infinity", '""', '"x"', '"evil.C"', '"evil\\u002eC"', '"${x}.y"', '"{{ x }}"', '"\\\\"', '"\\""',
    "01", "1.", ".5", "+1", "'x'", "nan", "True", '"\\x41"', '"a\tb"', '"a\nb"', '"\u2028"', "{}", "[]",
)  # fmt: skip
SPACES = ("", "", "", " ", "\n", "\t", "\r\n", "\f", "\u00a0", "\ufeff", "/**/")
ENCODINGS = ("utf-8", "utf-8", "utf-8", "utf-8", "utf-16", "utf-16-le", "utf-32", "utf-32-be")


class JsonOracle:
    """See `oracle.Oracle`."""

    cases_in_test = 1_000
    memory = 1024**3

    def prepare(self) -> None:
        scan(BytesSource(b'{"auto_map": {"A": "x.X"}, "a": "{{ x }}"}'), path="config.json")
        scan(BytesSource(b"a = 1\nb: c\n"), path="config.json")

    def make(self, random: Random) -> bytes:
        text = _long(random) if random.random() < 0.15 else _value(random, 0)  # often
        if random.random() < 0.1:
            text += random.choice((" x", "\n" + _value(random, 2), "\0", ",", "\n---\na: 1"))
        if random.random() < 0.3:
            text = _mutated(random, text)
        data = text.encode(random.choice(ENCODINGS), "surrogatepass")
        if random.random() < 0.1:
            data = codecs.BOM_UTF8 + data
        if random.random() < 0.05:
            at = random.randint(0, len(data))
            data = data[:at] + bytes([random.randint(0, 255)]) + data[at:]
        return data

    def difference(self, data: bytes) -> str | None:
        found = _found(data)
        report = scan(BytesSource(data), path="config.json")
        if any(finding.rule == "engine-failure" for finding in report.findings):
            return f"engine failure: {report.findings[0].message}"
        if found and report.verdict in SERVED:
            return f"not reported: {found}"
        if not found and report.verdict is Verdict.MALICIOUS:
            return f"malicious without a cause: {report.findings[0].message}"
        return None


def _found(data: bytes) -> str | None:
    """Return what any way to call the parser hands to a loader."""
    for read in (
        lambda check: json.loads(data, object_pairs_hook=check),
        lambda check: json.loads(data.decode(), object_pairs_hook=check),
        lambda check: json.loads(data.decode("utf-8-sig"), object_pairs_hook=check),
        lambda check: json.loads(data.decode(), object_pairs_hook=check, strict=False),
        lambda check: json.JSONDecoder(object_pairs_hook=check).raw_decode(data.decode()),
        lambda check: [json.loads(x, object_pairs_hook=check) for x in data.splitlines()],
    ):
        seen: list[str] = []

        def check(pairs: list[tuple[str, object]], seen: list[str] = seen) -> dict[str, object]:
            found = acts(pairs)
            if found:
                seen.append(found)
            return dict(pairs)

        try:
            read(check)
        except (ValueError, RecursionError):
            continue
        if seen:
            return seen[0]
    return None


def _value(random: Random, depth: int) -> str:
    kind = random.random()
    space = random.choice(SPACES) if random.random() < 0.3 else ""
    if depth < 4 and kind < 0.45:
        inner = f",{space}".join(_pair(random, depth) for _ in range(random.randint(0, 4)))
        return f"{space}{{{inner}}}{space}"
    if depth < 4 and kind < 0.6:
        inner = f"{space},".join(_value(random, depth + 1) for _ in range(random.randint(0, 4)))
        return f"[{space}{inner}]"
    if depth == 4 and kind < 0.1:
        return json.dumps(_value(random, 2))
    return random.choice(SCALARS)


def _pair(random: Random, depth: int) -> str:
    return f"{random.choice(KEYS)}:{random.choice(SPACES)}{_value(random, depth + 1)}"


def _long(random: Random) -> str:
    """Return a container that is long enough for its plain parts to be passed over."""
    count = random.randint(60, 200)
    if random.random() < 0.5:
        items = [random.choice(("1", '"x"', "[1, 2]", '{"a": 1}', '[["a"], 1]'))] * count
        items[random.randint(0, count - 1)] = _value(random, 2)
        items[random.randint(60, count) - 1] = _value(random, 3)
        return f"[{', '.join(items)}]"
    pairs = [f'"k{number}": {number}' for number in range(count)]
    pairs[random.randint(0, count - 1)] = _pair(random, 2)
    pairs[random.randint(60, count) - 1] = _pair(random, 3)
    return f"{{{','.join(pairs)}}}"


def _mutated(random: Random, text: str) -> str:
    for _ in range(random.randint(1, 3)):
        at = random.randint(0, len(text))
        cut = at + random.randint(0, 2)
        text = text[:at] + random.choice(("", "", '"', ",", "}", "]", "\\", ":", " ")) + text[cut:]
    return text


ORACLE = JsonOracle()
