"""YAML, TOML and what looks like them: read whole if it can be, else searched line by line."""

import re
from collections.abc import Iterator
from typing import Final

from modelguard_scanner.catalogue.texts import (
    CONFIG_UNREAD,
    YAML_TAG,
    YAML_TAG_DANGEROUS,
)
from modelguard_scanner.formats.config_keys import ATTENTION, CODE, IMPORTS, STRONG, WEAK
from modelguard_scanner.formats.config_tree import RISKY, Entries, values
from modelguard_scanner.formats.configs import ConfigJudge
from modelguard_scanner.formats.yaml_reader import Tag, YamlReader
from modelguard_scanner.formats.yaml_scanner import NotYaml
from modelguard_scanner.limits import OverCap, TooLarge
from modelguard_scanner.report import Severity
from modelguard_scanner.scanning import Member, Scan

MAX_YAML: Final = 1024 * 1024
"""Characters up to which every text is tried as YAML."""
PREFIX: Final = 128 * 1024
"""Characters of a longer one that tell whether it could be YAML at all."""
MAX_TOML: Final = 256 * 1024
SAFE_TAGS: Final = frozenset(
    f"tag:yaml.org,2002:{name}"
    for name in (
        "str", "int", "float", "bool", "null", "seq", "map", "set", "omap", "pairs", "timestamp",
        "binary", "merge", "value",
    )
)  # fmt: skip
TAG_NAME: Final = re.compile(
    r"(?:.*python/(?:object/apply|object/new|object|name|module)|!(?:new|apply|name|module|applyref))"
    r"[:/]([\w.]+)"
)
LOADED: Final = (CODE | IMPORTS | ATTENTION) - {"()"}
KEY: Final = re.compile(r"(?<![\w./])[A-Za-z_][\w./]*+[\"']?[ \t]*+[:=][ \t]*+")
"""A word before a colon or an equals sign."""
BEFORE_KEY: Final = re.compile(r"(?:.*[{,\[])?[ \t?\"'-]*+", re.DOTALL)
TAG_LIKE: Final = re.compile(r"(?<![^\s\[{,:?-])!\S")
ALIAS_KEY: Final = re.compile(r"\*[\w-]++[ \t]*:")
ESCAPE: Final = re.compile(r"\\[xuUN\n\r]")
WORDS: Final = ("_target_", "ext://", "${", "%TAG")
RISKY_VALUE: Final = re.compile(
    rf"[\"']?({RISKY.pattern})[\"']?[ \t]*(?:$|[,}}#])", re.ASCII | re.MULTILINE
)
REST_OF_LINE: Final = re.compile(r".*")
LONGEST_LINE: Final = 512
LOOSE_TAG: Final = re.compile(
    r"(?<![\w\"'`])(?:!(?:!|<tag:yaml\.org,2002:)python/(?:object|name|module|apply)"
    r"|!(?:new|apply|name|module|applyref):\w)"
)
HIDDEN_TAG: Final = re.compile(
    r"^%TAG\s"  # a prefix for tags of its own
    r"|(?<![\w\"'`)\]/])!(?:<|\w*!)?[\w:./,-]*%[0-9A-Fa-f]{2}",  # a tag with escapes
    re.MULTILINE,
)
HIDDEN_KEY: Final = re.compile(
    r"\\(?:x[2-7]|u00[2-7]|U000000[2-7]|\r?\n)[^\"\n]{0,64}\"[ \t]*:", re.MULTILINE
)
"""A key in quotes that spells plain characters as escapes."""
TOML_START: Final = re.compile(r"^[ \t]*(?:[\w.\"'\\-]+[ \t]*=|\[)", re.MULTILINE)
FENCE: Final = re.compile(r"[ \t]{0,3}(?:```|~~~)")
UNSET: Final = re.compile(
    r"[\"']?(?:false|null|none|no|off|0|~|)[\"']?[ \t]*[,}]?[ \t\r]*(?:#.*)?", re.IGNORECASE
)
VALUE: Final = re.compile(r"[\"']?([\w.:/$\{\}]+)")


def inspect_config_text(scan: Scan, member: Member, text: str, *, is_whole: bool) -> None:
    """Report what a loader of configurations would do with the text.

    Args:
        scan: gets the findings.
        member: whose text it is.
        text: all of it, or a piece.
        is_whole: it is all.
    """
    if len(text) > MAX_YAML:
        if not _matters(scan, text):
            return
        _lines(scan, member, text)
        if _may_go_on_as_yaml(scan, text):
            raise TooLarge("characters of YAML", MAX_YAML)
        return
    if is_whole and (_is_yaml(scan, member, text) or _is_toml(scan, member, text)):
        return
    _lines(scan, member, text)


def _matters(scan: Scan, text: str) -> bool:
    """Return whether a text holds anything that a loader of YAML could act on."""
    if any(word in text for word in WORDS):
        return True
    if "!" in text and TAG_LIKE.search(text):
        return True
    if "\\" in text and ESCAPE.search(text):
        return True
    if "*" in text and ALIAS_KEY.search(text):
        return True
    return any(_name(scan, found) in STRONG | WEAK for found in KEY.finditer(text))


