"""Every Lambda function: its module, its routes, and the exact AWS actions it is granted."""

from dataclasses import dataclass
from typing import Final

from lambdas.contract.limits import INSPECTION_SECONDS
from lambdas.contract.routes import (
    ABORT_UPLOAD,
    AUDIT,
    BEGIN_UPLOAD,
    COMPLETE_UPLOAD,
    CREATE_TOKEN,
    DELETE_ALIAS,
    DELETE_MODEL,
    DELETE_VERSION,
    DOCS,
    GET_ARTIFACT,
    GET_ARTIFACT_WITHOUT_ID,
    GET_MODEL,
    HEAD_ARTIFACT,
    HEALTH,
    LIST_MODELS,
    LIST_TOKENS,
    LIST_VERSIONS,
    MODEL_AUDIT,
    OPENAPI,
    PATCH_MODEL,
    PUT_ALIAS,
    RESCAN,
    RESUME_UPLOAD,
    REVOKE_TOKEN,
    UPLOAD_ARTIFACT,
    Route,
)
from lambdas.contract.table import (
    AUDIT_PREFIX,
    DUE_ATTRIBUTE,
    LISTING_INDEX,
    SWEEP_INDEX,
    TOKENS_PREFIX,
)


@dataclass(frozen=True, slots=True)
class Function:
    """One Lambda function: its module, its routes, and the exact AWS actions it is granted.

    `table_actions` apply to the whole table, `partition_actions` to partitions whose key starts
    with the given prefix, `index_actions` to the named index, `object_actions` to objects under the
    artifact types' key prefixes, and `bucket_actions` to the bucket itself. A function with
    `follows_attribute` is driven by the table's stream, through changes to items that have the
    attribute; one with `every_hours` runs on that schedule; the one that `authorizes` is the
    gateway's authorizer, where the API takes tokens.
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
        """Lambda's handler setting: the dotted path of the module's `lambda_handler`."""
        return f"{self.module}.handler.lambda_handler"


FUNCTIONS: Final = (
    Function(
        name="UploadArtifact",
        module="lambdas.functions.upload_artifact",
        routes=(UPLOAD_ARTIFACT,),
        memory_mib=1024,
        table_actions=(
            "dynamodb:DeleteItem",
            "dynamodb:GetItem",
            "dynamodb:PutItem",
            "dynamodb:UpdateItem",
        ),
        # Reading shows whether a key that is already taken holds this very upload.
        object_actions=("s3:GetObject", "s3:PutObject"),
    ),
    Function(
        name="GetArtifact",
        module="lambdas.functions.get_artifact",
        routes=(GET_ARTIFACT, HEAD_ARTIFACT, GET_ARTIFACT_WITHOUT_ID),
        memory_mib=1024,
        table_actions=("dynamodb:BatchGetItem", "dynamodb:GetItem"),
        partition_actions=((AUDIT_PREFIX, "dynamodb:PutItem"),),
        object_actions=("s3:GetObjectVersion",),
    ),
    Function(
        name="Uploads",
        module="lambdas.functions.uploads",
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
        # Without ListBucket, S3 answers 403 instead of 404 for an object that has not arrived.
        bucket_actions=(
            "s3:ListBucket",
            "s3:ListBucketMultipartUploads",
            "s3:ListBucketVersions",
        ),
    ),
    Function(
        name="Sweep",
        module="lambdas.functions.sweep",
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
        module="lambdas.functions.inspector",
        routes=(),
        memory_mib=2048,
        timeout_s=INSPECTION_SECONDS + 120,
        table_actions=("dynamodb:GetItem", "dynamodb:UpdateItem"),
        object_actions=("s3:GetObjectVersion",),
        follows_attribute=DUE_ATTRIBUTE,
    ),
    Function(
        name="Models",
        module="lambdas.functions.models",
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
        module="lambdas.functions.versions",
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
        module="lambdas.functions.audit",
        routes=(MODEL_AUDIT, AUDIT),
        memory_mib=512,
        partition_actions=(
            (AUDIT_PREFIX, "dynamodb:PutItem"),
            (AUDIT_PREFIX, "dynamodb:Query"),
        ),
    ),
    Function(
        name="Tokens",
        module="lambdas.functions.tokens",
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
        module="lambdas.functions.authorizer",
        routes=(),
        memory_mib=512,
        timeout_s=10,
        partition_actions=((TOKENS_PREFIX, "dynamodb:GetItem"),),
        authorizes=True,
    ),
    Function(
        name="Docs",
        module="lambdas.functions.docs",
        routes=(HEALTH, OPENAPI, DOCS),
        memory_mib=512,
        timeout_s=5,
    ),
)
