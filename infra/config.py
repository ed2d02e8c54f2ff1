"""All settings of a deployment, read from the CDK context and validated before synthesis."""

import difflib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from types import MappingProxyType
from typing import Any, Final, Literal, Self

from aws_cdk import RemovalPolicy

from infra.parsers import (
    RouteThrottle,
    days,
    flag,
    integer,
    matching,
    names,
    one_of,
    origins,
    per_function,
    route_throttles,
    some_of,
)
from lambdas.contract.environment import DEFAULT_AUDIT_DAYS, GUARD_FORMATS
from lambdas.contract.functions import FUNCTIONS, Function
from lambdas.contract.routes import Route

LOCAL_DEFAULTS: Final[Mapping[str, Any]] = MappingProxyType(
    {
        "stage": "local",
        "auth": "none",
        "throttle_rate": 10_000,
        "throttle_burst": 5_000,
        "inspection_patience_s": 60,
    }
)
"""Defaults for the local engine. It listens on a loopback address for a single user, so neither
authentication nor throttling is needed; and since it does not count retries, a failing event would
block the ones after it for as long as `inspection_patience_s`."""
_FOREIGN_KEY: Final = re.compile(r".*[:@/].*|cli-.*|acknowledged-issue-numbers")
"""Context keys of the CDK itself: feature flags, cached lookups, and those of its command line."""


class ConfigError(ValueError):
    """A context value is invalid; the message says what is allowed."""


