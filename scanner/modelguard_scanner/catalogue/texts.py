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
    "the configuration makes Hydra call what can run code or reach outside",
    "Do not instantiate the configuration.",
    "`_target_: os.system`",
)
CONFIG_TARGET: Final = Rule(
    "config-target",
    Severity.SUSPICIOUS,
    "the configuration makes Hydra call an unusual function",
    "Name classes of your own package as targets.",
    "`_target_: hydra.utils.get_method`",
)
CONFIG_TARGET_HIDDEN: Final = Rule(
    "config-target-hidden",
    Severity.SUSPICIOUS,
    "the configuration hides what it makes Hydra call",
    "Write the target as a plain name.",
    "`_target_: *anchor`",
)
JSON_DUPLICATE: Final = Rule(
    "json-duplicate",
    Severity.SUSPICIOUS,
    "a key occurs twice, and programs disagree on which one counts",
    "Remove one of the two.",
    '`{"a": 1, "a": 2}`',
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
    "a YAML tag makes unsafe loaders call Python",
    "Remove the tag, and load YAML with a safe loader.",
    "`!!python/object/apply:os.system`",
)
YAML_HIDDEN: Final = Rule(
    "yaml-hidden",
    Severity.SUSPICIOUS,
    "a key spells plain characters as escapes",
    "Write the key in plain characters.",
    '`"\\x5ftarget_": os.system`',
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
TORCHSCRIPT_FILE: Final = Rule(
    "torchscript-file",
    Severity.SUSPICIOUS,
    "TorchScript code touches files",
    "Export the model without reading or writing files.",
    "`torch.from_file(`",
)

RULES: Final = (
    CONFIG_CODE, CONFIG_TARGET_DANGEROUS, CONFIG_TARGET, CONFIG_TARGET_HIDDEN, JSON_DUPLICATE,
    JSON_NESTING, YAML_TAG, YAML_HIDDEN, TEMPLATE_INJECTION, TEMPLATE_ODD, TEMPLATE_TEXT,
    TEMPLATE_SIZE, TORCHSCRIPT_FILE,
)  # fmt: skip
