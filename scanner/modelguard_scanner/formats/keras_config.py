"""Keras configurations: which layers run code of their own, and which names they would import.

Covers CVE-2024-3660 (Lambda), CVE-2025-1550 (`module` of a config), CVE-2025-8747 (`get_file`),
CVE-2025-12058 (a vocabulary that is a path) and CVE-2025-49655 (TorchModuleWrapper).
"""

import binascii
import re
from collections.abc import Iterator
from typing import Final

from modelguard_scanner.catalogue.models import (
    KERAS_CALL,
    KERAS_CODE,
    KERAS_FILE,
    KERAS_FOREIGN,
    KERAS_LAMBDA,
    KERAS_LAMBDA_DANGEROUS,
    KERAS_LAMBDA_NAMED,
    KERAS_MODULE,
)
from modelguard_scanner.report import Severity
from modelguard_scanner.scanning import Member, Scan

KERAS: Final = (
    "keras", "tf_keras", "keras_hub", "keras_nlp", "keras_cv", "tensorflow.keras",
    "tensorflow.python.keras",
)  # fmt: skip
FUNCTIONS: Final = frozenset(
    {"activations", "losses", "metrics", "initializers", "regularizers", "ops"}
)
"""Keras modules whose functions a configuration may name."""
UNSAFE: Final = frozenset(
    {"utils", "saving", "config", "legacy", "datasets", "export", "trainers", "wrappers"}
)
CLASSES: Final = frozenset(
    """
    activations applications backend callbacks constraints distribution dtype_policies initializers
    layers losses metrics mixed_precision models operations ops optimizers quantizers random
    regularizers visualization preprocessing estimator engine
    """.split()  # noqa: SIM905  # a table of words
)
"""Keras modules whose classes a configuration may name."""
HUBS: Final = ("keras_hub", "keras_nlp", "keras_cv")
READ_FILES: Final = ("vocabulary", "merges", "proto", "spe_model", "filepath", "handle", "preset")
"""Arguments that are read as a file or fetched if they are a text."""
LONGEST_PATH: Final = 1_024
CODE_LAYERS: Final = frozenset({"TorchModuleWrapper"})
WORD: Final = re.compile(rb"[A-Za-z_]\w*")
FOREIGN_LAYERS: Final = frozenset({"TFSMLayer", "FlaxLayer", "JaxLayer", "KerasLayer"})


def dicts(root: object) -> Iterator[dict[str, object]]:
    """Yield all objects inside a JSON value, without recursion."""
    rest, seen = [root], set[int]()
    while rest:
        value = rest.pop()
        if not isinstance(value, (dict, list)) or id(value) in seen:
            continue
        seen.add(id(value))  # an alias of YAML is the same object again
        if isinstance(value, dict):
            yield value
            rest.extend(value.values())
        else:
            rest.extend(value)


def inspect_keras_config(scan: Scan, member: Member, root: object) -> None:
    """Judge every class and function that the configuration names."""
    for node in dicts(root):
        scan.budget.spend()
        name, config = node.get("class_name"), node.get("config")
        if isinstance(node.get("keras_version"), str):
            scan.facts.add_version("keras", str(node["keras_version"]))
        if not isinstance(name, str):
            continue
        registered = str(node.get("registered_name") or "")
        for called in dict.fromkeys((name.rpartition(">")[2], registered.rpartition(">")[2])):
            _layer(scan, member, called, config)
        _files(scan, member, name, config)
        _module(scan, member, node, name)


def _layer(scan: Scan, member: Member, name: str, config: object) -> None:
    if name in ("Lambda", "__lambda__"):
        _lambda(scan, member, config)
    elif name in CODE_LAYERS:
        scan.find(member, KERAS_CODE, f"the layer {name} carries code")
    elif name in FOREIGN_LAYERS:
        message = f"the layer {name} calls another framework's saved function"
        scan.find(member, KERAS_FOREIGN, message)


