"""Keras configurations: which layers run code of their own, and which names they would import.

Covers CVE-2024-3660 (Lambda), CVE-2025-1550 (`module` of a config), CVE-2025-8747 (`get_file`),
CVE-2025-12058 (a vocabulary that is a path) and CVE-2025-49655 (TorchModuleWrapper).
"""

from collections.abc import Iterator
from typing import Final

from modelguard_scanner.catalogue.models import (
    KERAS_CALL,
    KERAS_CODE,
    KERAS_FILE,
    KERAS_FOREIGN,
    KERAS_LAMBDA,
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
    {"utils", "saving", "config", "models", "legacy", "datasets", "export", "trainers"}
)
CODE_LAYERS: Final = frozenset({"TorchModuleWrapper", "__lambda__"})
FOREIGN_LAYERS: Final = frozenset({"TFSMLayer", "FlaxLayer", "JaxLayer"})
LOOKUPS: Final = frozenset({"StringLookup", "IntegerLookup", "TextVectorization", "IndexLookup"})


def dicts(root: object) -> Iterator[dict[str, object]]:
    """Yield all objects inside a JSON value, without recursion."""
    rest = [root]
    while rest:
        value = rest.pop()
        if isinstance(value, dict):
            yield value
            rest.extend(value.values())
        elif isinstance(value, list):
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
        name = name.rpartition(">")[2]
        if name == "Lambda":
            _lambda(scan, member, config)
        elif name in CODE_LAYERS:
            message = f"the layer {name} carries code"
            scan.find(member, KERAS_CODE, message)
        elif name in FOREIGN_LAYERS:
            message = f"the layer {name} calls another framework's saved function"
            scan.find(member, KERAS_FOREIGN, message)
        elif (
            name in LOOKUPS
            and isinstance(config, dict)
            and isinstance(config.get("vocabulary"), str)
        ):
            message = f"the layer {name} reads the file {config['vocabulary']}"
            scan.find(member, KERAS_FILE, message)
        _module(scan, member, node, name)


def _lambda(scan: Scan, member: Member, config: object) -> None:
    function = config.get("function") if isinstance(config, dict) else None
    named = isinstance(function, str) and len(function) < 64 and function.isidentifier()  # noqa: PLR2004  # no code is that short
    named = named or (isinstance(function, dict) and function.get("class_name") == "function")
    scan.find(member, KERAS_LAMBDA_NAMED if named else KERAS_LAMBDA)


def _module(scan: Scan, member: Member, node: dict[str, object], name: str) -> None:
    module = node.get("module")
    if not isinstance(module, str) or not module:
        return
    function = name in ("function", "builtin")
    target = node.get("config") if function else name
    target = target if isinstance(target, str) else str(node.get("registered_name") or name)
    package = next((p for p in KERAS if module == p or module.startswith(f"{p}.")), None)
    if package is None:
        severity = scan.rules.judge(module, target)
        if severity is not Severity.MALICIOUS and (module, function) == ("builtins", False):
            return
        message = f"the configuration names {module}.{target}"
        scan.find(member, KERAS_CALL if severity is Severity.MALICIOUS else KERAS_MODULE, message)
        return
    parts = set(module[len(package) :].split("."))
    if parts & UNSAFE and (function or not target[:1].isupper()):
        scan.find(member, KERAS_CALL, f"the configuration calls {module}.{target}")
    elif function and not parts & FUNCTIONS:
        message = f"the configuration calls {module}.{target}"
        scan.find(member, KERAS_MODULE, message)
