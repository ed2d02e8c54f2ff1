"""YAML: what PyYAML composes, and OmegaConf and ruamel where they are installed, was understood."""

import importlib.util
import io
from random import Random
from typing import Any

import yaml
from modelguard_scanner import DEFAULT, BytesSource, Limits, scan
from modelguard_scanner.formats.config_texts import SAFE_TAGS
from modelguard_scanner.formats.config_tree import Entries
from modelguard_scanner.formats.yaml_reader import YamlReader
from modelguard_scanner.formats.yaml_scanner import NotYaml
from modelguard_scanner.limits import ScanError
from modelguard_scanner.scanning import Scan

from tests.scanner.oracles.loaded_keys import SERVED, acts
from tests.scanner.oracles.yaml_programs import yaml_text

TAG = "!"
OPTIONAL = ("omegaconf", "ruamel")


class YamlOracle:
    """See `oracle.Oracle`."""

    cases_in_test = 4_000
    memory = 2 * 1024**3

    def __init__(self) -> None:
        self._others = tuple(name for name in OPTIONAL if importlib.util.find_spec(name))

    def prepare(self) -> None:
        for name in self._others:
            importlib.import_module("ruamel.yaml" if name == "ruamel" else name)
        for text in (b"a: {b: [!x y]}\n", b'"a" = "b"\n'):
            scan(BytesSource(text), path="x.yaml")
        _composed("a: b")
        for name in self._others:
            _pairs_of(name, "a: ${b}\nb: 1")

    def make(self, random: Random) -> bytes:
        return yaml_text(random).encode("utf-8", "surrogatepass")

    def difference(self, data: bytes) -> str | None:
        text = data.decode()
        composed = _composed(text)
        if composed is not None:
            differs = _differs(text, composed)
            if differs:
                return differs
        found = _acted_on(composed or ())
        for name in self._others:
            found = found or acts(_pairs_of(name, text))
        if not found:
            return None
        report = scan(BytesSource(data), path="config.yaml")
        if any(finding.rule == "engine-failure" for finding in report.findings):
            return f"engine failure: {report.findings[0].message}"
        return f"not reported: {found}" if report.verdict in SERVED else None


def _composed(text: str) -> list[yaml.Node | None] | None:
    try:
        return list(yaml.compose_all(text, Loader=yaml.SafeLoader))
    except (yaml.YAMLError, RecursionError, ValueError):
        return None


def _differs(text: str, composed: list[yaml.Node | None]) -> str | None:
    """Compare the documents' structure, and their texts but for white space."""
    reader = YamlReader(Scan(DEFAULT, Limits(), lambda _, __: None), text)
    try:
        documents = list(reader.documents())
    except NotYaml as error:
        return f"not read: {error}"
    except ScanError as error:
        return f"not read to its end: {error}" if len(text) < 300 else None  # small
    ours = [_told(document, set()) for document in documents]
    theirs = [_of_node(node, set()) for node in composed]
    return None if ours == theirs else f"read differently: {ours!r:.200} for {theirs!r:.200}"


def _told(value: object, above: set[int]) -> object:
    if isinstance(value, (Entries, list)):
        if id(value) in above:
            return "again"
        above = above | {id(value)}
    if isinstance(value, Entries):
        return [("map",)] + [
            (_word(key), _told(inner, above))
            for key, inner in _own(value)
            if _word(key) not in ("", "none")
        ]
    if isinstance(value, list):
        return [_told(inner, above) for inner in value]
    return _word(value)


def _own(entries: Entries) -> list[tuple[str, object]]:
    """Return the entries without what was merged into them, and without complex keys."""
    merged = 0
    for key, value in entries.pairs:
        if key == "<<":
            for part in value if isinstance(value, list) else [value]:
                merged += (
                    len([p for p in part.pairs if p[0] != "<<"]) if isinstance(part, Entries) else 0
                )
    return [pair for pair in entries.pairs[merged:] if pair[0] != ""]


def _of_node(node: Any, above: set[int]) -> object:
    if node is None:
        return "none"
    if id(node) in above:
        return "again"
    if isinstance(node, yaml.ScalarNode):
        return _word(node.value)
    above = above | {id(node)}
    if isinstance(node, yaml.SequenceNode):
        return [_of_node(inner, above) for inner in node.value]
    told: list[object] = [("map",)]
    for key, value in node.value:
        if isinstance(key, yaml.ScalarNode) and _word(key.value) not in ("", "none"):
            told.append((_word(key.value), _of_node(value, above)))
    return told


def _word(value: object) -> object:
    """Return a scalar as far as both readers tell it."""
    if value is None or (
        isinstance(value, str) and value.strip().casefold() in ("", "~", "null", "none")
    ):
        return "none"
    if isinstance(value, str) and value.casefold() not in (
        "true", "false", "yes", "no", "on", "off",
    ) and value[:1] not in tuple("+-.0123456789"):  # fmt: skip
        return "".join(value.split())
    return "some"


def _acted_on(composed: "list[yaml.Node | None] | tuple[()]") -> str | None:
    """Return what a loader would act on in the nodes."""
    rest: list[Any] = list(composed)
    seen: set[int] = set()
    while rest:
        node = rest.pop()
        if node is None or id(node) in seen:
            continue
        seen.add(id(node))
        if node.tag not in SAFE_TAGS and node.tag != TAG:
            return f"tag {node.tag}"
        if isinstance(node, yaml.MappingNode):
            pairs = [
                (key.value, value.value if isinstance(value, yaml.ScalarNode) else None)
                for key, value in node.value
            ]
            found = acts(pair for pair in pairs if pair[0] != "trust_remote_code")
            if found:
                return found
            rest.extend(part for pair in node.value for part in pair)
        elif isinstance(node, yaml.SequenceNode):
            rest.extend(node.value)
    return None


def _pairs_of(name: str, text: str) -> list[tuple[object, object]]:
    """Return all entries of all mappings that another library loads."""
    try:
        roots = _loaders()[name](text)
    except Exception:  # noqa: BLE001  # whatever it does not load
        return []
    pairs: list[tuple[object, object]] = []
    rest, seen = list(roots), set()
    while rest:
        value = rest.pop()
        if id(value) in seen:
            continue
        seen.add(id(value))
        if isinstance(value, dict):
            pairs.extend(value.items())
            rest.extend(value.values())
        elif isinstance(value, list):
            rest.extend(value)
    return pairs


def _loaders() -> dict[str, Any]:
    return {"omegaconf": _by_omegaconf, "ruamel": _by_ruamel}


def _by_omegaconf(text: str) -> list[Any]:
    from omegaconf import OmegaConf  # noqa: PLC0415  # optional

    config = OmegaConf.load(io.StringIO(text))
    roots = [OmegaConf.to_container(config)]
    try:
        roots.append(OmegaConf.to_container(config, resolve=True))
    except Exception:  # noqa: BLE001  # an interpolation of nothing
        return roots
    return roots


def _by_ruamel(text: str) -> list[Any]:
    from ruamel.yaml import YAML  # noqa: PLC0415  # optional

    return list(YAML(typ="safe", pure=True).load_all(text))


ORACLE = YamlOracle()
