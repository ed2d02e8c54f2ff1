"""What may be left in the bucket and the table, and what must not."""

import hashlib

import boto3

from lambdas.aws import resources
from lambdas.aws.dynamodb.history import DynamoHistory
from lambdas.aws.dynamodb.table import DynamoTable
from lambdas.contract.limits import ARTIFACT_TYPES
from lambdas.contract.table import AUDIT_PREFIX
from lambdas.registry.version import File
from tests.support import aws
from tests.support.inspection import inspect_due


def committed(name: str) -> list[File]:
    """Return the files of all versions of a name; a deleted model's may still have their items."""
    record = resources.on_table(DynamoTable).record(name)
    return [
        file
        for kind in ARTIFACT_TYPES
        for number, files in resources.on_table(DynamoHistory).versions(name, kind)
        if record and not record.gone(kind, number)
        for file in files
    ]


def assert_whole(name: str) -> None:
    """Check that every committed file has its bytes."""
    s3 = boto3.client("s3", region_name=aws.REGION)
    for file in committed(name):
        answer = s3.get_object(Bucket=aws.BUCKET, Key=file.s3_key, VersionId=file.s3_version)
        content = answer["Body"].read()
        assert hashlib.sha256(content).hexdigest() == file.sha256


def assert_nothing_left(*names: str) -> None:
    """Check that the bucket and the table hold what is committed under the names, and no more.

    A version that waits for its inspection is no leftover, so it is inspected first.
    """
    inspect_due()
    assert aws.objects() == sorted({file.s3_key for name in names for file in committed(name)})
    assert aws.multiparts() == []
    items = [item for item in aws.items() if not item["name"]["S"].startswith(AUDIT_PREFIX)]
    assert {item["name"]["S"] for item in items} <= set(names)
    for item in items:
        notes = [key for key in item if key.startswith(("open_", "taken_", "sweep"))]
        assert notes == []
