"""Which IAM permissions an AWS call takes, and which of them the contract grants to a function.

The mapping follows AWS's Service Authorization Reference ("Actions, resources, and condition keys"
of Amazon S3 and of Amazon DynamoDB) and, for what an S3 operation takes, the S3 User Guide's
"Required permissions for Amazon S3 API operations".
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields
from http import HTTPStatus
from typing import Any, Literal
from urllib.parse import parse_qs, unquote, urlsplit

from botocore.exceptions import ClientError

from lambdas.contract.functions import Function
from lambdas.contract.limits import ARTIFACT_TYPES
from lambdas.contract.table import TABLE_PARTITION_KEY
from tests.support import aws

Resource = Literal["table", "index", "object", "bucket"]


@dataclass(frozen=True)
class Need:
    """An action on a resource; `on` is an item's partition, an index's name or an object's key."""

    action: str
    resource: Resource
    on: str = ""

    def __str__(self) -> str:
        return f"{self.action} on {self.resource} {self.on}".rstrip()


@dataclass(frozen=True)
class Grant:
    """One permission of a function: the least that its role could lose.

    `within` bounds it further: an index's name, or how a partition begins.
    """

    action: str
    resource: Resource
    within: str = ""

    def __str__(self) -> str:
        return f"{self.action} on {self.resource} {self.within}".rstrip()

    def covers(self, need: Need) -> bool:
        if (self.action, self.resource) != (need.action, need.resource):
            return False
        if self.resource == "object":
            return need.on.startswith(tuple(f"{kind}/" for kind in ARTIFACT_TYPES))
        if self.resource == "index":
            return need.on == self.within
        return need.on.startswith(self.within)


_GRANTS: dict[str, Callable[[Any], Grant]] = {
    "table_actions": lambda action: Grant(action, "table"),
    "partition_actions": lambda pair: Grant(pair[1], "table", pair[0]),
    "index_actions": lambda pair: Grant(pair[1], "index", pair[0]),
    "object_actions": lambda action: Grant(action, "object"),
    "bucket_actions": lambda action: Grant(action, "bucket"),
}


def grants_of(spec: Function) -> tuple[Grant, ...]:
    """Return all that a row of the contract grants; a new kind of grant has to be added above."""
    kinds = [field.name for field in fields(spec) if field.name.endswith("_actions")]
    return tuple(_GRANTS[kind](one) for kind in kinds for one in getattr(spec, kind))


# What differs from "the action is called as the operation is". HeadBucket, CopyObject and others
# that the registry does not call are not here: they are refused under their own names.
_S3_ACTIONS = {
    "HeadObject": "GetObject",
    "CreateMultipartUpload": "PutObject",
    "UploadPart": "PutObject",
    "CompleteMultipartUpload": "PutObject",
    "ListParts": "ListMultipartUploadParts",
    "ListMultipartUploads": "ListBucketMultipartUploads",
    "ListObjectVersions": "ListBucketVersions",
}
_OF_A_VERSION = {"GetObject": "GetObjectVersion", "DeleteObject": "DeleteObjectVersion"}
"""An object's version is named by `VersionId`."""
_ITEM_ACTIONS = {
    "Put": "PutItem",
    "Update": "UpdateItem",
    "Delete": "DeleteItem",
    "Get": "GetItem",
    "ConditionCheck": "ConditionCheckItem",
}
"""A transaction has no action of its own: each of its items takes the single item's."""


def needs_of(service: str, operation: str, parameters: dict[str, Any]) -> Iterator[Need]:
    """Yield what an API call takes, by the parameters that boto3's client is given."""
    return {"s3": _s3_needs, "dynamodb": _dynamodb_needs}[service](operation, parameters)


def needs_of_url(method: str, url: str) -> Iterator[Need]:
    """Yield what it takes to use a presigned URL, which S3 asks of the role that signed it."""
    split = urlsplit(url)
    key = unquote(split.path).lstrip("/").removeprefix(f"{aws.BUCKET}/")
    version = {"VersionId": "given"} if "versionId" in parse_qs(split.query) else {}
    operation = {"GET": "GetObject", "PUT": "PutObject"}[method]
    return _s3_needs(operation, {"Key": key, **version})


def _s3_needs(operation: str, parameters: dict[str, Any]) -> Iterator[Need]:
    if operation == "DeleteObjects":
        for entry in parameters["Delete"]["Objects"]:
            yield from _s3_needs("DeleteObject", entry)
        return
    action = _S3_ACTIONS.get(operation, operation)
    if "VersionId" in parameters:
        action = _OF_A_VERSION.get(action, action)
    key = parameters.get("Key", "")
    yield Need(f"s3:{action}", "object" if key else "bucket", key)