def _setting(default: Any, parse: Callable[[Any], Any], doc: str) -> Any:
    """Return a field with its default, its parser and its documentation."""
    return field(default=default, metadata={"parse": parse, "doc": doc})


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """The settings of a deployment: each field is a CDK context key, each default is secure."""

    target: Literal["aws", "local"] = _setting(
        "aws",
        one_of("aws", "local"),
        "`aws`: an AWS account. `local`: the local engine, with this machine's interpreter and "
        "platform.",
    )
    stage: str = _setting(
        "prod",
        matching(
            r"[a-z][a-z0-9-]{0,19}",
            "1 to 20 characters of a-z, 0-9 and -, starting with a letter",
        ),
        "Names the stack (`ModelGuard-<stage>`) and the API's stage; an account can have several.",
    )
    auth: Literal["iam", "token", "none"] = _setting(
        "iam",
        one_of("iam", "token", "none"),
        "`iam`: every request except `GET /health` needs an AWS signature. `token`: requests need "
        "a bearer token with scopes on names; managing tokens needs AWS signatures. `none`: open "
        "to everyone.",
    )
    allow_public_access: bool = _setting(
        default=False,
        parse=flag,
        doc="Confirms `auth=none` on AWS, which lets anyone read, write and run up costs.",
    )
    retain_data: bool = _setting(
        default=True,
        parse=flag,
        doc="Keep bucket, table and logs when the stack is deleted, and protect the table from "
        "deletion.",
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = _setting(
        "INFO",
        one_of("DEBUG", "INFO", "WARNING", "ERROR"),
        "Minimum severity of the functions' log records.",
    )
    log_retention_days: int = _setting(
        90, days, "Days to keep function and access logs, one of CloudWatch Logs' periods."
    )
    audit_retention_days: int = _setting(
        DEFAULT_AUDIT_DAYS,
        integer(1, 3_650),
        "Days to keep the audit trail: who wrote or downloaded what, and who was refused.",
    )
    api_log_role: bool = _setting(
        default=True,
        parse=flag,
        doc="Set the role with which API Gateway writes logs, a setting of the account and "
        "region. Use `false` if another stack has set it.",
    )
    throttle_rate: int = _setting(
        50, integer(1, 10_000), "Average number of requests per second that the API accepts."
    )
    throttle_burst: int = _setting(
        100, integer(1, 5_000), "Number of requests that the API accepts at once."
    )
    throttle_routes: tuple[RouteThrottle, ...] = _setting(
        (),
        route_throttles,
        "Limits for individual routes, such as `GET /models=10/20` (rate/burst), separated by "
        "commas.",
    )
    reserved_concurrency: tuple[tuple[str, int], ...] = _setting(
        (),
        per_function(1, 10_000),
        "Reserved concurrency by function, such as `UploadArtifact=20,Sweep=1`: the function's "
        "maximum, which is also set aside for it.",
    )
    memory_mib: tuple[tuple[str, int], ...] = _setting(
        (),
        per_function(128, 10_240),
        "Memory by function in MiB, to override the contract, such as `UploadArtifact=2048`.",
    )
    snap_start: bool = _setting(
        default=False,
        parse=flag,
        doc="Start functions from a snapshot (Lambda SnapStart): cold starts are shorter, but "
        "snapshots cost money while idle.",
    )
    cors_origins: tuple[str, ...] = _setting(
        (), origins, "Web origins whose pages may call the API, separated by commas."
    )
    bucket_kms_key_arn: str = _setting(
        "",
        matching(
            r"(arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:key/[A-Za-z0-9-]+)?", "the ARN of a KMS key"
        ),
        "KMS key that encrypts the objects; by default, S3 encrypts them with its own key.",
    )
    access_log_bucket: str = _setting(
        "",
        matching(r"([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])?", "the name of a bucket"),
        "Existing bucket for S3's access log; its policy must allow S3 to write to it.",
    )
    waf: bool = _setting(
        default=False,
        parse=flag,
        doc="A web ACL, which blocks known bad addresses and any address that sends more than "
        "2,000 requests in 5 minutes. Costs money while idle.",
    )
    domain_name: str = _setting(
        "",
        matching(r"([a-z0-9-]+(\.[a-z0-9-]+)+)?", "a host name such as models.example.org"),
        "Host name of the API; its default address is then disabled.",
    )
    certificate_arn: str = _setting(
        "",
        matching(
            r"(arn:aws[a-z-]*:acm:[a-z0-9-]+:\d{12}:certificate/[A-Za-z0-9-]+)?",
            "the ARN of a certificate in the stack's region",
        ),
        "Certificate of `domain_name`.",
    )
    vpc_endpoint_id: str = _setting(
        "",
        matching(
            r"(vpce-[0-9a-f]{8,17})?", "the id of a VPC endpoint, such as vpce-0123456789abcdef0"
        ),
        "Makes the API private: it is reachable only through this interface endpoint for "
        "`execute-api`.",
    )
    alarms: Literal["off", "essential", "all"] = _setting(
        "essential",
        one_of("off", "essential", "all"),
        "`essential`: at most ten alarms on what users notice, which CloudWatch's free tier covers "
        "once per account. `all`: also errors and throttles of each function. `off`: none.",
    )
    alarm_email: str = _setting(
        "",
        matching(r"([^@\s,]+@[^@\s,]+\.[^@\s,]+)?", "one email address"),
        "Email address to notify of alarms; AWS sends it a subscription to confirm.",
    )
    alarm_topic_arn: str = _setting(
        "",
        matching(r"(arn:aws[a-z-]*:sns:[a-z0-9-]+:\d{12}:[A-Za-z0-9_-]+)?", "the ARN of a topic"),
        "Existing SNS topic to notify of alarms.",
    )
    dashboard: bool = _setting(
        default=True,
        parse=flag,
        doc="Create a CloudWatch dashboard; the free tier covers three per account.",
    )

    inspection_patience_s: int = _setting(
        3600,
        integer(60, 86_400),
        "Seconds to keep retrying an inspection before its event goes to the dead-letter queue; "
        "the sweep then requests it again.",
    )
    guard_policy: Literal["standard", "strict"] = _setting(
        "standard",
        one_of("standard", "strict"),
        "`standard`: suspicious and inconclusive versions are served if the caller passes "
        "`allow_unverified=true`. `strict`: only clean versions are served.",
    )
    guard_unknown: Literal["serve", "hold"] = _setting(
        "serve",
        one_of("serve", "hold"),
        "What to do with versions whose bytes no reader claims: `serve` them with the verdict "
        "`unknown`, or `hold` them back (403). `guard_policy=strict` always holds them back.",
    )
    guard_formats: tuple[str, ...] = _setting(
        (),
        some_of(*GUARD_FORMATS),
        "Formats that a model may have, separated by commas; all by default.",
    )
    guard_classes: tuple[str, ...] = _setting(
        (),
        names(
            r"[A-Za-z_]\w{0,80}(\.[A-Za-z_]\w{0,80}){0,9}(\.\*)?",
            "classes such as team.models.Net or team.models.*",
        ),
        "Classes that a pickle may refer to besides the known harmless ones, separated by commas.",
    )

    def __post_init__(self) -> None:
        """Reject combinations of settings that are contradictory or dangerous."""
        if self.target == "aws" and self.auth == "none" and not self.allow_public_access:
            raise ConfigError(
                "auth=none would open the registry to the internet; "
                "set auth=iam, or allow_public_access=true if you mean it"
            )
        if bool(self.domain_name) != bool(self.certificate_arn):
            raise ConfigError("domain_name and certificate_arn go together; set both or neither")
        if self.domain_name and self.vpc_endpoint_id:
            raise ConfigError("domain_name cannot reach a private API; remove vpc_endpoint_id")
        if self.alarms == "off" and (self.alarm_email or self.alarm_topic_arn):
            raise ConfigError(
                "alarms=off leaves nothing to notify of; set alarms=essential, "
                "or remove alarm_email and alarm_topic_arn"
            )

    @classmethod
    def from_context(cls, context: Mapping[str, Any]) -> Self:
        """Read the CDK context; values from the command line are text, those of cdk.json typed.

        Raises:
            ConfigError: A key is unknown, or a value is not allowed.
        """
        settings = {setting.name: setting for setting in fields(cls)}
        given = {}
        for key, value in context.items():
            if key in settings:
                given[key] = _parsed(key, value, settings[key].metadata["parse"])
            elif not _FOREIGN_KEY.fullmatch(key):
                raise ConfigError(f"unknown context key {key!r}{_suggestion(key, settings)}")
        local = LOCAL_DEFAULTS if given.get("target") == "local" else {}
        return cls(**{**local, **given})

    @property
    def functions(self) -> tuple[Function, ...]:
        """The contract's functions that this deployment needs."""
        return tuple(spec for spec in FUNCTIONS if self.auth == "token" or not spec.authorizes)

    def wants_signature(self, route: Route) -> bool:
        """Return whether a route requires an AWS signature."""
        return route.need == "signature" or (self.auth == "iam" and not route.public)

    @property
    def stack_name(self) -> str:
        """The CloudFormation stack's name."""
        return f"ModelGuard-{self.stage}"

    @property
    def removal_policy(self) -> RemovalPolicy:
        """What happens to data when its resource is removed from the stack."""
        return RemovalPolicy.RETAIN if self.retain_data else RemovalPolicy.DESTROY


def _parsed(key: str, value: Any, parse: Callable[[Any], Any]) -> Any:
    try:
        return parse(value)
    except ValueError as error:
        raise ConfigError(f"context key {key!r} has the value {value!r}; use {error}") from None


def _suggestion(key: str, settings: Mapping[str, Any]) -> str:
    close = difflib.get_close_matches(key.replace("-", "_").lower(), settings, n=1)
    return f"; did you mean {close[0]!r}?" if close else f"; valid keys are {', '.join(settings)}"
