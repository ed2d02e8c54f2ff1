"""Keras configurations: which layers run code of their own, and which names they would import.

Covers CVE-2024-3660 (Lambda), CVE-2025-1550 (`module` of a config), CVE-2025-8747 (`get_file`),
CVE-2025-12058 (a vocabulary that is a path) and CVE-2025-49655 (TorchModuleWrapper).
"""

from collections.abc import Iterator
from typing import Final

from modelguard_scanner.inspection import Inspection, Member
from modelguard_scanner.report import Severity

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


def inspect_keras_config(scan: Inspection, member: Member, root: object) -> None:
    """Judge every class and function that the configuration names."""
    for node in dicts(root):
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
            scan.find(member, "keras-code", Severity.MALICIOUS, message)
        elif name in FOREIGN_LAYERS:
            message = f"the layer {name} calls another framework's saved function"
            scan.find(member, "keras-foreign", Severity.SUSPICIOUS, message)
        elif (
            name in LOOKUPS
            and isinstance(config, dict)
            and isinstance(config.get("vocabulary"), str)
        ):
            message = f"the layer {name} reads the file {config['vocabulary']}"
            scan.find(member, "keras-file", Severity.SUSPICIOUS, message)
        _module(scan, member, node, name)


def _lambda(scan: Inspection, member: Member, config: object) -> None:
    function = config.get("function") if isinstance(config, dict) else None
    named = isinstance(function, str) and len(function) < 64 and function.isidentifier()  # noqa: PLR2004  # no code is that short
    named = named or (isinstance(function, dict) and function.get("class_name") == "function")
    severity = Severity.SUSPICIOUS if named else Severity.MALICIOUS
    message = (
        "a Lambda layer calls a function by its name" if named else "a Lambda layer carries code"
    )
    scan.find(member, "keras-lambda", severity, message)


def _module(scan: Inspection, member: Member, node: dict[str, object], name: str) -> None:
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
        severity = Severity.SUSPICIOUS if severity is Severity.INFO else severity
        message = f"the configuration names {module}.{target}"
        scan.find(member, "keras-module", severity, message)
        return
    parts = set(module[len(package) :].split("."))
    if parts & UNSAFE and (function or not target[:1].isupper()):
        message = f"the configuration calls {module}.{target}"
        scan.find(member, "keras-module", Severity.MALICIOUS, message)
    elif function and not parts & FUNCTIONS:
        message = f"the configuration calls {module}.{target}"
        scan.find(member, "keras-module", Severity.SUSPICIOUS, message)
