"""The bucket for bytes and the table for records."""

from typing import Final

from aws_cdk import Duration
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from constructs import Construct

from infra.config import Config
from lambdas.contract.table import (
    LISTING_ATTRIBUTES,
    LISTING_INDEX,
    LISTING_KEY,
    SWEEP_INDEX,
    SWEEP_KEY,
    SWEEP_SORT_KEY,
    TABLE_PARTITION_KEY,
    TABLE_SORT_KEY,
    TABLE_TTL_ATTRIBUTE,
)

UPLOAD_ABORT_DAYS: Final = 1


class Storage(Construct):
    """The artifacts' bucket and the records' table; both outlive the stack by default."""

    def __init__(self, scope: Construct, id_: str, *, config: Config) -> None:
        super().__init__(scope, id_)
        self.key = _given_key(self, config)
        # No rule expires noncurrent versions: records pin object versions, which may be in use.
        self.bucket = s3.Bucket(
            self,
            "Bucket",
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
            encryption=s3.BucketEncryption.KMS if self.key else s3.BucketEncryption.S3_MANAGED,
            encryption_key=self.key,
            bucket_key_enabled=True if self.key else None,
            server_access_logs_bucket=_given_log_bucket(self, config),
            server_access_logs_prefix=f"{config.stack_name}/" if config.access_log_bucket else None,
            enforce_ssl=True,
            minimum_tls_version=1.2,
            versioned=True,
            removal_policy=config.removal_policy,
            cors=_cors(config) or None,
            lifecycle_rules=[
                s3.LifecycleRule(
                    id="AbortUploads",
                    abort_incomplete_multipart_upload_after=Duration.days(UPLOAD_ABORT_DAYS),
                )
            ],
        )
        self.table = dynamodb.TableV2(
            self,
            "Table",
            partition_key=_text(TABLE_PARTITION_KEY),
            sort_key=_text(TABLE_SORT_KEY),
            time_to_live_attribute=TABLE_TTL_ATTRIBUTE,
            dynamo_stream=dynamodb.StreamViewType.NEW_IMAGE,
            billing=dynamodb.Billing.on_demand(),
            point_in_time_recovery_specification=dynamodb.PointInTimeRecoverySpecification(
                point_in_time_recovery_enabled=True
            ),
            deletion_protection=config.retain_data,
            removal_policy=config.removal_policy,
            global_secondary_indexes=[
                dynamodb.GlobalSecondaryIndexPropsV2(
                    index_name=LISTING_INDEX,
                    partition_key=_text(LISTING_KEY),
                    sort_key=_text(TABLE_PARTITION_KEY),
                    projection_type=dynamodb.ProjectionType.INCLUDE,
                    non_key_attributes=list(LISTING_ATTRIBUTES),
                ),
                dynamodb.GlobalSecondaryIndexPropsV2(
                    index_name=SWEEP_INDEX,
                    partition_key=_text(SWEEP_KEY),
                    sort_key=_number(SWEEP_SORT_KEY),
                    projection_type=dynamodb.ProjectionType.KEYS_ONLY,
                ),
            ],
        )

    def index_arn(self, name: str) -> str:
        """Return the ARN of one index, so that a grant need not cover all indexes."""
        return f"{self.table.table_arn}/index/{name}"


def _cors(config: Config) -> list[s3.CorsRule]:
    """Return the CORS rules that let pages which may call the API use its presigned URLs.

    Reads allow any origin, because a browser that follows a cross-origin redirect sends an opaque
    one; the URL itself is the credential.
    """
    if not config.cors_origins:
        return []
    methods = s3.HttpMethods
    return [
        s3.CorsRule(
            allowed_methods=[methods.PUT],
            allowed_origins=list(config.cors_origins),
            allowed_headers=["*"],
        ),
        s3.CorsRule(
            allowed_methods=[methods.GET, methods.HEAD],
            allowed_origins=["*"],
            allowed_headers=["*"],
            exposed_headers=["Content-Range", "ETag"],
        ),
    ]


def _given_key(scope: Construct, config: Config) -> kms.IKey | None:
    arn = config.bucket_kms_key_arn
    return kms.Key.from_key_arn(scope, "Key", arn) if arn else None


def _given_log_bucket(scope: Construct, config: Config) -> s3.IBucket | None:
    name = config.access_log_bucket
    return s3.Bucket.from_bucket_name(scope, "AccessLogs", name) if name else None


def _text(name: str) -> dynamodb.Attribute:
    return dynamodb.Attribute(name=name, type=dynamodb.AttributeType.STRING)


def _number(name: str) -> dynamodb.Attribute:
    return dynamodb.Attribute(name=name, type=dynamodb.AttributeType.NUMBER)
