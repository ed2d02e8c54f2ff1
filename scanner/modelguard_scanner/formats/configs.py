"""Judges parsed configurations by what the loaders that read them would import, call or fetch."""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from modelguard_scanner.catalogue.texts import (
    CONFIG_CODE,
    CONFIG_EVALUATED,
    CONFIG_FILTER,
    CONFIG_PATH,
    CONFIG_TARGET,
    CONFIG_TARGET_DANGEROUS,
    CONFIG_TARGET_HIDDEN,
    JSON_DUPLICATE,
)
from modelguard_scanner.formats import config_keys as keys
from modelguard_scanner.formats.config_tree import (
    DOTTED,
    PLAIN,
    RISKY,
    Entries,
    plain_value,
    values,
)
from modelguard_scanner.formats.keras_config import inspect_keras_config
from modelguard_scanner.formats.model_config import note_config
from modelguard_scanner.formats.templates import inspect_template, inspect_text_blocks
from modelguard_scanner.report import Severity
from modelguard_scanner.rules import is_standard_library

if TYPE_CHECKING:
    from modelguard_scanner.catalogue.rule import Rule
    from modelguard_scanner.scanning import Member, Scan

SOURCE_FILE: Final = re.compile(r"[\w./\\-]+\.(?:py[cdowx]?|so|dll|dylib)(?:[:#]+[\w.]+)?")
CODE_NAME: Final = re.compile(
    r"model|module|code|script|handler|plugin|loader|custom|class|import|entry|function|processor",
    re.IGNORECASE,
)
EVALUATED: Final = re.compile(
    r"\$\s*(?:import\s|from\s|@|(?:lambda|not)\b|\(|\[|[A-Za-z_][\w.]*\s*[(\[])"
)
"""MONAI evaluates a text that starts with a dollar sign."""
RESOLVED: Final = re.compile(
    r"\$\{\s*(?:eval|exec|py|python|import|call|lambda)\s*:", re.IGNORECASE
)
"""Resolvers that projects register to evaluate Python."""
EXTERNAL: Final = re.compile(r"ext://([\w.]+)")
HARMLESS: Final = ("torch.ops.", "logging.")
"""Operators in exported graphs, and what configurations of logging are made of."""
STREAMS: Final = ("sys.stdout", "sys.stderr")
FILE_NAME: Final = re.compile(r"[\w .+@()-]*")
MAX_DOCUMENTS: Final = 3
"""How many documents may lie inside each other's texts."""
NEW: Final = re.compile(r"[A-Z]\w*")
PICKLE_TEXT: Final = re.compile(r"\s*(?:gA[A-Z]|Y2|KF)[A-Za-z0-9+/\s]*={0,2}\s*")


