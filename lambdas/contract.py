"""The one table of what is deployed and what it may do: read by infra, handlers, tests and docs.

Standard library only, so that a CDK synth, a Lambda and a test can all import it at no cost.
"""

from dataclasses import dataclass
from typing import Final, Literal

ARTIFACT_TYPES: Final = ("model", "code", "dataset")

# Limits. Sizes are in bytes, times in seconds.
INLINE_LIMIT_BYTES: Final = 4_500_000
"""Most bytes of a small upload (decoded) and of a download that is answered inline."""
LAMBDA_EVENT_LIMIT_BYTES: Final = 6_291_456
LAMBDA_RESPONSE_LIMIT_BYTES: Final = 6_291_556
MAX_FILES_PER_VERSION: Final = 1_000
MAX_PATH_BYTES: Final = 255
"""Longest file path in UTF-8: 1,000 of them, packed, still fit one 400 KB DynamoDB item."""
MAX_FILE_BYTES: Final = 5 * 1024**4
SINGLE_PUT_LIMIT_BYTES: Final = 64 * 1024**2
"""Largest file that one presigned PUT sends; a larger one goes up in parts."""
MIN_PART_BYTES: Final = 16 * 1024**2
MAX_PARTS_PER_FILE: Final = 10_000
MAX_URLS_PER_ANSWER: Final = 1_500
"""With a session token in each, so many still fit a Lambda response."""
MAX_FILES_COMPARED: Final = 100_000
"""How many stored files a new session is compared with, the newest first: what it costs to begin
one does not grow with a model's history for ever."""
MAX_LICENSE_CHARS: Final = 200
MAX_MESSAGE_CHARS: Final = 2_000
MAX_DESCRIPTION_CHARS: Final = 4_000
MAX_TAGS: Final = 50
MAX_TAG_KEY_CHARS: Final = 64
MAX_TAG_CHARS: Final = 256
MAX_ALIASES: Final = 100
"""Most aliases per artifact type; with the tags they stay far below an item's 400 KB."""
MAX_PAGE: Final = 100
DEFAULT_PAGE: Final = 50
MAX_IDEMPOTENCY_KEY_CHARS: Final = 255
ANSWER_SECONDS: Final = 24 * 60 * 60
"""How long the answer to an Idempotency-Key is kept."""
HOLD_SECONDS: Final = 30
"""How long a write may hold its Idempotency-Key: a second more than any function runs."""
CLEANUP_SECONDS: Final = 15
"""How long a delete removes objects itself before it leaves the rest to the sweep."""
GET_URL_SECONDS: Final = 15 * 60
PUT_URL_SECONDS: Final = 60 * 60
SMALL_INSPECTION_SECONDS: Final = 15
"""How long the files of a small upload may be inspected, in the request."""
INSPECTION_SECONDS: Final = 600
"""How long the files of any other version may be inspected."""
INSPECTION_GRACE_SECONDS: Final = 60 * 60
"""When the clean-up asks again for an inspection that did not come."""
INTENT_SECONDS: Final = 60 * 60
"""How long a small upload may take between its first and its last AWS call."""
SESSION_SECONDS: Final = 24 * 60 * 60
SESSION_MARGIN_SECONDS: Final = 2 * PUT_URL_SECONDS
"""The clean-up waits so long after a session's end: its last URL lives an hour, and a transfer that
began in that hour may take another."""
SESSION_TTL_SECONDS: Final = 7 * 24 * 60 * 60
"""DynamoDB forgets a session by itself then, should the clean-up have been off all the time."""
MAX_GRANTS: Final = 10
"""Most grants of a token: a page of models takes at most one query for each."""
MAX_TOKEN_DAYS: Final = 366
DEFAULT_TOKEN_DAYS: Final = 90
MAX_TOKEN_DESCRIPTION_CHARS: Final = 200
TOKEN_CACHE_SECONDS: Final = 30
"""How long the gateway may go on accepting a token that was revoked or has expired."""
TOKEN_PATTERN: Final = "mgt_[0-9a-f]{16}_[A-Za-z0-9_-]{43}"  # noqa: S105 - how one is written
"""A token: its public id, and 256 random bits in base64url."""

# Lambda environment. The defaults serve the seed's mock events.
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
    "tensorflow-graph",
    "tensorflow-savedmodel",
    "tflite",
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

# The table's key schema. The partition key is the seed's `name`.
TABLE_PARTITION_KEY: Final = "name"
TABLE_SORT_KEY: Final = "item"
TABLE_TTL_ATTRIBUTE: Final = "expires_at"
AUDIT_PREFIX: Final = "audit#"
"""Begins the partitions of the audit trail; no model's name has a '#'."""
TOKENS_PREFIX: Final = "tokens#"
"""Begins the partition of the tokens."""
LISTING_INDEX: Final = "listing"
LISTING_KEY: Final = "listing"
LISTING_ATTRIBUTES: Final = ("created_at", "license")
"""Projected besides the keys: they change rarely, so an upload does not write to the index."""
SWEEP_INDEX: Final = "sweep"
SWEEP_KEY: Final = "sweep"
SWEEP_SORT_KEY: Final = "sweep_at"
DUE_ATTRIBUTE: Final = "due"
"""A version has it while it waits for an inspection; the stream is filtered by it."""
REQUEST_ID_ATTRIBUTE: Final = "request_id"
"""The request that a version waits for an inspection since; the inspector logs under its id."""


