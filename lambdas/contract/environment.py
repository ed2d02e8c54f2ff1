"""The environment variables of the functions; the defaults serve the seed's mock events."""

from typing import Final

ENV_BUCKET: Final = "S3_BUCKET"
ENV_TABLE: Final = "DYNAMODB_TABLE"
ENV_REGION: Final = "AWS_REGION"
ENV_CORS_ORIGINS: Final = "CORS_ORIGINS"
"""Web origins that may call the API, separated by commas; unset when no web page may."""
ENV_STAGE: Final = "STAGE"
"""Tells the metrics of stages in one account apart."""
ENV_AUTH: Final = "AUTH"
"""`token` when requests carry bearer tokens, whose grants bound what they may do."""
ENV_AUDIT_DAYS: Final = "AUDIT_DAYS"
DEFAULT_AUDIT_DAYS: Final = 365
ENV_DEFAULTS: Final = {
    ENV_BUCKET: "modelguard-artifacts",
    ENV_TABLE: "ModelGuard-Models",
    ENV_REGION: "us-east-1",
}

ENV_GUARD_POLICY: Final = "GUARD_POLICY"
"""`standard` or `strict`; standard when it is not set."""
ENV_GUARD_UNKNOWN: Final = "GUARD_UNKNOWN"
"""`serve` or `hold`: what becomes of versions that no reader claims; serve when it is not set."""
ENV_GUARD_FORMATS: Final = "GUARD_FORMATS"
"""Formats that a model may have, separated by commas; all when it is not set."""
GUARD_FORMATS: Final = (
    "7z",
    "arrow",
    "avro",
    "bz2",
    "catboost",
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
    "orc",
    "parquet",
    "pickle",
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
"""What the scanner calls the formats of models and data; a test compares."""
ENV_GUARD_CLASSES: Final = "GUARD_CLASSES"
"""Classes that a pickle may name besides the known ones, separated by commas."""
METRICS_NAMESPACE: Final = "ModelGuard"
