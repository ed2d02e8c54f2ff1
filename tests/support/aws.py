"""The registry's bucket and table, made as the stack makes them; and a view of every AWS call."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Any, Literal

import boto3
import requests
from botocore.exceptions import ClientError
from moto import mock_aws
from moto.core.base_backend import BackendDict

from lambdas.aws import clients
from lambdas.contract.environment import ENV_BUCKET, ENV_DEFAULTS, ENV_REGION, ENV_TABLE
from lambdas.contract.table import (
    LISTING_ATTRIBUTES,
    LISTING_INDEX,
    LISTING_KEY,
    SWEEP_INDEX,
    SWEEP_KEY,
    SWEEP_SORT_KEY,
    TABLE_PARTITION_KEY,
    TABLE_SORT_KEY,
)

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client

BUCKET = ENV_DEFAULTS[ENV_BUCKET]
TABLE = ENV_DEFAULTS[ENV_TABLE]
REGION = ENV_DEFAULTS[ENV_REGION]


@cache
def s3() -> "S3Client":
    """Return the tests' own client, whose calls are not the functions' under test."""
    return boto3.client("s3", region_name=REGION)


@cache
def dynamodb() -> "DynamoDBClient":
    """Return the tests' own client."""
    return boto3.client("dynamodb", region_name=REGION)


@contextmanager
def cloud() -> Iterator[None]:
    """An in-memory AWS for a module's tests: making clients takes longer than most of them."""
    for client in (s3, dynamodb, clients.s3, clients.dynamodb):
        client.cache_clear()
    with mock_aws():
        yield


@contextmanager
def empty_registry() -> Iterator[None]:
    """The bucket and the table of a cloud, with nothing in them whatever came before."""
    with mock_aws():
        BackendDict.reset()  # a whole reset would forget what answers plain HTTP, too
        create_bucket()
        create_table()
        yield


def create_bucket() -> None:
    s3().create_bucket(Bucket=BUCKET)
    s3().put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})


def create_table() -> None:
    keys: dict[str, Literal["S", "N"]] = {
        TABLE_PARTITION_KEY: "S",
        TABLE_SORT_KEY: "S",
        LISTING_KEY: "S",
        SWEEP_KEY: "S",
        SWEEP_SORT_KEY: "N",
    }
    dynamodb().create_table(
        TableName=TABLE,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[
            {"AttributeName": name, "AttributeType": kind} for name, kind in keys.items()
        ],
        KeySchema=[
            {"AttributeName": TABLE_PARTITION_KEY, "KeyType": "HASH"},
            {"AttributeName": TABLE_SORT_KEY, "KeyType": "RANGE"},
        ],
        GlobalSecondaryIndexes=[
            {
                "IndexName": LISTING_INDEX,
                "KeySchema": [
                    {"AttributeName": LISTING_KEY, "KeyType": "HASH"},
                    {"AttributeName": TABLE_PARTITION_KEY, "KeyType": "RANGE"},
                ],
                "Projection": {
                    "ProjectionType": "INCLUDE",
                    "NonKeyAttributes": list(LISTING_ATTRIBUTES),
                },
            },
            {
                "IndexName": SWEEP_INDEX,
                "KeySchema": [
                    {"AttributeName": SWEEP_KEY, "KeyType": "HASH"},
                    {"AttributeName": SWEEP_SORT_KEY, "KeyType": "RANGE"},
                ],
                "Projection": {"ProjectionType": "KEYS_ONLY"},
            },
        ],
    )


def objects() -> list[str]:
    """Return the keys of all object versions in the bucket, delete markers included."""
    pages = s3().get_paginator("list_object_versions")
    return sorted(
        entry["Key"]
        for page in pages.paginate(Bucket=BUCKET)
        for entry in [*page.get("Versions", []), *page.get("DeleteMarkers", [])]
    )


def multiparts() -> list[str]:
    """Return the keys of all multipart uploads that have begun and not ended."""
    listed = s3().list_multipart_uploads(Bucket=BUCKET)
    return sorted(upload["Key"] for upload in listed.get("Uploads", []))


def version_ids(key: str) -> list[str]:
    """Return the ids of all versions of an object."""
    listed = s3().list_object_versions(Bucket=BUCKET, Prefix=key)
    return [version["VersionId"] for version in listed["Versions"]]


def destroy_object(key: str) -> None:
    """Lose all versions of an object."""
    bucket = boto3.resource("s3", region_name=REGION).Bucket(BUCKET)
    bucket.object_versions.filter(Prefix=key).delete()


def destroy_objects() -> None:
    """Lose every object version, as an operator's mistake would."""
    boto3.resource("s3", region_name=REGION).Bucket(BUCKET).object_versions.delete()


def destroy_bucket() -> None:
    destroy_objects()
    s3().delete_bucket(Bucket=BUCKET)


def destroy_table() -> None:
    dynamodb().delete_table(TableName=TABLE)