def _files(scan: Scan, member: Member, name: str, config: object) -> None:
    if not isinstance(config, dict):
        return
    for key in READ_FILES:
        value = config.get(key)
        if isinstance(value, str) and value and len(value) <= LONGEST_PATH:
            scan.find(member, KERAS_FILE, f"the layer {name} reads the file {value}")


def _lambda(scan: Scan, member: Member, config: object) -> None:
    function = config.get("function") if isinstance(config, dict) else None
    named = isinstance(function, str) and len(function) < 64 and function.isidentifier()  # noqa: PLR2004  # no code is that short
    named = named or (isinstance(function, dict) and function.get("class_name") == "function")
    if named:
        scan.find(member, KERAS_LAMBDA_NAMED)
        return
    words = _commands(function)
    if words:
        message = f"a Lambda layer carries code that names {', '.join(words)}"
        scan.find(member, KERAS_LAMBDA_DANGEROUS, message)
    else:
        scan.find(member, KERAS_LAMBDA)


def _commands(function: object) -> list[str]:
    """Return the names of what runs commands in the byte code of a function."""
    from modelguard_scanner.pickles.opcodes import COMMANDS  # noqa: PLC0415  # lazy

    found: set[str] = set()
    rest = [function]
    while rest:
        value = rest.pop()
        if isinstance(value, dict):
            rest.extend(value.values())
        elif isinstance(value, list):
            rest.extend(value)
        elif isinstance(value, str):
            words = set(WORD.findall(value.encode("utf-8", "replace") + b" " + _decoded(value)))
            found |= {word for word in COMMANDS if word.encode() in words}
    return sorted(found)[:5]


def _decoded(text: str) -> bytes:
    try:
        return binascii.a2b_base64(text)
    except (binascii.Error, ValueError):
        return b""


def _module(scan: Scan, member: Member, node: dict[str, object], name: str) -> None:
    """Judge what Keras may resolve a node to: its class or its function."""
    module, config = node.get("module"), node.get("config")
    function = name in ("function", "builtin", "class", "type")
    target = config if function and isinstance(config, str) else name.rpartition(">")[2]
    if not isinstance(module, str) or not module:
        if "." in target:
            _outside(scan, member, *target.rpartition(".")[::2], name)
        elif ">" in str(node.get("registered_name")):
            scan.facts.add_note(f"custom Keras class {node.get('registered_name')}")
        return
    package = next((p for p in KERAS if module == p or module.startswith(f"{p}.")), None)
    if package is None:
        _outside(scan, member, module, target, name)
    else:
        inner = f"{module[len(package) :]}.{target}".strip(".").split(".")
        _inside(scan, member, package, inner, function=function)


def _inside(scan: Scan, member: Member, package: str, path: list[str], *, function: bool) -> None:
    """Judge a class or function of Keras by the parts of its path."""
    modules, name = set(path[:-1]) - {"src"}, path[-1]
    target = ".".join((package, *path))
    is_class = not function and name[:1].isupper()
    if modules & UNSAFE and not is_class:
        scan.find(member, KERAS_CALL, f"the configuration calls {target}")
    elif not name.isidentifier() or not (is_class or modules & FUNCTIONS):
        scan.find(member, KERAS_MODULE, f"the configuration calls {target}")
    elif modules & UNSAFE or (modules and not modules & CLASSES and package not in HUBS):
        scan.find(member, KERAS_MODULE, f"the configuration names {target}, which is on no list")


def _outside(scan: Scan, member: Member, module: str, target: str, name: str) -> None:
    severity = scan.rules.judge(module, target)
    if severity is Severity.MALICIOUS:
        scan.find(member, KERAS_CALL, f"the configuration names {module}.{target}")
    elif (module, name in ("function", "builtin")) != ("builtins", False):
        scan.find(member, KERAS_MODULE, f"the configuration names {module}.{target}")