def _dynamodb_needs(operation: str, parameters: dict[str, Any]) -> Iterator[Need]:
    if operation in {"TransactWriteItems", "TransactGetItems"}:
        for item in parameters["TransactItems"]:
            for kind, one in item.items():
                yield from _dynamodb_needs(_ITEM_ACTIONS[kind], one)
        return
    action = f"dynamodb:{operation}"
    if "IndexName" in parameters:
        yield Need(action, "index", parameters["IndexName"])
        return
    for partition in _partitions(operation, parameters):
        yield Need(action, "table", partition)


def _partitions(operation: str, parameters: dict[str, Any]) -> Iterable[str]:
    """Return the values of `dynamodb:LeadingKeys`; an operation without any takes the table."""
    if operation == "BatchGetItem":
        (table,) = parameters["RequestItems"].values()
        return {_partition(key) for key in table["Keys"]}
    if operation == "BatchWriteItem":
        (requests,) = parameters["RequestItems"].values()
        return {_partition(_written(request)) for request in requests}
    if operation == "Query":
        # The registry's queries all begin with the partition: `#name = :name [AND …]`.
        name, _, value, *_ = parameters["KeyConditionExpression"].split()
        assert parameters["ExpressionAttributeNames"][name] == TABLE_PARTITION_KEY
        return {parameters["ExpressionAttributeValues"][value]["S"]}
    return {_partition(parameters.get("Key") or parameters.get("Item") or {})}


def _written(request: dict[str, Any]) -> dict[str, Any]:
    item: dict[str, Any] = (
        request["PutRequest"]["Item"]
        if "PutRequest" in request
        else request["DeleteRequest"]["Key"]
    )
    return item


def _partition(item: dict[str, Any]) -> str:
    return str(item.get(TABLE_PARTITION_KEY, {}).get("S", ""))


class Roles:
    """Refuses what functions call through some clients and the contract does not grant them.

    Without a role, a caller is root. `missing` is a permission that one function lost. `refused`
    is what was refused so far, by the function's name; `veiled` is what it would have taken to be
    told that an object is not there.
    """

    def __init__(self, *clients: Any) -> None:
        self._clients = clients
        self._acting: Function | None = None
        self.reset()

    def reset(self) -> None:
        """Give back what is missing, and forget what was refused."""
        self.missing: tuple[str, Grant] | None = None
        self.refused: list[tuple[str, Need]] = []
        self.veiled: list[tuple[str, Need]] = []

    @contextmanager
    def acting(self, spec: Function) -> Iterator[None]:
        """Act under a function's role, in all threads."""
        before, self._acting = self._acting, spec
        try:
            yield
        finally:
            self._acting = before

    @contextmanager
    def enforced(self) -> Iterator[None]:
        """Look at every call of the clients."""
        hooks: dict[str, Callable[..., None]] = {
            "before-parameter-build": self._before,
            "after-call.s3.GetObject": self._after_read,
            "after-call.s3.HeadObject": self._after_read,
        }
        emitters = [client.meta.events for client in self._clients]
        for emitter in emitters:
            for event, hook in hooks.items():
                emitter.register(event, hook)
        try:
            yield
        finally:
            for emitter in emitters:
                for event, hook in hooks.items():
                    emitter.unregister(event, hook)

    def allow(self, needs: Iterable[Need]) -> bool:
        """Return whether the role may do all of it, and record what it may not."""
        lacking = self._lacking(needs)
        self.refused += lacking
        return not lacking

    def _lacking(self, needs: Iterable[Need]) -> list[tuple[str, Need]]:
        spec = self._acting
        if spec is None:
            return []
        grants = [grant for grant in grants_of(spec) if (spec.name, grant) != self.missing]
        return [
            (spec.name, need) for need in needs if not any(grant.covers(need) for grant in grants)
        ]

    def _before(self, params: dict[str, Any], model: Any, context: Any, **_: Any) -> None:
        """Refuse a call; signing a URL is not one, since it takes no permission."""
        if context.get("is_presign_request"):
            return
        service = model.service_model.service_name
        if not self.allow(needs_of(service, model.name, params)):
            raise _denied(service, model.name)

    def _after_read(self, http_response: Any, model: Any, **_: Any) -> None:
        """Refuse a read of a missing object, as S3 does for a role that may not list the bucket."""
        if http_response.status_code != HTTPStatus.NOT_FOUND:
            return
        if lacking := self._lacking([Need("s3:ListBucket", "bucket")]):
            self.veiled += lacking
            raise _denied("s3", model.name)


def _denied(service: str, operation: str) -> ClientError:
    code = {"s3": "AccessDenied", "dynamodb": "AccessDeniedException"}[service]
    metadata: Any = {"HTTPStatusCode": 403 if service == "s3" else 400}
    return ClientError(
        {"Error": {"Code": code, "Message": code}, "ResponseMetadata": metadata}, operation
    )
