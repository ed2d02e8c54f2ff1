"""Rules for pickles, alone or inside checkpoints."""

from typing import Final

from modelguard_scanner.catalogue.rule import Rule
from modelguard_scanner.report import Severity

_SAFETENSORS: Final = "Save the weights as safetensors."
_AGAIN: Final = "Write the file again with pickle, joblib or torch.save."

PICKLE_IMPORT_DANGEROUS: Final = Rule(
    "pickle-import-dangerous",
    Severity.MALICIOUS,
    "imports a name that can run code or reach outside",
    "Do not load the file; ask its author for the weights as safetensors.",
    "`cos\\nsystem\\n`",
)
PICKLE_IMPORT_UNKNOWN: Final = Rule(
    "pickle-import-unknown",
    Severity.SUSPICIOUS,
    "imports a name that is on no list",
    "Save the weights as safetensors, or allow the class in guard_classes.",
    "`cmymodel\\nNetwork\\n`",
)
PICKLE_IMPORT_HIDDEN: Final = Rule(
    "pickle-import-hidden",
    Severity.MALICIOUS,
    "an import whose name is computed while loading",
    "Do not load the file; no pickler writes this.",
    "STACK_GLOBAL on the result of a call",
)
PICKLE_BUILD_IMPORT: Final = Rule(
    "pickle-build-import",
    Severity.MALICIOUS,
    "sets attributes of an imported class or function",
    "Do not load the file; no pickler writes this.",
    "BUILD on `collections.OrderedDict` itself",
)
PICKLE_CALL_COMPUTED: Final = Rule(
    "pickle-call-computed",
    Severity.SUSPICIOUS,
    "calls something that is not a plain import",
    _SAFETENSORS,
    "REDUCE on the result of another call",
)
PICKLE_CALL_UNUSUAL: Final = Rule(
    "pickle-call-unusual",
    Severity.SUSPICIOUS,
    "calls an allowed name with arguments that its library does not write",
    _SAFETENSORS,
    "`collections.OrderedDict` called with the result of another call",
)
PICKLE_STATE_UNUSUAL: Final = Rule(
    "pickle-state-unusual",
    Severity.SUSPICIOUS,
    "sets a state that the library does not write",
    _SAFETENSORS,
    "BUILD on the result of `logging.getLogger()`",
)
PICKLE_ITEMS_UNUSUAL: Final = Rule(
    "pickle-items-unusual",
    Severity.SUSPICIOUS,
    "puts items into something that is not a container",
    _SAFETENSORS,
    "SETITEM on a `torch.device`",
)
PICKLE_CODE: Final = Rule(
    "pickle-code",
    Severity.SUSPICIOUS,
    "carries code that runs when the file is loaded",
    "Load it only if you trust its author; save the model without functions of its own.",
    "a function pickled by value with cloudpickle or dill",
)
PICKLE_NESTED: Final = Rule(
    "pickle-nested",
    Severity.SUSPICIOUS,
    "holds another pickle, as bytes or base64, that is not clean",
    "Do not unpickle those bytes; ask the author what they are for.",
    "a pickle of `os.system` inside the bytes of another",
)
PICKLE_ARRAY_HIDDEN: Final = Rule(
    "pickle-array-hidden",
    Severity.SUSPICIOUS,
    "makes a joblib array wrapper from a computed value",
    _AGAIN,
    "`NumpyArrayWrapper` called with the result of a call",
)
PICKLE_NESTED_HIDDEN: Final = Rule(
    "pickle-nested-hidden",
    Severity.SUSPICIOUS,
    "unpickles bytes that cannot be followed",
    _SAFETENSORS,
    "`torch.storage._load_from_bytes` passed to another function",
)
PICKLE_RAW_OPCODES: Final = Rule(
    "pickle-raw-opcodes",
    Severity.SUSPICIOUS,
    "a raw array is made of opcodes",
    _AGAIN,
    "a joblib array that pickle.load would execute",
)
PICKLE_TRAILING: Final = Rule(
    "pickle-trailing",
    Severity.SUSPICIOUS,
    "bytes follow the pickle",
    _AGAIN,
    "text after STOP",
)
PICKLE_FRAME: Final = Rule(
    "pickle-frame",
    Severity.MALICIOUS,
    "a frame that no pickler writes, after which readers see different opcodes",
    "Do not load the file; no pickler writes this.",
    "a frame inside a frame",
)
PICKLE_MEMO: Final = Rule(
    "pickle-memo",
    Severity.SUSPICIOUS,
    "a memo index that makes a loader reserve memory",
    _AGAIN,
    "LONG_BINPUT of 4,000,000,000",
)
PICKLE_EXTENSION: Final = Rule(
    "pickle-extension",
    Severity.SUSPICIOUS,
    "an import through the extension registry",
    _AGAIN,
    "EXT1",
)
PICKLE_BROKEN: Final = Rule(
    "pickle-broken",
    Severity.INCONCLUSIVE,
    "the pickle breaks off",
    "Copy the file again, or write it again.",
    "a pickle without STOP",
)
PICKLE_NESTING: Final = Rule(
    "pickle-nesting",
    Severity.INCONCLUSIVE,
    "arrays of objects inside arrays of objects, too deep to follow",
    "Save plain arrays.",
    "nine joblib object arrays inside each other",
)
JOBLIB_ARRAY: Final = Rule(
    "joblib-array",
    Severity.INCONCLUSIVE,
    "an array of a type or shape that is not understood",
    "Save arrays of plain numbers with numpy.save.",
    "a joblib array of `V8`",
)
TORCH_STORAGE: Final = Rule(
    "torch-storage",
    Severity.INCONCLUSIVE,
    "the storages of a legacy checkpoint are broken",
    "Save the checkpoint again with a current torch.save, or as safetensors.",
    "a storage that is cut off",
)

RULES: Final = (
    PICKLE_IMPORT_DANGEROUS, PICKLE_IMPORT_UNKNOWN, PICKLE_IMPORT_HIDDEN, PICKLE_BUILD_IMPORT,
    PICKLE_CALL_COMPUTED,
    PICKLE_CALL_UNUSUAL, PICKLE_STATE_UNUSUAL, PICKLE_ITEMS_UNUSUAL, PICKLE_CODE,
    PICKLE_NESTED, PICKLE_ARRAY_HIDDEN, PICKLE_NESTED_HIDDEN,
    PICKLE_RAW_OPCODES, PICKLE_TRAILING, PICKLE_FRAME, PICKLE_MEMO, PICKLE_EXTENSION,
    PICKLE_BROKEN, PICKLE_NESTING, JOBLIB_ARRAY, TORCH_STORAGE,
)  # fmt: skip
BY_ID: Final = {rule.id: rule for rule in RULES}