def items() -> list[dict[str, Any]]:
    """Return all items of the table."""
    pages = dynamodb().get_paginator("scan")
    return [item for page in pages.paginate(TableName=TABLE) for item in page["Items"]]


def damage(name: str, item: str) -> None:
    """Make an item unreadable, as a bug of another release might."""
    dynamodb().update_item(
        TableName=TABLE,
        Key={"name": {"S": name}, "item": {"S": item}},
        UpdateExpression="SET #data = :noise",
        ExpressionAttributeNames={"#data": "data"},
        ExpressionAttributeValues={":noise": {"B": b"noise"}},
    )


def wipe() -> None:
    """Begin with an empty registry."""
    destroy_objects()
    destroy_table()
    create_table()


def put(url: str, headers: Mapping[str, str], content: bytes) -> int:
    """Send bytes to a signed URL; moto keeps a digest only when it is told its kind."""
    sent = {**headers, "x-amz-sdk-checksum-algorithm": "SHA256"}
    return requests.put(url, data=content, headers=sent, timeout=5).status_code


def delete_record(name: str) -> None:
    """Lose a record."""
    dynamodb().delete_item(TableName=TABLE, Key={"name": {"S": name}, "item": {"S": "record"}})


class CrashError(BaseException):
    """The process ends here: nothing in the code under test may catch it."""


class AwsCalls:
    """Records the AWS calls of the code under test, and can end it before or after one."""

    def __init__(self) -> None:
        self.made: list[str] = []
        self._crash: tuple[str, int] | None = None
        self._lasting = False
        self._interruption: tuple[str, Callable[[], object]] | None = None

    def crash(self, when: str, call: int) -> None:
        """Crash `before` or `after` the call with this index."""
        self._crash = (when, call)

    @contextmanager
    def death(self, when: str, call: int) -> Iterator[None]:
        """Let the process die at a call counted from here: no call succeeds after it."""
        self.made.clear()
        self._crash, self._lasting = (when, call), True
        try:
            yield
        except CrashError:
            return
        finally:
            self._crash, self._lasting = None, False

    def relent(self) -> None:
        """Stop crashing."""
        self._crash = None

    def interrupt(self, call: str, other: Callable[[], object]) -> None:
        """Let another caller act just before the next such call reaches AWS, once."""
        self._interruption = (call, other)

    def before(self, model: Any, **_: Any) -> None:
        self.made.append(f"{model.service_model.service_name}:{model.name}")
        self._crash_if("before")
        if self._interruption and self._interruption[0] == self.made[-1]:
            other = self._interruption[1]
            self._interruption = None
            other()

    def after(self, model: Any, **_: Any) -> None:
        del model
        self._crash_if("after")

    def _crash_if(self, when: str) -> None:
        made = (when, len(self.made) - 1)
        if self._crash == made or (self._lasting and self._crash and made[1] > self._crash[1]):
            raise CrashError


@contextmanager
def observed_calls() -> Iterator[AwsCalls]:
    """Observe the clients that the handlers use."""
    calls = AwsCalls()
    used = (clients.s3(REGION), clients.dynamodb(REGION))
    for client in used:
        client.meta.events.register("before-call", calls.before, "observed-before")
        client.meta.events.register("after-call", calls.after, "observed-after")
    try:
        yield calls
    finally:
        for client in used:
            client.meta.events.unregister("before-call", unique_id="observed-before")
            client.meta.events.unregister("after-call", unique_id="observed-after")


@contextmanager
def meanwhile(service: str, operation: str, action: Callable[[], object]) -> Iterator[None]:
    """Let another caller act right before the first call of an operation."""
    client = {"s3": clients.s3, "dynamodb": clients.dynamodb}[service](REGION)
    event = f"before-call.{service}.{operation}"

    def act(**_: Any) -> None:
        client.meta.events.unregister(event, unique_id=f"meanwhile-{operation}")
        action()

    client.meta.events.register(event, act, f"meanwhile-{operation}")
    try:
        yield
    finally:
        client.meta.events.unregister(event, unique_id=f"meanwhile-{operation}")


@contextmanager
def stumbling(service: str, operation: str, **response: Any) -> Iterator[None]:
    """Let AWS answer the first call of an operation with an error response."""

    def stumble() -> None:
        raise ClientError(response, operation)  # type: ignore[arg-type]

    with meanwhile(service, operation, stumble):
        yield


@contextmanager
def failing(service: str, operation: str, code: str) -> Iterator[None]:
    """Let AWS answer one operation of the code under test with an error."""
    client = {"s3": clients.s3, "dynamodb": clients.dynamodb}[service](REGION)
    event = f"before-call.{service}.{operation}"

    def fail(**_: Any) -> None:
        raise ClientError({"Error": {"Code": code, "Message": code}}, operation)

    client.meta.events.register(event, fail, f"failing-{operation}")
    try:
        yield
    finally:
        client.meta.events.unregister(event, unique_id=f"failing-{operation}")