Need = Literal["nothing", "token", "read", "write", "admin", "signature"]
"""What a route asks of its caller.

`nothing`: no credentials. `read`, `write` or `admin`: that scope on the name it is about, each
including the one before. `token`: any valid credentials. `signature`: an AWS signature, whatever
the rest of the API takes.
"""


@dataclass(frozen=True, slots=True)
class Route:
    """One method and path of the API, and what a caller needs for it."""

    method: str
    path: str
    need: Need

    @property
    def public(self) -> bool:
        """Whether no credentials are needed."""
        return self.need == "nothing"

    @property
    def rule(self) -> str:
        """The path in the router's notation, for example `/models/<id>`."""
        return self.path.replace("{", "<").replace("}", ">")


@dataclass(frozen=True, slots=True)
class Function:
    """One Lambda function: its module, its routes and exactly the AWS actions it may take.

    `table_actions` are granted on the table, `partition_actions` on its partitions that begin so,
    `index_actions` on the named index alone, and `object_actions` on the objects below the artifact
    types' key prefixes, and `bucket_actions` on the bucket itself. A function with
    `follows_attribute` is driven by the table's stream, by items that have this attribute and while
    they have it; one with `every_hours` runs on that schedule; and the one that `authorizes` is
    asked by the gateway who calls, where the API takes tokens.
    """

    name: str
    module: str
    routes: tuple[Route, ...]
    memory_mib: int
    timeout_s: int = 29
    table_actions: tuple[str, ...] = ()
    partition_actions: tuple[tuple[str, str], ...] = ()
    index_actions: tuple[tuple[str, str], ...] = ()
    object_actions: tuple[str, ...] = ()
    bucket_actions: tuple[str, ...] = ()
    follows_attribute: str | None = None
    every_hours: int | None = None
    authorizes: bool = False

    @property
    def handler(self) -> str:
        """The Lambda handler setting, for example `lambdas.docs.handler.lambda_handler`."""
        return f"{self.module}.handler.lambda_handler"


UPLOAD_ARTIFACT: Final = Route("POST", "/artifact/{artifact_type}", "write")
BEGIN_UPLOAD: Final = Route("POST", "/artifact/{artifact_type}/uploads", "write")
RESUME_UPLOAD: Final = Route("GET", "/artifact/{artifact_type}/uploads/{upload_id}", "write")
ABORT_UPLOAD: Final = Route("DELETE", "/artifact/{artifact_type}/uploads/{upload_id}", "write")
COMPLETE_UPLOAD: Final = Route(
    "POST", "/artifact/{artifact_type}/uploads/{upload_id}/complete", "write"
)
GET_ARTIFACT: Final = Route("GET", "/artifacts/{artifact_type}/{id}", "read")
HEAD_ARTIFACT: Final = Route("HEAD", "/artifacts/{artifact_type}/{id}", "read")
GET_ARTIFACT_WITHOUT_ID: Final = Route("GET", "/artifacts/{artifact_type}", "token")
LIST_MODELS: Final = Route("GET", "/models", "read")
GET_MODEL: Final = Route("GET", "/models/{id}", "read")
PATCH_MODEL: Final = Route("PATCH", "/models/{id}", "write")
DELETE_MODEL: Final = Route("DELETE", "/models/{id}", "admin")
LIST_VERSIONS: Final = Route("GET", "/artifacts/{artifact_type}/{id}/versions", "read")
DELETE_VERSION: Final = Route("DELETE", "/artifacts/{artifact_type}/{id}", "admin")
RESCAN: Final = Route("POST", "/artifacts/{artifact_type}/{id}/rescan", "write")
PUT_ALIAS: Final = Route("PUT", "/artifacts/{artifact_type}/{id}/aliases/{alias}", "write")
DELETE_ALIAS: Final = Route("DELETE", "/artifacts/{artifact_type}/{id}/aliases/{alias}", "write")
HEALTH: Final = Route("GET", "/health", "nothing")
MODEL_AUDIT: Final = Route("GET", "/models/{id}/audit", "admin")
AUDIT: Final = Route("GET", "/audit", "admin")
CREATE_TOKEN: Final = Route("POST", "/tokens", "signature")
LIST_TOKENS: Final = Route("GET", "/tokens", "signature")
REVOKE_TOKEN: Final = Route("DELETE", "/tokens/{token_id}", "signature")
OPENAPI: Final = Route("GET", "/openapi.json", "token")
DOCS: Final = Route("GET", "/docs", "token")

