"""The one table of what is deployed and what it may do: read by infra, handlers, tests and docs.

Standard library only, so that a CDK synth, a Lambda and a test can all import it at no cost.
"""

from dataclasses import dataclass
from typing import Final

ARTIFACT_TYPES: Final = ("model", "code", "dataset")

# Limits. Sizes are in bytes, times in seconds.
INLINE_LIMIT_BYTES: Final = 4_500_000
"""Most bytes of a small upload (decoded) and of a download that is answered inline."""
LAMBDA_EVENT_LIMIT_BYTES: Final = 6_291_456
LAMBDA_RESPONSE_LIMIT_BYTES: Final = 6_291_556
MAX_FILES_PER_VERSION: Final = 1_000
MAX_PATH_BYTES: Final = 255
"""Longest file path in UTF-8: 1,000 of them, packed, still fit one 400 KB DynamoDB item."""
MAX_LICENSE_CHARS: Final = 200
MAX_MESSAGE_CHARS: Final = 2_000
GET_URL_SECONDS: Final = 15 * 60
PUT_URL_SECONDS: Final = 60 * 60
INTENT_SECONDS: Final = 60 * 60
"""How long a small upload may take between its first and its last AWS call."""

# Lambda environment. The defaults serve the seed's mock events.
ENV_BUCKET: Final = "S3_BUCKET"
ENV_TABLE: Final = "DYNAMODB_TABLE"
ENV_REGION: Final = "AWS_REGION"
ENV_DEFAULTS: Final = {
    ENV_BUCKET: "modelguard-artifacts",
    ENV_TABLE: "ModelGuard-Models",
    ENV_REGION: "us-east-1",
}

# The table's key schema. The partition key is the seed's `name`.
TABLE_PARTITION_KEY: Final = "name"
TABLE_SORT_KEY: Final = "item"
TABLE_TTL_ATTRIBUTE: Final = "expires_at"
LISTING_INDEX: Final = "listing"
LISTING_KEY: Final = "listing"
LISTING_ATTRIBUTES: Final = ("created_at", "license")
"""Projected besides the keys: they change rarely, so an upload does not write to the index."""
SWEEP_INDEX: Final = "sweep"
SWEEP_KEY: Final = "sweep"
SWEEP_SORT_KEY: Final = "sweep_at"


@dataclass(frozen=True, slots=True)
class Route:
    """One method and path of the API; `public` routes need no credentials."""

    method: str
    path: str
    public: bool = False


@dataclass(frozen=True, slots=True)
class Function:
    """One Lambda function: its module, its routes and exactly the AWS actions it may take.

    `table_actions` are granted on the table, `index_actions` on the named index alone, and
    `object_actions` on the objects below the artifact types' key prefixes.
    """

    name: str
    module: str
    routes: tuple[Route, ...]
    memory_mib: int
    timeout_s: int = 29
    table_actions: tuple[str, ...] = ()
    index_actions: tuple[tuple[str, str], ...] = ()
    object_actions: tuple[str, ...] = ()

    @property
    def handler(self) -> str:
        """The Lambda handler setting, for example `lambdas.docs.handler.lambda_handler`."""
        return f"{self.module}.handler.lambda_handler"


FUNCTIONS: Final = (
    Function(
        name="UploadArtifact",
        module="lambdas.upload_artifact",
        routes=(Route("POST", "/artifact/{artifact_type}"),),
        memory_mib=1024,
        table_actions=("dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem"),
        object_actions=("s3:PutObject",),
    ),
    Function(
        name="GetArtifact",
        module="lambdas.get_artifact",
        routes=(
            Route("GET", "/artifacts/{artifact_type}/{id}"),
            Route("HEAD", "/artifacts/{artifact_type}/{id}"),
        ),
        memory_mib=1024,
        table_actions=("dynamodb:GetItem",),
        object_actions=("s3:GetObject", "s3:GetObjectVersion"),
    ),
    Function(
        name="Docs",
        module="lambdas.docs",
        routes=(
            Route("GET", "/health", public=True),
            Route("GET", "/openapi.json"),
            Route("GET", "/docs"),
        ),
        memory_mib=512,
        timeout_s=5,
    ),
)