class ConfigJudge:
    """Judges the documents of one member."""

    def __init__(self, scan: "Scan", member: "Member", depth: int = 0) -> None:
        self._scan = scan
        self._member = member
        self._depth = depth

    def judge(self, root: object) -> None:
        """Judge one document: scalars, lists and `Entries`."""
        if isinstance(root, Entries):
            note_config(self._scan.facts, {key: _words(value) for key, value in root.pairs})
            if root.get("nbformat") is not None and root.get("cells") is not None:
                self._scan.facts.add_format("notebook")
                root = Entries([pair for pair in root.pairs if pair[0] != "cells"])
        is_keras = False
        for key, value in values(root):
            self._scan.budget.spend()
            if isinstance(value, Entries):
                is_keras = is_keras or not {"class_name", "keras_version"}.isdisjoint(value.names())
                self._entries(key, value)
            elif isinstance(value, str):
                self._text(key, value)
        if is_keras:
            inspect_keras_config(self._scan, self._member, plain_value(root))

    def _find(self, rule: "Rule", message: str) -> None:
        self._scan.find(self._member, rule, message)

    def _entries(self, outer: str, entries: Entries) -> None:
        names = set()
        for key, value in entries.pairs:
            if key in names and key in keys.STRONG and key not in ("", "name"):
                self._find(JSON_DUPLICATE, f"the key {key} occurs twice")
            names.add(key)
            self._entry(key, value)
        for marks, check in CHECKS:
            if not marks.isdisjoint(names):
                check(self, outer, entries)

    def _entry(self, key: str, value: object) -> None:
        if key in keys.CODE:
            if _is_set(value) and (key in keys.NUMBERS or not isinstance(value, (int, float))):
                self._find(CONFIG_CODE, f"{key} makes loaders run code: {_shown(value)}")
        elif key in keys.IMPORTS:
            self.names(key, value, called=key != "py/object")
        elif key == "py/reduce" and _is_set(value):
            self._find(CONFIG_CODE, "py/reduce makes jsonpickle call what it names")
        elif key in keys.DOTTED_IMPORTS:
            self.names(key, [text for text in _texts(value) if "." in text or "$" in text])
        elif key in keys.ATTENTION:
            repositories = [text for text in _texts(value) if not re.fullmatch(r"[\w|-]*", text)]
            if repositories:
                self._find(CONFIG_CODE, f"{key} fetches code from {', '.join(repositories[:5])}")
        elif key in ("chat_template", "chat_templates"):
            self._template_names(value)

    def names(self, key: str, value: object, *, called: bool = True) -> None:
        """Judge everything that is named under a key whose loader imports it."""
        for text in _texts(value):
            self.name(key, text, called=called)

    def name(self, key: str, text: str, *, called: bool = True, listed: bool = True) -> None:
        """Judge a name that a loader imports.

        Args:
            key: what it stands under.
            text: `module.Class`, `module:function` or a path with such a name.
            called: a function, and not only a class, would run.
            listed: names that are on no list are suspicious.
        """
        text = text.strip()
        if "$" in text or "\\" in text or "{" in text:
            self._find(CONFIG_TARGET_HIDDEN, f"{key} is put together: {text}")
            return
        name = re.sub(r"[:/]+", ".", text).strip(".")
        module, _, last = name.rpartition(".")
        severity = self._scan.rules.judge(module or "builtins", last)
        if severity is Severity.MALICIOUS and (module or last in DANGEROUS_BUILTINS):
            self._find(CONFIG_TARGET_DANGEROUS, f"{key} makes a loader call {text}")
        elif key in keys.MODULES:
            if name.partition(".")[0] not in keys.PACKAGES:
                self._find(CONFIG_CODE, f"{key} makes a loader import {text}")
        elif not module:
            if called and key == "_target_":
                self._find(CONFIG_TARGET, f"{key} names {text}, without a module")
        elif (
            severity is not Severity.INFO
            and not _is_known(module, last)
            and (listed or is_standard_library(module))
        ):
            self._find(CONFIG_TARGET, f"{key} makes a loader import {text}, which is on no list")

    def _template_names(self, value: object) -> None:
        """Loaders write each template to a file of its name."""
        named: list[object] = []
        for item in value if isinstance(value, list) else [value]:
            if isinstance(item, Entries):
                name = item.get("name")
                named.extend([name] if name is not None else [key for key, _ in item.pairs])
        for name in named:
            if isinstance(name, str) and (not FILE_NAME.fullmatch(name) or ".." in name):
                self._find(CONFIG_PATH, f"a template would be written to {name}")

    def _text(self, key: str, text: str) -> None:
        """Judge a text for what it says by itself."""
        if "{{" in text or "{%" in text:
            judge = inspect_template if key in keys.TEMPLATES else inspect_text_blocks
            judge(self._scan, self._member, text)
        self._named_in(key, text)
        self._evaluated(key, text)
        if text.lstrip()[:1] in ("{", "[") and len(text) > 2:  # noqa: PLR2004  # not empty
            self._nested(text)
        if len(text) >= 8 and PICKLE_TEXT.fullmatch(text):  # noqa: PLR2004  # the shortest that imports
            self._pickle(text)

    def _named_in(self, key: str, text: str) -> None:
        """Judge a text that is a name as a whole, under a key that need not be a loader's."""
        if RISKY.fullmatch(text) and key not in keys.IMPORTS and _is_dangerous(self._scan, text):
            self._find(CONFIG_TARGET, f"{key or 'an item'} names {text}")
        elif key in keys.WEAK and DOTTED.fullmatch(text) and not text.startswith(HARMLESS):
            self.name(key, text, listed=False)
        if SOURCE_FILE.fullmatch(text) and CODE_NAME.search(key):
            self._find(CONFIG_CODE, f"{key} names a file of code: {text}")
        for found in EXTERNAL.finditer(text):
            if found[1] not in STREAMS:
                self.name("ext://", found[1])

    def _evaluated(self, key: str, text: str) -> None:
        """Judge a text that a loader evaluates, or makes other values of."""
        if EVALUATED.match(text) or RESOLVED.search(text):
            self._find(CONFIG_EVALUATED, f"{key or 'an item'} is evaluated: {text}")
        if "_target_" in text:
            self._find(CONFIG_TARGET_HIDDEN, f"{key or 'an item'} holds a target in a text")

    def _nested(self, text: str) -> None:
        """Judge a document inside a text."""
        from modelguard_scanner.formats.json_reader import (  # noqa: PLC0415  # cycle
            JsonReader,
            NotJson,
        )

        if self._depth >= MAX_DOCUMENTS:
            return
        reader = JsonReader(self._scan, text.encode("utf-8", "surrogatepass"))
        try:
            root = reader.read()
        except NotJson:
            return
        ConfigJudge(self._scan, self._member, self._depth + 1).judge(root)

    def _pickle(self, text: str) -> None:
        from modelguard_scanner.pickles.judge import inspect_pickle  # noqa: PLC0415  # lazy
        from modelguard_scanner.pickles.nested import inspect_nested  # noqa: PLC0415
        from modelguard_scanner.scanning import Member  # noqa: PLC0415
        from modelguard_scanner.source import BytesSource  # noqa: PLC0415

        data = "".join(text.split()).encode()
        data += b"=" * (-len(data) % 4)
        holder = Member(BytesSource(data), self._member.path, self._member.depth)
        inspect_nested(self._scan, holder, (0, len(data), True), inspect_pickle)

    # What only several names together say.

    def components(self, _: str, entries: Entries) -> None:
        """A diffusers pipeline: each component is a library and one of its classes."""
        if isinstance(entries.get("_class_name"), list):
            self._find(
                CONFIG_CODE,
                f"_class_name makes diffusers import {_shown(entries.get('_class_name'))}",
            )
        if entries.get("_class_name") is None and entries.get("_blocks_class_name") is None:
            return
        for key, value in entries.pairs:
            if key.startswith("_") or not isinstance(value, list) or len(value) < 2:  # noqa: PLR2004  # library and class
                continue
            if key.endswith("_types"):
                continue  # blocks of a network; no pipeline calls a component so
            library, name = value[:2]
            if not (isinstance(library, str) and isinstance(name, str)):
                continue
            top = library.split(".")[0]
            if top not in keys.COMPONENT_LIBRARIES and NEW.fullmatch(name):
                self._find(CONFIG_CODE, f"the component {key} is imported from {library}")
            elif DOTTED.fullmatch(f"{library}.{name}") and _is_dangerous(
                self._scan, f"{library}.{name}"
            ):
                self._find(CONFIG_TARGET_DANGEROUS, f"the component {key} is {library}.{name}")

    def modules(self, _: str, entries: Entries) -> None:
        """sentence-transformers: a list of modules, or a router's table of classes."""
        kind = entries.get("type")
        listed = not {"path", "idx"}.isdisjoint(entries.names())
        if listed and isinstance(kind, str) and "." in kind:
            self.name("type", kind)
        if isinstance(entries.get("types"), Entries):
            self.names("types", entries.get("types"))

    def mlflow(self, _: str, entries: Entries) -> None:
        """An MLmodel file: what each flavor loads."""
        flavors = entries.get("flavors")
        for name, flavor in flavors.pairs if isinstance(flavors, Entries) else ():
            if not isinstance(flavor, Entries):
                continue
            if _is_set(flavor.get("code")):
                self._find(
                    CONFIG_CODE,
                    f"the flavor {name} carries code: {_shown(flavor.get('code'))}",
                )
            self._mlflow_paths(flavor)
            for text in _texts(flavor.get("skops_trusted_types")):
                self.name("skops_trusted_types", text)
            for key in ("pickled_model", "data", "model_path", "python_model"):
                for text in _texts(flavor.get(key)):
                    self._path(key, text)

    def _mlflow_paths(self, flavor: Entries) -> None:
        artifacts = flavor.get("artifacts")
        for _, artifact in artifacts.pairs if isinstance(artifacts, Entries) else ():
            if isinstance(artifact, Entries):
                for text in _texts(artifact.get("path")):
                    self._path("artifacts", text)

    def _path(self, key: str, text: str) -> None:
        if text.startswith(("/", "\\", "file:")) or ".." in re.split(r"[/\\]", text):
            self._find(CONFIG_PATH, f"{key} leads out of the folder: {text}")

    def project(self, _: str, entries: Entries) -> None:
        """An MLproject file: commands that `mlflow run` executes."""
        points = entries.get("entry_points")
        for name, point in points.pairs if isinstance(points, Entries) else ():
            if isinstance(point, Entries) and _is_set(point.get("command")):
                self._find(
                    CONFIG_CODE,
                    f"the entry point {name} runs a command: {_shown(point.get('command'))}",
                )

    def zarr(self, _: str, entries: Entries) -> None:
        """An array of zarr: how its chunks are decoded."""
        if "zarr_format" not in entries.names() and "dtype" not in entries.names():
            return
        for key in ("filters", "compressor", "codecs"):
            for _, value in values(entries.get(key)):
                if isinstance(value, Entries):
                    self._codec(value)

    def _codec(self, codec: Entries) -> None:
        name = codec.get("id") or codec.get("name")
        if not isinstance(name, str):
            return
        short = name.removeprefix("numcodecs.")
        if short in ("pickle", "dill", "cloudpickle"):
            self._find(CONFIG_FILTER, f"reading the array unpickles its chunks: {name}")
        elif short not in keys.ZARR_CODECS:
            self._find(CONFIG_TARGET, f"the array needs the codec {name}, which is on no list")

    def serde(self, _: str, entries: Entries) -> None:
        """GluonTS: an object is a class and its arguments."""
        if not isinstance(entries.get("__kind__"), str):
            return
        self.names("class", entries.get("class"))
        self.names("partial", entries.get("partial"))

    def skops(self, _: str, entries: Entries) -> None:
        """A node of a skops file: a class of a module, and how it is made."""
        loader, module, name = map(entries.get, ("__loader__", "__module__", "__class__"))
        if not (isinstance(loader, str) and isinstance(module, str) and isinstance(name, str)):
            return
        if loader == "OperatorFuncNode" and name in ("attrgetter", "methodcaller", "call"):
            module = "operator"
        self.name(loader, f"{module}.{name}")
        if loader == "MethodNode":
            self._find(CONFIG_TARGET, f"skops calls a method of {module}.{name}")

    def plugins(self, _: str, entries: Entries) -> None:
        """Plugins that a trainer or ModelScope installs and imports."""
        companions = {"framework", "task", "allow_remote", "pipeline", "base_model", "datasets"}
        if companions.isdisjoint(entries.names()):
            return
        for text in _texts(entries.get("plugins")):
            if not _is_known(*text.rpartition(".")[::2]):
                self._find(CONFIG_CODE, f"plugins names {text}, which is installed or imported")

    def served(self, _: str, entries: Entries) -> None:
        """A TorchServe archive: its handler runs when the model is served."""
        handler = entries.get("handler")
        if isinstance(handler, str) and (
            handler.partition(":")[0].removesuffix(".py") not in keys.SERVE_HANDLERS
        ):
            self._find(CONFIG_CODE, f"the handler is run: {handler}")
        if _is_set(entries.get("modelFile")):
            self._find(
                CONFIG_CODE, f"the model's own code is run: {_shown(entries.get('modelFile'))}"
            )

    def called(self, _: str, entries: Entries) -> None:
        """A name with arguments, in the styles of latent diffusion, pyannote, Haystack, AutoGen."""
        for key in ("target", "name", "type", "provider", "class", "function", "module"):
            text = entries.get(key)
            if isinstance(text, str) and ("$" in text or DOTTED.fullmatch(text)):
                self.name(key, text)

    def chain(self, _: str, entries: Entries) -> None:
        """LangChain: a class by the parts of its name."""
        parts = list(_texts(entries.get("id")))
        if entries.get("type") == "constructor" and parts and not parts[0].startswith("langchain"):
            self.name("id", ".".join(parts))

    def tool(self, _: str, entries: Entries) -> None:
        """AutoGen: a function that is stored as its source."""
        if _is_set(entries.get("source_code")) and "name" in entries.names():
            self._find(CONFIG_CODE, "source_code is executed when the component is loaded")