FUNCTIONS: Final = (
    Function(
        name="UploadArtifact",
        module="lambdas.upload_artifact",
        routes=(UPLOAD_ARTIFACT,),
        memory_mib=1024,
        table_actions=(
            "dynamodb:DeleteItem",
            "dynamodb:GetItem",
            "dynamodb:PutItem",
            "dynamodb:UpdateItem",
        ),
        # Reading tells whether an upload whose answer was lost is the one that was meant.
        object_actions=("s3:GetObject", "s3:PutObject"),
    ),
    Function(
        name="GetArtifact",
        module="lambdas.get_artifact",
        routes=(GET_ARTIFACT, HEAD_ARTIFACT, GET_ARTIFACT_WITHOUT_ID),
        memory_mib=1024,
        table_actions=("dynamodb:BatchGetItem", "dynamodb:GetItem"),
        partition_actions=((AUDIT_PREFIX, "dynamodb:PutItem"),),
        object_actions=("s3:GetObjectVersion",),
    ),
    Function(
        name="Uploads",
        module="lambdas.uploads",
        routes=(BEGIN_UPLOAD, RESUME_UPLOAD, ABORT_UPLOAD, COMPLETE_UPLOAD),
        memory_mib=1024,
        table_actions=(
            "dynamodb:DeleteItem",
            "dynamodb:GetItem",
            "dynamodb:PutItem",
            "dynamodb:Query",
            "dynamodb:UpdateItem",
        ),
        object_actions=(
            "s3:AbortMultipartUpload",
            "s3:DeleteObjectVersion",
            "s3:GetObject",
            "s3:ListMultipartUploadParts",
            "s3:PutObject",
        ),
        # Without ListBucket, S3 answers 403 for an object that has not arrived.
        bucket_actions=(
            "s3:ListBucket",
            "s3:ListBucketMultipartUploads",
            "s3:ListBucketVersions",
        ),
    ),
    Function(
        name="Sweep",
        module="lambdas.sweep",
        routes=(),
        memory_mib=512,
        timeout_s=900,
        table_actions=(
            "dynamodb:BatchWriteItem",
            "dynamodb:DeleteItem",
            "dynamodb:GetItem",
            "dynamodb:Query",
            "dynamodb:UpdateItem",
        ),
        index_actions=((LISTING_INDEX, "dynamodb:Query"), (SWEEP_INDEX, "dynamodb:Query")),
        object_actions=("s3:AbortMultipartUpload", "s3:DeleteObjectVersion"),
        bucket_actions=("s3:ListBucketMultipartUploads", "s3:ListBucketVersions"),
        every_hours=1,
    ),
    Function(
        name="Inspector",
        module="lambdas.inspect_artifact",
        routes=(),
        memory_mib=2048,
        timeout_s=INSPECTION_SECONDS + 120,
        table_actions=("dynamodb:GetItem", "dynamodb:UpdateItem"),
        object_actions=("s3:GetObjectVersion",),
        follows_attribute=DUE_ATTRIBUTE,
    ),
    Function(
        name="Models",
        module="lambdas.models",
        routes=(LIST_MODELS, GET_MODEL, PATCH_MODEL, DELETE_MODEL),
        memory_mib=1024,
        table_actions=(
            "dynamodb:BatchWriteItem",
            "dynamodb:DeleteItem",
            "dynamodb:GetItem",
            "dynamodb:PutItem",
            "dynamodb:Query",
            "dynamodb:UpdateItem",
        ),
        index_actions=((LISTING_INDEX, "dynamodb:Query"),),
        object_actions=("s3:DeleteObjectVersion",),
    ),
    Function(
        name="Versions",
        module="lambdas.versions",
        routes=(LIST_VERSIONS, DELETE_VERSION, PUT_ALIAS, DELETE_ALIAS, RESCAN),
        memory_mib=1024,
        table_actions=(
            "dynamodb:BatchGetItem",
            "dynamodb:DeleteItem",
            "dynamodb:GetItem",
            "dynamodb:PutItem",
            "dynamodb:Query",
            "dynamodb:UpdateItem",
        ),
        object_actions=("s3:DeleteObjectVersion",),
    ),
    Function(
        name="Audit",
        module="lambdas.audit",
        routes=(MODEL_AUDIT, AUDIT),
        memory_mib=512,
        partition_actions=(
            (AUDIT_PREFIX, "dynamodb:PutItem"),
            (AUDIT_PREFIX, "dynamodb:Query"),
        ),
    ),
    Function(
        name="Tokens",
        module="lambdas.tokens",
        routes=(CREATE_TOKEN, LIST_TOKENS, REVOKE_TOKEN),
        memory_mib=512,
        partition_actions=(
            (AUDIT_PREFIX, "dynamodb:PutItem"),
            (TOKENS_PREFIX, "dynamodb:DeleteItem"),
            (TOKENS_PREFIX, "dynamodb:PutItem"),
            (TOKENS_PREFIX, "dynamodb:Query"),
        ),
    ),
    Function(
        name="Authorizer",
        module="lambdas.authorizer",
        routes=(),
        memory_mib=512,
        timeout_s=10,
        partition_actions=((TOKENS_PREFIX, "dynamodb:GetItem"),),
        authorizes=True,
    ),
    Function(
        name="Docs",
        module="lambdas.docs",
        routes=(HEALTH, OPENAPI, DOCS),
        memory_mib=512,
        timeout_s=5,
    ),
)
