"""The files of all versions of a name, which the sweep and upload sessions read."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lambdas.aws.dynamodb.attribute_values import plain, typed
from lambdas.aws.dynamodb.packing import unpack
from lambdas.aws.failures import dynamodb_failures
from lambdas.contract.table import TABLE_PARTITION_KEY, TABLE_SORT_KEY
from lambdas.registry.version import File

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


@dataclass(frozen=True, slots=True)
class DynamoCommittedFiles:
    """Implements `lambdas.registry.uploads.ports.CommittedFiles`."""

    client: "DynamoDBClient"
    name: str

    def by_version(self, name: str, artifact_type: str) -> Iterator[tuple[int, tuple[File, ...]]]:
        """Yield the versions, newest first: one consistent query for each megabyte read."""
        pages = self.client.get_paginator("query").paginate(
            TableName=self.name,
            KeyConditionExpression="#name = :name AND begins_with(#item, :prefix)",
            ProjectionExpression="#item, manifest",
            ExpressionAttributeNames={"#name": TABLE_PARTITION_KEY, "#item": TABLE_SORT_KEY},
            ExpressionAttributeValues=typed(
                {":name": name, ":prefix": f"version/{artifact_type}/"}
            ),
            ScanIndexForward=False,
            ConsistentRead=True,
        )
        with dynamodb_failures():
            for page in pages:
                for item in map(plain, page["Items"]):
                    number = int(item[TABLE_SORT_KEY].rpartition("/")[2])
                    yield number, tuple(File(**file) for file in unpack(item["manifest"])["files"])
