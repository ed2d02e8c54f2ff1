"""Rules for the formats of tensors and layers."""

from typing import Final

from modelguard_scanner.catalogue.rule import Rule
from modelguard_scanner.report import Severity

_AGAIN: Final = "Save the file again with its library."

SAFETENSORS_BROKEN: Final = Rule(
    "safetensors-broken",
    Severity.INCONCLUSIVE,
    "the header is not one that safetensors writes",
    _AGAIN,
    "a header that is not JSON",
)
SAFETENSORS_LAYOUT: Final = Rule(
    "safetensors-layout",
    Severity.SUSPICIOUS,
    "the tensors do not cover the file exactly once",
    _AGAIN,
    "two tensors that share bytes",
)
GGUF_BROKEN: Final = Rule(
    "gguf-broken",
    Severity.INCONCLUSIVE,
    "the metadata are broken or not understood",
    _AGAIN,
    "a GGUF file that is cut off",
)
NPY_BROKEN: Final = Rule(
    "npy-broken",
    Severity.INCONCLUSIVE,
    "the array is not one that NumPy writes",
    _AGAIN,
    "an array that is cut off",
)
NPY_TRAILING: Final = Rule(
    "npy-trailing",
    Severity.SUSPICIOUS,
    "bytes follow the array",
    _AGAIN,
    "text after the elements",
)
NPY_TYPE: Final = Rule(
    "npy-type",
    Severity.INCONCLUSIVE,
    "elements of a type that is not understood",
    "Save arrays of plain numbers or strings.",
    "`('V8', 3)`",
)
KERAS_CODE: Final = Rule(
    "keras-code",
    Severity.MALICIOUS,
    "a layer carries code",
    "Save the model without layers that carry code.",
    "`TorchModuleWrapper`",
)
KERAS_LAMBDA_DANGEROUS: Final = Rule(
    "keras-lambda-dangerous",
    Severity.MALICIOUS,
    "a Lambda layer carries code that names what runs commands",
    "Do not load the model.",
    "a Lambda layer that calls `os.system`",
)
KERAS_LAMBDA: Final = Rule(
    "keras-lambda",
    Severity.SUSPICIOUS,
    "a Lambda layer carries code",
    "Replace the Lambda layer by a registered layer.",
    "a Lambda layer with byte code",
)
KERAS_LAMBDA_NAMED: Final = Rule(
    "keras-lambda-named",
    Severity.SUSPICIOUS,
    "a Lambda layer calls a function by its name",
    "Replace the Lambda layer by a registered layer.",
    "a Lambda layer of `my_function`",
)
KERAS_FOREIGN: Final = Rule(
    "keras-foreign",
    Severity.SUSPICIOUS,
    "a layer calls a function that another framework saved",
    "Save the model in the framework that made it.",
    "`TFSMLayer`",
)
KERAS_FILE: Final = Rule(
    "keras-file",
    Severity.SUSPICIOUS,
    "a layer reads a file",
    "Save the vocabulary inside the model.",
    "`StringLookup` with the vocabulary `/etc/passwd`",
)
KERAS_CALL: Final = Rule(
    "keras-call",
    Severity.MALICIOUS,
    "the configuration calls what can run code or reach outside",
    "Do not load the model.",
    "`keras.utils.get_file`",
)
KERAS_MODULE: Final = Rule(
    "keras-module",
    Severity.SUSPICIOUS,
    "the configuration imports from outside Keras",
    "Load the model with its own package, after reading that package.",
    "a layer of `mypackage.layers`",
)
KERAS_CONFIG: Final = Rule(
    "keras-config",
    Severity.INCONCLUSIVE,
    "the configuration is not JSON",
    _AGAIN,
    "metadata that break off",
)
HDF5_CONFIG: Final = Rule(
    "hdf5-config",
    Severity.INCONCLUSIVE,
    "a Keras configuration that could not be read",
    "Save the model in the .keras format.",
    "`model_config` that breaks off",
)
RULES: Final = (
    SAFETENSORS_BROKEN, SAFETENSORS_LAYOUT, GGUF_BROKEN, NPY_BROKEN, NPY_TRAILING, NPY_TYPE,
    KERAS_CODE, KERAS_LAMBDA, KERAS_LAMBDA_DANGEROUS, KERAS_LAMBDA_NAMED, KERAS_FOREIGN,
    KERAS_FILE, KERAS_CALL, KERAS_MODULE, KERAS_CONFIG, HDF5_CONFIG,
)  # fmt: skip
