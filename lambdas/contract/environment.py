"""The environment variables of the functions; the defaults suit the seed's mock events."""

from typing import Final

ENV_BUCKET: Final = "S3_BUCKET"
ENV_TABLE: Final = "DYNAMODB_TABLE"
ENV_REGION: Final = "AWS_REGION"
ENV_CORS_ORIGINS: Final = "CORS_ORIGINS"
"""Web origins that may call the API, separated by commas; unset if none may."""
ENV_STAGE: Final = "STAGE"
"""The stage, which distinguishes the metrics of several stages in one account."""
ENV_AUTH: Final = "AUTH"
"""`token` if requests carry bearer tokens, whose grants limit what they may do."""
ENV_AUDIT_DAYS: Final = "AUDIT_DAYS"
DEFAULT_AUDIT_DAYS: Final = 365
ENV_DEFAULTS: Final = {
    ENV_BUCKET: "modelguard-artifacts",
    ENV_TABLE: "ModelGuard-Models",
    ENV_REGION: "us-east-1",
}

ENV_GUARD_POLICY: Final = "GUARD_POLICY"
"""`standard` (the default) or `strict`."""
ENV_GUARD_UNKNOWN: Final = "GUARD_UNKNOWN"
"""What to do with versions that no reader claims: `serve` (the default) or `hold`."""
ENV_GUARD_FORMATS: Final = "GUARD_FORMATS"
"""Formats that a model may have, separated by commas; all if unset."""
GUARD_FORMATS: Final = (
    "7z",
    "arrow",
    "avro",
    "bz2",
    "catboost",
    "coreml",
    "fasttext",
    "feather",
    "ggml",
    "gguf",
    "gzip",
    "hdf5",
    "json",
    "keras",
    "lzma",
    "matlab",
    "msgpack",
    "notebook",
    "npy",
    "npz",
    "onnx",
    "openvino",
    "orc",
    "parquet",
    "pickle",
    "pmml",
    "pytorch",
    "pytorch-legacy",
    "safetensors",
    "sentencepiece",
    "sqlite",
    "tar",
    "tensorflow-fingerprint",
    "tensorflow-graph",
    "tensorflow-metagraph",
    "tensorflow-savedmodel",
    "tflite",
    "torch-export",
    "torchscript",
    "wheel",
    "xgboost-ubj",
    "xz",
    "zip",
    "zlib",
)
"""The scanner's names for the formats of models and data; a test keeps the two lists equal."""
ENV_GUARD_CLASSES: Final = "GUARD_CLASSES"
"""Classes that a pickle may refer to besides the known harmless ones, separated by commas."""
METRICS_NAMESPACE: Final = "ModelGuard"
