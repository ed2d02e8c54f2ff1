"""Rules for configurations, templates and source text."""

from typing import Final

from modelguard_scanner.catalogue.rule import Rule
from modelguard_scanner.report import Severity

CONFIG_CODE: Final = Rule(
    "config-code",
    Severity.SUSPICIOUS,
    "the configuration makes loaders import code",
    "Read that code, or use a model that its library supports without it.",
    '`"auto_map": {"AutoModel": "modeling.Net"}`',
)
CONFIG_TARGET_DANGEROUS: Final = Rule(
    "config-target-dangerous",
    Severity.MALICIOUS,
    "the configuration makes a loader call what can run code or reach outside",
    "Do not instantiate the configuration.",
    "`_target_: os.system`",
)
CONFIG_TARGET: Final = Rule(
    "config-target",
    Severity.SUSPICIOUS,
    "the configuration makes a loader import what is on no list",
    "Read the named code, or name classes of well-known packages.",
    "`_target_: hydra.utils.get_method`",
)
CONFIG_TARGET_HIDDEN: Final = Rule(
    "config-target-hidden",
    Severity.SUSPICIOUS,
    "the configuration hides what it makes a loader call",
    "Write the target as a plain name.",
    "`_target_: *anchor`",
)
CONFIG_EVALUATED: Final = Rule(
    "config-evaluated",
    Severity.SUSPICIOUS,
    "the configuration holds Python that its loader evaluates",
    "Write values instead of expressions.",
    "`$import os` in a bundle of MONAI",
)
CONFIG_FILTER: Final = Rule(
    "config-filter",
    Severity.MALICIOUS,
    "an array is decoded by unpickling it",
    "Store the array with another filter, such as vlen-utf8.",
    '`"filters": [{"id": "pickle"}]` in `.zarray`',
)
CONFIG_PATH: Final = Rule(
    "config-path",
    Severity.SUSPICIOUS,
    "a path in the configuration leads out of the model's folder",
    "Use names of files next to the configuration.",
    "a chat template named `../../x`",
)
CONFIG_UNREAD: Final = Rule(
    "config-unread",
    Severity.INCONCLUSIVE,
    "a text names what loaders act on, and could not be read as a configuration",
    "Write the configuration as plain JSON or YAML.",
    "`_target_: a.B` in what is not YAML",
)
CODE_FILE: Final = Rule(
    "code-file",
    Severity.SUSPICIOUS,
    "a source file that the model's loader would run",
    "Publish code as an artifact of type code, or use a model that needs none of its own.",
    "`handler.py` next to the weights",
)
YAML_TAG_DANGEROUS: Final = Rule(
    "yaml-tag-dangerous",
    Severity.MALICIOUS,
    "a YAML tag makes loaders call what can run code or reach outside",
    "Do not load the file.",
    "`!!python/object/apply:os.system [x]`",
)
JSON_DUPLICATE: Final = Rule(
    "json-duplicate",
    Severity.SUSPICIOUS,
    "a key that loaders act on occurs twice",
    "Remove one of the two.",
    '`{"auto_map": null, "auto_map": {}}`',
)
JSON_NESTING: Final = Rule(
    "json-nesting",
    Severity.INCONCLUSIVE,
    "values inside values, too deep to follow",
    "Flatten the document.",
    "10,000 brackets",
)
YAML_TAG: Final = Rule(
    "yaml-tag",
    Severity.SUSPICIOUS,
    "a YAML tag is not of the safe schema",
    "Remove the tag, and load YAML with a safe loader.",
    "`!!python/tuple [1, 2]`",
)
TEMPLATE_INJECTION: Final = Rule(
    "template-injection",
    Severity.MALICIOUS,
    "a template reaches for Python's internals",
    "Do not render the template.",
    "`{{ ''.__class__.__mro__ }}`",
)
TEMPLATE_ODD: Final = Rule(
    "template-odd",
    Severity.SUSPICIOUS,
    "a template does what chat templates do not need",
    "Render the template in a sandboxed environment only.",
    "`{{ messages|attr(name) }}`",
)
TEMPLATE_TEXT: Final = Rule(
    "template-text",
    Severity.SUSPICIOUS,
    "as a template, the text would reach for Python's internals",
    "Do not render the text as a template.",
    "`{{ x.__globals__ }}` in a README",
)
TEMPLATE_SIZE: Final = Rule(
    "template-size",
    Severity.INCONCLUSIVE,
    "a template is too long to be read to its end",
    "Shorten the template.",
    "a template over 1 MiB",
)
TEMPLATE_UNREAD: Final = Rule(
    "template-unread",
    Severity.INCONCLUSIVE,
    "a template could not be read to its end",
    "Write the template in Jinja, and render it once to see that it is valid.",
    "`{{ .Prompt }}` as a chat template",
)

RULES: Final = (
    CONFIG_CODE, CONFIG_TARGET_DANGEROUS, CONFIG_TARGET, CONFIG_TARGET_HIDDEN, CONFIG_EVALUATED,
    CONFIG_FILTER, CONFIG_PATH, CONFIG_UNREAD, CODE_FILE, YAML_TAG_DANGEROUS, JSON_DUPLICATE,
    JSON_NESTING, YAML_TAG, TEMPLATE_INJECTION, TEMPLATE_ODD, TEMPLATE_TEXT,
    TEMPLATE_SIZE, TEMPLATE_UNREAD,
)  # fmt: skip
