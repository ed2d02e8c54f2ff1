"""A deployment whose functions act under their roles, whatever engine it runs on.

Requests and invocations go to the functions; what a test itself prepares or inspects, it does as
root, through the deployment's own clients.
"""

from __future__ import annotations

import importlib
from abc import ABC, abstractmethod
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import boto3
import requests

from lambdas.aws import clients
from lambdas.contract.functions import FUNCTIONS
from lambdas.contract.table import TABLE_PARTITION_KEY
from tests.support import aws
from tests.support.gateway import Answer, invoke, rest_event, signed
from tests.support.permissions import Roles, needs_of_url

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from contextlib import AbstractContextManager

    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client

    from lambdas.contract.functions import Function
    from lambdas.contract.routes import Route

EVERYTHING = "admin:*"
"""The grants of a token that may do everything."""
TIMEOUT_S = 30


@dataclass(frozen=True)
class Ask:
    """A request: its route, what the path names, and what else comes with it."""

    route: Route
    names: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    grants: str = EVERYTHING

    @property
    def path(self) -> str:
        return self.route.path.format(**self.names)

    @property
    def query_string(self) -> str:
        return urlencode(self.query)


class Deployment(ABC):
    """The API, the functions behind it, and root's view of the bucket and the table."""

    bucket: str
    table: str
    s3: S3Client
    dynamodb: DynamoDBClient

    @abstractmethod
    def ask(self, ask: Ask) -> Answer:
        """Send a request with credentials that the route takes."""

    @abstractmethod
    def use(
        self, signer: str, method: str, url: str, headers: Mapping[str, str], content: bytes = b""
    ) -> Answer:
        """Use a presigned URL that a function signed."""

    @abstractmethod
    def run(self, function: str, event: Mapping[str, Any]) -> Any:
        """Invoke a function as a stream or a schedule does; an error fails the test."""

    def keys(self, name: str) -> list[str]:
        """Return the keys of all object versions of a model."""
        listed = self.s3.list_object_versions(Bucket=self.bucket, Prefix=f"model/{name}/")
        return [entry["Key"] for entry in listed.get("Versions", [])]

    def multiparts(self, name: str) -> list[str]:
        """Return the keys of a model's multipart uploads that have not ended."""
        listed = self.s3.list_multipart_uploads(Bucket=self.bucket, Prefix=f"model/{name}/")
        return [entry["Key"] for entry in listed.get("Uploads", [])]

    def items(self, partition: str) -> list[dict[str, Any]]:
        """Return all items of a partition."""
        found = self.dynamodb.query(
            TableName=self.table,
            KeyConditionExpression="#name = :name",
            ExpressionAttributeNames={"#name": TABLE_PARTITION_KEY},
            ExpressionAttributeValues={":name": {"S": partition}},
            ConsistentRead=True,
        )
        return [dict(item) for item in found["Items"]]


class InMemory(Deployment):
    """The handlers in this process, over moto, each bound to its role by `roles`."""

    def __init__(self) -> None:
        self.bucket, self.table = aws.BUCKET, aws.TABLE
        self.s3 = boto3.client("s3", region_name=aws.REGION)
        self.dynamodb = boto3.client("dynamodb", region_name=aws.REGION)
        self.roles = Roles(clients.s3(aws.REGION), clients.dynamodb(aws.REGION))

    def create(self) -> None:
        """Make the bucket and the table; reused clients are much faster than new ones."""
        self.s3.create_bucket(Bucket=self.bucket)
        versioned: Any = {"Status": "Enabled"}
        self.s3.put_bucket_versioning(Bucket=self.bucket, VersioningConfiguration=versioned)
        aws.create_table()

    def ask(self, ask: Ask) -> Answer:
        (spec,) = (spec for spec in FUNCTIONS if ask.route in spec.routes)
        event = rest_event(
            ask.route.method,
            ask.path,
            body=ask.body,
            headers=ask.headers,
            query=ask.query_string,
        )
        if ask.route.need == "signature":
            signed(event)
        else:
            # What the gateway passes on from the authorizer.
            event["requestContext"]["authorizer"] = {
                "principalId": f"token:{ask.grants}",
                "grants": ask.grants,
            }
        with self.roles.acting(spec):
            return invoke(_handler(spec), event)

    def use(
        self, signer: str, method: str, url: str, headers: Mapping[str, str], content: bytes = b""
    ) -> Answer:
        with self.roles.acting(_spec(signer)):
            allowed = self.roles.allow(needs_of_url(method, url))
        if not allowed:
            return Answer(HTTPStatus.FORBIDDEN, {}, b"")
        # Moto keeps a digest only when it is told its kind.
        told = {"x-amz-sdk-checksum-algorithm": "SHA256"} if method == "PUT" else {}
        answer = requests.request(
            method, url, data=content, headers={**headers, **told}, timeout=TIMEOUT_S
        )
        return Answer(answer.status_code, dict(answer.headers), answer.content)

    def run(self, function: str, event: Mapping[str, Any]) -> Any:
        spec = _spec(function)
        with self.roles.acting(spec):
            try:
                return _handler(spec)(event, None)
            except Exception as error:
                raise AssertionError(f"{function} failed") from error

    def meanwhile(
        self, service: str, operation: str, action: Callable[[], object]
    ) -> AbstractContextManager[None]:
        """Let another caller act right before a function's first call of an operation."""
        return aws.meanwhile(service, operation, action)

    @contextmanager
    def lost_answer(self) -> Iterator[None]:
        """Store a function's first object just before it is sent, as if an answer had been lost."""
        emitter = clients.s3(aws.REGION).meta.events
        event = "before-parameter-build.s3.PutObject"

        def take(params: dict[str, Any], **_: Any) -> None:
            emitter.unregister(event, take)
            self.s3.put_object(**params)

        emitter.register(event, take)
        try:
            yield
        finally:
            emitter.unregister(event, take)


def _spec(function: str) -> Function:
    (spec,) = (spec for spec in FUNCTIONS if spec.name == function)
    return spec


def _handler(spec: Function) -> Any:
    return importlib.import_module(f"{spec.module}.handler").lambda_handler
