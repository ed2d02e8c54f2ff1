"""Every choice an ops team has, read from CDK context and checked before anything is built."""

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
"""What differs on the local engine: it listens on a loopback address for one user, whose scripts
nobody's bill needs to be kept from, and an event that fails holds up those behind it, for it counts
no retries."""
_FOREIGN_KEY: Final = re.compile(r".*[:@/].*|cli-.*|acknowledged-issue-numbers")
"""Context that belongs to the CDK itself: feature flags, look-ups, the command line's own."""


class ConfigError(ValueError):
    """A context value that cannot be deployed; the message says what to write instead."""


def _setting(default: Any, parse: Callable[[Any], Any], doc: str) -> Any:
    """A field with its default, its parser (ValueError says what is allowed) and its meaning."""
    return field(default=default, metadata={"parse": parse, "doc": doc})


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """What is deployed. Every default is the secure one; each field is a CDK context key."""

    target: Literal["aws", "local"] = _setting(
        "aws",
        one_of("aws", "local"),
        "An AWS account, or the local engine with this machine's interpreter and platform.",
    )
    stage: str = _setting(
        "prod",
        matching(r"[a-z][a-z0-9-]{0,19}", "1 to 20 of a-z, 0-9 and -, starting with a letter"),
        "Names the stack (`ModelGuard-<stage>`) and the API's stage; one account may hold several.",
    )
    auth: Literal["iam", "token", "none"] = _setting(
        "iam",
        one_of("iam", "token", "none"),
        "`iam`: every request but `GET /health` carries an AWS signature. `token`: a bearer token "
        "with scopes on names; making tokens takes AWS signatures. `none`: open to anybody.",
    )
    allow_public_access: bool = _setting(
        default=False,
        parse=flag,
        doc="Confirms `auth=none` on AWS, which lets anybody read, write and spend.",
    )
    retain_data: bool = _setting(
        default=True,
        parse=flag,
        doc="Keep bucket, table and logs when the stack is deleted, and protect the table from it.",
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = _setting(
        "INFO",
        one_of("DEBUG", "INFO", "WARNING", "ERROR"),
        "Least severe log record that the functions write.",
    )
    log_retention_days: int = _setting(
        90, days, "Days that function and access logs are kept, as CloudWatch Logs offers them."
    )
    audit_retention_days: int = _setting(
        DEFAULT_AUDIT_DAYS,
        integer(1, 3_650),
        "Days that the audit trail keeps who wrote, downloaded or was refused what.",
    )
    api_log_role: bool = _setting(
        default=True,
        parse=flag,
        doc="Set the role with which API Gateway writes logs, once per account and region. "
        "`false` where another stack has set it.",
    )
    throttle_rate: int = _setting(
        50, integer(1, 10_000), "Requests per second that the API takes on average."
    )
    throttle_burst: int = _setting(
        100, integer(1, 5_000), "Requests that the API takes at once, above the average rate."
    )
    throttle_routes: tuple[RouteThrottle, ...] = _setting(
        (),
        route_throttles,
        "Limits of single routes, as `GET /models=10/20` (rate/burst), separated by commas.",
    )
    reserved_concurrency: tuple[tuple[str, int], ...] = _setting(
        (),
        per_function(1, 10_000),
        "Most executions at once by function, as `UploadArtifact=20,Sweep=1`; the account keeps "
        "them free for it.",
    )
    memory_mib: tuple[tuple[str, int], ...] = _setting(
        (),
        per_function(128, 10_240),
        "Memory by function where it shall differ from the contract's, as `UploadArtifact=2048`.",
    )
    snap_start: bool = _setting(
        default=False,
        parse=flag,
        doc="Start functions from a snapshot: shorter cold starts, and the snapshots cost money "
        "while idle.",
    )
    cors_origins: tuple[str, ...] = _setting(
        (), origins, "Web origins whose pages may call the API, separated by commas."
    )
    bucket_kms_key_arn: str = _setting(
        "",
        matching(r"(arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:key/[A-Za-z0-9-]+)?", "the ARN of a key"),
        "KMS key that encrypts the objects; without one S3's own key does.",
    )
    access_log_bucket: str = _setting(
        "",
        matching(r"([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])?", "the name of a bucket"),
        "Existing bucket that gets S3's access log; its policy must let S3 write to it.",
    )
    waf: bool = _setting(
        default=False,
        parse=flag,
        doc="A web ACL: known bad addresses are refused, and any address over 2,000 requests in "
        "5 minutes. Costs money while idle.",
    )
    domain_name: str = _setting(
        "",
        matching(r"([a-z0-9-]+(\.[a-z0-9-]+)+)?", "a host name like models.example.org"),
        "Host name of the API; its own address is then switched off.",
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
        matching(r"(vpce-[0-9a-f]{8,17})?", "the id of a VPC endpoint like vpce-0123456789abcdef0"),
        "The API answers only through this interface endpoint for `execute-api`.",
    )
    alarms: Literal["off", "essential", "all"] = _setting(
        "essential",
        one_of("off", "essential", "all"),
        "`essential`: what users notice, at most ten alarms, which CloudWatch's free tier covers "
        "once per account. `all`: errors and throttles of each function too. `off`: none.",
    )
    alarm_email: str = _setting(
        "",
        matching(r"([^@\s,]+@[^@\s,]+\.[^@\s,]+)?", "one mail address"),
        "Gets the alarms, through a topic of the stack's own; AWS asks it to confirm once.",
    )
    alarm_topic_arn: str = _setting(
        "",
        matching(r"(arn:aws[a-z-]*:sns:[a-z0-9-]+:\d{12}:[A-Za-z0-9_-]+)?", "the ARN of a topic"),
        "Existing SNS topic that gets the alarms.",
    )
    dashboard: bool = _setting(
        default=True,
        parse=flag,
        doc="A CloudWatch dashboard; the free tier covers three per account.",
    )

    inspection_patience_s: int = _setting(
        3600,
        integer(60, 86_400),
        "Seconds that an inspection is tried before it is a dead letter (and asked for again).",
    )
    guard_policy: Literal["standard", "strict"] = _setting(
        "standard",
        one_of("standard", "strict"),
        "`standard`: suspicious and inconclusive versions are served when the caller says "
        "`allow_unverified=true`. `strict`: clean versions only.",
    )
    guard_unknown: Literal["serve", "hold"] = _setting(
        "serve",
        one_of("serve", "hold"),
        "What becomes of versions whose bytes no reader claims: `serve` them with the verdict "
        "`unknown`, or `hold` them (403). `guard_policy=strict` holds them in any case.",
    )
    guard_formats: tuple[str, ...] = _setting(
        (),
        some_of(*GUARD_FORMATS),
        "The only formats that a model may have, separated by commas; any by default.",
    )
    guard_classes: tuple[str, ...] = _setting(
        (),
        names(
            r"[A-Za-z_]\w{0,80}(\.[A-Za-z_]\w{0,80}){0,9}(\.\*)?",
            "classes such as team.models.Net or team.models.*",
        ),
        "Classes that a pickle may name besides the known harmless ones, separated by commas.",
    )

    def __post_init__(self) -> None:
        """Refuse combinations that are each valid and together dangerous."""
        if self.target == "aws" and self.auth == "none" and not self.allow_public_access:
            raise ConfigError(
                "auth=none would open the registry to the internet; "
                "set auth=iam, or allow_public_access=true if that is meant"
            )
        if bool(self.domain_name) != bool(self.certificate_arn):
            raise ConfigError("domain_name and certificate_arn go together; set both or none")
        if self.domain_name and self.vpc_endpoint_id:
            raise ConfigError("domain_name would not reach a private API; drop vpc_endpoint_id")
        if self.alarms == "off" and (self.alarm_email or self.alarm_topic_arn):
            raise ConfigError("alarms=off leaves nothing to send; set alarms=essential")

    @classmethod
    def from_context(cls, context: Mapping[str, Any]) -> Self:
        """Read the CDK context; command-line values are strings, cdk.json's may be typed.

        Raises:
            ConfigError: a key is unknown or a value is not allowed.
        """
        settings = {one.name: one for one in fields(cls)}
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
        """The contract's functions that this deployment has a use for."""
        return tuple(spec for spec in FUNCTIONS if self.auth == "token" or not spec.authorizes)

    def wants_signature(self, route: Route) -> bool:
        """Tell whether a route takes AWS signatures: tokens are not made by those who have none."""
        return route.need == "signature" or (self.auth == "iam" and not route.public)

    @property
    def stack_name(self) -> str:
        """The CloudFormation stack's name."""
        return f"ModelGuard-{self.stage}"

    @property
    def removal_policy(self) -> RemovalPolicy:
        """What happens to data when its resource leaves the stack."""
        return RemovalPolicy.RETAIN if self.retain_data else RemovalPolicy.DESTROY


def _parsed(key: str, value: Any, parse: Callable[[Any], Any]) -> Any:
    try:
        return parse(value)
    except ValueError as error:
        raise ConfigError(f"context key {key!r} is {value!r}; write {error}") from None


def _suggestion(key: str, known: Mapping[str, Any]) -> str:
    close = difflib.get_close_matches(key.replace("-", "_").lower(), known, n=1)
    return f"; did you mean {close[0]!r}?" if close else f"; known are {', '.join(known)}"
