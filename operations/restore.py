"""Copies one name from a restored table into the registry's, and says which bytes are gone.

Run it with your own AWS credentials:
`python -m operations.restore RESTORED_TABLE TABLE BUCKET NAME [--replace]`. The record is copied
last, so that a copy that stops halfway shows nothing new; run it again to continue.
"""

import argparse
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

import boto3
from botocore.exceptions import ClientError

from lambdas.aws.dynamodb.layout import INTENTS, OPEN_PREFIX, RECORD, REVISION, TAKEN_PREFIX, key
from lambdas.aws.dynamodb.records import to_version
from lambdas.aws.dynamodb.values import plain, typed
from lambdas.contract.limits import ARTIFACT_TYPES
from lambdas.contract.table import TABLE_PARTITION_KEY, TABLE_SORT_KEY
from lambdas.registry.version import File
from tools.console import CommandError, friendly_errors

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client

Item = dict[str, Any]
_GROWING: Final = ("count", "generation")
_GONE: Final = {"404", "NoSuchKey", "NoSuchVersion"}


def items_of(client: "DynamoDBClient", table: str, name: str) -> list[Item]:
    """Return all items of a name, in DynamoDB's typed form, the record last."""
    pages = client.get_paginator("query").paginate(
        TableName=table,
        KeyConditionExpression="#name = :name",
        ExpressionAttributeNames={"#name": TABLE_PARTITION_KEY},
        ExpressionAttributeValues=typed({":name": name}),
        ConsistentRead=True,
    )
    found = [item for page in pages for item in page["Items"]]
    return sorted(found, key=lambda item: item[TABLE_SORT_KEY]["S"] == RECORD)


def restored_record(then: Item, now: Item | None) -> Item:
    """Return the record as it was, without what was under way; no number is given out twice."""
    old, new = plain(then), plain(now or {})
    under_way = (OPEN_PREFIX, TAKEN_PREFIX)
    kept = {name: value for name, value in old.items() if not name.startswith(under_way)}
    highest = (REVISION, INTENTS, *(f"{part}_{k}" for part in _GROWING for k in ARTIFACT_TYPES))
    for name in highest:
        if name in kept or name in new:
            kept[name] = max(kept.get(name, 0), new.get(name, 0))
    kept[REVISION] = kept.get(REVISION, 0) + 1
    return typed(kept)


def copy(client: "DynamoDBClient", source: str, target: str, name: str, *, replace: bool) -> int:
    """Copy a name's items and return how many were written.

    Raises:
        CommandError: The name is not in the source, or its record stands and `replace` is off.
    """
    found = items_of(client, source, name)
    if not found or found[-1][TABLE_SORT_KEY]["S"] != RECORD:
        raise CommandError(f"{source} has no record of {name}")
    now = client.get_item(TableName=target, Key=key(name, RECORD), ConsistentRead=True).get("Item")
    if now and not replace:
        raise CommandError(
            f"{target} has a record of {name}; --replace puts the restored one there"
        )
    versions, record = found[:-1], found[-1]
    written = sum(_put_new(client, target, item) for item in versions)
    client.put_item(TableName=target, Item=restored_record(record, now))
    return written + 1


def _put_new(client: "DynamoDBClient", table: str, item: Item) -> bool:
    """Write an item unless it is there: versions never change."""
    try:
        client.put_item(
            TableName=table,
            Item=item,
            ConditionExpression="attribute_not_exists(#name)",
            ExpressionAttributeNames={"#name": TABLE_PARTITION_KEY},
        )
    except ClientError as error:
        if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
            raise
        return False
    return True


def lost_files(
    dynamodb: "DynamoDBClient", s3: "S3Client", table: str, bucket: str, name: str
) -> Iterator[tuple[str, File]]:
    """Yield each version's item and file whose bytes the bucket does not have."""
    for item in items_of(dynamodb, table, name)[:-1]:
        stored = plain(item)
        for file in to_version(stored).files:
            pin = {"VersionId": file.s3_version} if file.s3_version else {}
            try:
                s3.head_object(Bucket=bucket, Key=file.s3_key, **pin)  # type: ignore[arg-type]
            except ClientError as error:
                if error.response["Error"]["Code"] not in _GONE:
                    raise
                yield stored[TABLE_SORT_KEY], file


def main() -> int:
    """Copy, and list what cannot be served; the exit status is 1 when there is any."""
    parser = argparse.ArgumentParser(prog="python -m operations.restore", description=__doc__)
    for argument in ("restored_table", "table", "bucket", "name"):
        parser.add_argument(argument)
    parser.add_argument("--replace", action="store_true", help="put it over a record that stands")
    given = parser.parse_args()
    dynamodb, s3 = boto3.client("dynamodb"), boto3.client("s3")
    with friendly_errors():
        written = copy(
            dynamodb, given.restored_table, given.table, given.name, replace=given.replace
        )
    print(f"{given.name}: {written} items restored")
    lost = list(lost_files(dynamodb, s3, given.table, given.bucket, given.name))
    for version, file in lost:
        print(f"bytes are gone: {version} {file.path} ({file.size} bytes, sha256 {file.sha256})")
    return int(bool(lost))


if __name__ == "__main__":
    raise SystemExit(main())
