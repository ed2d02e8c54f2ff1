"""One Lambda function for each row of the contract, each with its own role."""

from typing import Final

from aws_cdk import Duration
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from infra import assets
from infra.bundle import Platform
from infra.config import Config
from infra.logs import log_group
from infra.storage import Storage
from lambdas.contract.environment import (
    ENV_AUDIT_DAYS,
    ENV_AUTH,
    ENV_BUCKET,
    ENV_CORS_ORIGINS,
    ENV_GUARD_CLASSES,
    ENV_GUARD_FORMATS,
    ENV_GUARD_POLICY,
    ENV_GUARD_UNKNOWN,
    ENV_STAGE,
    ENV_TABLE,
)
from lambdas.contract.functions import Function
from lambdas.contract.limits import ARTIFACT_TYPES

SERVICE: Final = "modelguard"
_SNAP_START: Final = lambda_.SnapStartConf.ON_PUBLISHED_VERSIONS


class Functions(Construct):
    """The contract's functions by name; `entries` are what the gateway and events invoke."""

    def __init__(self, scope: Construct, id_: str, *, config: Config, storage: Storage) -> None:
        super().__init__(scope, id_)
        platform = Platform.of(config)
        code = assets.sources(platform)
        layer = lambda_.LayerVersion(
            self,
            "Dependencies",
            code=assets.dependencies(platform),
            compatible_architectures=[lambda_.Architecture.ARM_64],
            compatible_runtimes=[lambda_.Runtime.PYTHON_3_13],
        )
        environment = _environment(config, storage)
        memory, reserved = dict(config.memory_mib), dict(config.reserved_concurrency)
        self.by_name: dict[str, lambda_.Function] = {}
        self.entries: dict[str, lambda_.IFunction] = {}
        for spec in config.functions:
            group = log_group(self, f"{spec.name}Logs", config=config)
            role = _role(self, f"{spec.name}Role", spec=spec, storage=storage)
            role.add_to_policy(
                iam.PolicyStatement(
                    actions=["logs:CreateLogStream", "logs:PutLogEvents"],
                    resources=[group.log_group_arn],
                )
            )
            self.by_name[spec.name] = lambda_.Function(
                self,
                spec.name,
                code=code,
                handler=spec.handler,
                layers=[layer],
                runtime=lambda_.Runtime.PYTHON_3_13,
                architecture=lambda_.Architecture.ARM_64,
                memory_size=memory.get(spec.name, spec.memory_mib),
                timeout=Duration.seconds(spec.timeout_s),
                environment=environment,
                role=role,
                log_group=group,
                tracing=lambda_.Tracing.ACTIVE,
                reserved_concurrent_executions=reserved.get(spec.name),
                snap_start=_SNAP_START if config.snap_start else None,
            )
            self.entries[spec.name] = self._entry(spec, config)

    def _entry(self, spec: Function, config: Config) -> lambda_.IFunction:
        """Return what is invoked: the function or, with SnapStart, the alias of its version."""
        function = self.by_name[spec.name]
        if not config.snap_start:
            return function
        return lambda_.Alias(
            self, f"{spec.name}Live", alias_name="live", version=function.current_version
        )


def _environment(config: Config, storage: Storage) -> dict[str, str]:
    """Return the environment variables of every function."""
    optional = {
        ENV_CORS_ORIGINS: config.cors_origins,
        ENV_GUARD_FORMATS: config.guard_formats,
        ENV_GUARD_CLASSES: config.guard_classes,
    }
    return {
        ENV_BUCKET: storage.bucket.bucket_name,
        ENV_TABLE: storage.table.table_name,
        "POWERTOOLS_SERVICE_NAME": SERVICE,
        ENV_STAGE: config.stage,
        "POWERTOOLS_LOG_LEVEL": config.log_level,
        ENV_GUARD_POLICY: config.guard_policy,
        ENV_GUARD_UNKNOWN: config.guard_unknown,
        ENV_AUTH: config.auth,
        ENV_AUDIT_DAYS: str(config.audit_retention_days),
        **{name: ",".join(values) for name, values in optional.items() if values},
    }


def _role(scope: Construct, id_: str, *, spec: Function, storage: Storage) -> iam.Role:
    """Return a role with exactly the contract's actions.

    The constructs' own grants would add Scan and wildcards.
    """
    role = iam.Role(scope, id_, assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
    if spec.table_actions:
        role.add_to_policy(
            iam.PolicyStatement(
                actions=list(spec.table_actions), resources=[storage.table.table_arn]
            )
        )
    for prefix, actions in _by_prefix(spec).items():
        role.add_to_policy(
            iam.PolicyStatement(
                actions=actions,
                resources=[storage.table.table_arn],
                conditions={"ForAllValues:StringLike": {"dynamodb:LeadingKeys": [f"{prefix}*"]}},
            )
        )
    for index, action in spec.index_actions:
        role.add_to_policy(
            iam.PolicyStatement(actions=[action], resources=[storage.index_arn(index)])
        )
    if spec.object_actions:
        prefixes = [storage.bucket.arn_for_objects(f"{kind}/*") for kind in ARTIFACT_TYPES]
        role.add_to_policy(
            iam.PolicyStatement(actions=list(spec.object_actions), resources=prefixes)
        )
    if storage.key and (actions := _key_actions(spec)):
        role.add_to_policy(iam.PolicyStatement(actions=actions, resources=[storage.key.key_arn]))
    if spec.bucket_actions:
        role.add_to_policy(
            iam.PolicyStatement(
                actions=list(spec.bucket_actions), resources=[storage.bucket.bucket_arn]
            )
        )
    return role


def _by_prefix(spec: Function) -> dict[str, list[str]]:
    """Return the partition actions, grouped by key prefix."""
    grouped: dict[str, list[str]] = {}
    for prefix, action in spec.partition_actions:
        grouped.setdefault(prefix, []).append(action)
    return grouped


def _key_actions(spec: Function) -> list[str]:
    """Return the actions that S3 requires on a customer-managed KMS key."""
    actions = set[str]()
    if "s3:PutObject" in spec.object_actions:
        actions |= {"kms:Decrypt", "kms:GenerateDataKey"}  # S3 decrypts parts to combine them
    if {"s3:GetObject", "s3:GetObjectVersion"} & set(spec.object_actions):
        actions |= {"kms:Decrypt"}
    return sorted(actions)