def _name(scan: Scan, found: re.Match[str]) -> str:
    scan.budget.spend()
    return found[0].rstrip(" \t:=\"'")


def _may_go_on_as_yaml(scan: Scan, text: str) -> bool:
    """Return whether a long text is YAML up to where its first part is cut off."""
    cut = text.rfind("\n", 0, PREFIX)
    if cut < 0:
        return True
    reader = YamlReader(scan, text[: cut + 1])
    try:
        for _ in reader.documents():
            pass
    except NotYaml as error:
        return error.offset > cut - LONGEST_LINE
    except TooLarge:
        return True
    return True


def _is_yaml(scan: Scan, member: Member, text: str) -> bool:
    """Judge the documents of a stream up to where it breaks off.

    Returns whether all were read, and are more than prose.
    """
    reader = YamlReader(scan, text)
    judge = ConfigJudge(scan, member)
    judged = 0
    is_prose = True
    try:
        for root in reader.documents():
            if isinstance(root, (Entries, list)):
                is_prose = False
                judge.judge(root)
            for tag in reader.tags[judged:]:
                _tag(scan, member, judge, tag)
            judged = len(reader.tags)
    except NotYaml:
        return False
    except TooLarge as error:
        if isinstance(error, OverCap):
            raise
        for tag in reader.tags[judged:]:
            _tag(scan, member, judge, tag)
        scan.fail(member, error)
        return True
    return not is_prose


def _tag(scan: Scan, member: Member, judge: ConfigJudge, tag: Tag) -> None:
    scan.budget.spend()
    if tag.name in SAFE_TAGS:
        if tag.name.endswith(":binary"):
            for _, value in values(tag.value):
                if isinstance(value, str):
                    judge.judge(["".join(value.split())])
        return
    named = TAG_NAME.fullmatch(tag.name)
    module, _, name = named[1].rpartition(".") if named else ("", "", "")
    if named and scan.rules.judge(module or "builtins", name) is Severity.MALICIOUS:
        scan.find(member, YAML_TAG_DANGEROUS, f"the tag {tag.name} calls {named[1]}")
    else:
        scan.find(member, YAML_TAG, f"the tag {tag.name} is not of the safe schema")


def _is_toml(scan: Scan, member: Member, text: str) -> bool:
    if len(text) > MAX_TOML or not TOML_START.search(text):
        return False
    import tomllib  # noqa: PLC0415  # lazy

    try:
        root = tomllib.loads(text.replace("\r\n", "\n"))
    except (ValueError, RecursionError):
        return False
    ConfigJudge(scan, member).judge(_entries(root))
    return True


def _entries(root: object, depth: int = 0) -> object:
    if depth > 100:  # noqa: PLR2004  # deeper than tomllib itself goes
        return None
    if isinstance(root, dict):
        return Entries([(key, _entries(value, depth + 1)) for key, value in root.items()])
    if isinstance(root, list):
        return [_entries(value, depth + 1) for value in root]
    return root if isinstance(root, (str, bool, int, float)) else None


def _lines(scan: Scan, member: Member, text: str) -> None:
    """Look for keys and tags in text that is not YAML as a whole, outside code blocks."""
    shown = "\n".join(_unfenced(text)) if "```" in text or "~~~" in text else text
    if HIDDEN_TAG.search(shown) or _is_tagged(scan, shown):
        scan.find(member, YAML_TAG)
    if "\\" in shown and HIDDEN_KEY.search(shown):
        scan.find(member, CONFIG_UNREAD, "spells a key as escapes, and was not understood")
    judge = ConfigJudge(scan, member)
    for found in KEY.finditer(shown):
        key = _name(scan, found)
        if key in LOADED or key.startswith("py/"):
            rest = REST_OF_LINE.match(shown, found.end())
            value = rest[0] if rest else ""
            if UNSET.fullmatch(value) or not _is_key(shown, found.start()):
                continue
            named = VALUE.match(value)
            if key in IMPORTS and named:
                judge.name(key, named[1])
            scan.find(member, CONFIG_UNREAD, f"names {key}, and was not understood as a whole")
        elif key in WEAK:
            risky = RISKY_VALUE.match(shown, found.end())
            if risky and _is_key(shown, found.start()):
                judge.name(key, risky[1])


def _is_key(text: str, at: int) -> bool:
    """Return whether a key may stand at a place: nothing but marks precede it."""
    start = max(text.rfind("\n", 0, at) + 1, at - LONGEST_LINE)
    return BEFORE_KEY.fullmatch(text, start, at) is not None


def _unfenced(text: str) -> Iterator[str]:
    inside = False
    for line in text.splitlines():
        if FENCE.match(line):
            inside = not inside
        elif not inside:
            yield line


def _is_tagged(scan: Scan, text: str) -> bool:
    """Return whether a tag stands outside comments."""
    end = -1
    for found in LOOSE_TAG.finditer(text):
        scan.budget.spend()
        if found.start() < end:
            continue
        start = text.rfind("\n", max(end, 0), found.start()) + 1 or max(end, 0)
        if not text[start : start + 256].lstrip().startswith("#"):
            return True
        end = text.find("\n", found.start())
        if end < 0:
            return False
    return False
