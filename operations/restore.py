"""Copies one name from a restored table to the registry's, and lists files whose bytes are lost.

Run it with your own AWS credentials:
`python -m operations.restore RESTORED_TABLE TABLE BUCKET NAME [--replace]`. The record is copied
last, so an interrupted copy makes nothing visible; run it again to continue.
"""

import argparse
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

import boto3
from botocore.exceptions import ClientError

from lambdas.aws.dynamodb.attribute_values import plain, typed
from lambdas.aws.dynamodb.layout import INTENTS, OPEN_PREFIX, RECORD, REVISION, TAKEN_PREFIX, key
from lambdas.aws.dynamodb.records import to_version
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
    """Return all items of a name in DynamoDB's typed form, the record last."""
    pages = client.get_paginator("query").paginate(
        TableName=table,
        KeyConditionExpression="#name = :name",
        ExpressionAttributeNames={"#name": TABLE_PARTITION_KEY},
        ExpressionAttributeValues=typed({":name": name}),
        ConsistentRead=True,
    )
    found = [item for page in pages for item in page["Items"]]
    return sorted(found, key=lambda item: item[TABLE_SORT_KEY]["S"] == RECORD)


def restored_record(restored: Item, current: Item | None) -> Item:
    """Return the restored record without its intents.

    Counters never go back, so that no version number is assigned twice.
    """
    old, new = plain(restored), plain(current or {})
    intents = (OPEN_PREFIX, TAKEN_PREFIX)
    kept = {name: value for name, value in old.items() if not name.startswith(intents)}
    highest = (REVISION, INTENTS, *(f"{part}_{k}" for part in _GROWING for k in ARTIFACT_TYPES))
    for name in highest:
        if name in kept or name in new:
            kept[name] = max(kept.get(name, 0), new.get(name, 0))
    kept[REVISION] = kept.get(REVISION, 0) + 1
    return typed(kept)


def copy(client: "DynamoDBClient", source: str, target: str, name: str, *, replace: bool) -> int:
    """Copy the items of a name; return how many were written.

    Raises:
        CommandError: The source has no record of the name, or the target already has one and
            `replace` is false.
    """
    found = items_of(client, source, name)
    if not found or found[-1][TABLE_SORT_KEY]["S"] != RECORD:
        raise CommandError(f"{source} has no record of {name}")
    now = client.get_item(TableName=target, Key=key(name, RECORD), ConsistentRead=True).get("Item")
    if now and not replace:
        raise CommandError(
            f"{target} already has a record of {name}; pass --replace to overwrite it"
        )
    versions, record = found[:-1], found[-1]
    written = sum(_put_new(client, target, item) for item in versions)
    client.put_item(TableName=target, Item=restored_record(record, now))
    return written + 1


def _put_new(client: "DynamoDBClient", table: str, item: Item) -> bool:
    """Write an item unless it exists; return whether it was written."""
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
    """Yield the version's sort key and the file for each file whose bytes the bucket lacks."""
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
    """Copy the name and list lost files; return 1 if there are any, else 0."""
    parser = argparse.ArgumentParser(prog="python -m operations.restore", description=__doc__)
    for argument in ("restored_table", "table", "bucket", "name"):
        parser.add_argument(argument)
    parser.add_argument("--replace", action="store_true", help="overwrite an existing record")
    given = parser.parse_args()
    dynamodb, s3 = boto3.client("dynamodb"), boto3.client("s3")
    with friendly_errors():
        written = copy(
            dynamodb, given.restored_table, given.table, given.name, replace=given.replace
        )
    print(f"{given.name}: {written} items restored")
    lost = list(lost_files(dynamodb, s3, given.table, given.bucket, given.name))
    for version, file in lost:
        print(f"bytes lost: {version} {file.path} ({file.size} bytes, sha256 {file.sha256})")
    return int(bool(lost))


if __name__ == "__main__":
    raise SystemExit(main())