CHECKS: Final = (
    (frozenset({"_class_name", "_blocks_class_name"}), ConfigJudge.components),
    (frozenset({"type", "types"}), ConfigJudge.modules),
    (frozenset({"flavors"}), ConfigJudge.mlflow),
    (frozenset({"entry_points"}), ConfigJudge.project),
    (frozenset({"zarr_format", "filters", "compressor", "codecs"}), ConfigJudge.zarr),
    (frozenset({"__kind__"}), ConfigJudge.serde),
    (frozenset({"__loader__"}), ConfigJudge.skops),
    (frozenset({"plugins"}), ConfigJudge.plugins),
    (frozenset({"serializedFile", "modelFile"}), ConfigJudge.served),
    (frozenset({"params", "init_parameters", "component_type", "init_args"}), ConfigJudge.called),
    (frozenset({"lc"}), ConfigJudge.chain),
    (frozenset({"source_code"}), ConfigJudge.tool),
)
"""Names, one of which an object has, and what is checked then."""
DANGEROUS_BUILTINS: Final = frozenset(
    {"eval", "exec", "compile", "__import__", "open", "getattr", "setattr", "input", "breakpoint"}
)


def _texts(value: object) -> Iterator[str]:
    """Yield a text, or the texts of a list or of an object."""
    for _, inner in values(value):
        if isinstance(inner, str):
            yield inner


def _words(value: object) -> object:
    """Return a value as far as facts are taken from it."""
    if isinstance(value, list):
        return [item for item in value if isinstance(item, str)]
    return value if isinstance(value, str) else None


def _is_set(value: object) -> bool:
    """Return whether a value is true for Python, as the text `false` is."""
    if isinstance(value, Entries):
        return bool(value.pairs)
    return value is PLAIN or bool(value)


def _shown(value: object) -> str:
    if isinstance(value, (Entries, list)):
        return ", ".join(list(_texts(value))[:5])
    return str(value)


def _is_known(module: str, name: str) -> bool:
    """Return whether a name is a class of a listed package, or a function that only computes."""
    parts = [*module.split("."), name]
    if parts[0] not in keys.PACKAGES:
        return False
    if any(part.startswith("_") and part[1:2].islower() and part == name for part in parts):
        return False
    return bool(NEW.fullmatch(name)) or module in keys.FUNCTION_MODULES or parts[0] == "mlflow"


def _is_dangerous(scan: "Scan", text: str) -> bool:
    module, _, name = text.replace(":", ".").rpartition(".")
    return scan.rules.judge(module, name) is Severity.MALICIOUS
