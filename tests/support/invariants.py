"""The sweep, and what must hold after it."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from lambdas.aws import resources
from lambdas.aws.dynamodb.deletions import DynamoDeletions
from lambdas.aws.dynamodb.layout import RECORD
from lambdas.aws.dynamodb.records import to_record, to_version
from lambdas.aws.dynamodb.table import DynamoTable
from lambdas.aws.dynamodb.values import plain
from lambdas.aws.s3.bucket import S3Bucket
from lambdas.registry.catalogue.deleting import Purger
from lambdas.registry.model import Record
from lambdas.registry.version import Version
from tests.support import aws, use_cases

FOREVER = datetime(2999, 1, 1, tzinfo=UTC)
NOTES = ("open_", "taken_", "purge_")
"""How the attributes begin that a record has only while something waits for the sweep."""


@dataclass(frozen=True)
class Stored:
    """All that the table holds: records by name and version items by name, type and number."""

    raw: dict[str, dict[str, Any]]
    versions: dict[tuple[str, str, int], Version]

    @property
    def records(self) -> dict[str, Record]:
        return {name: to_record(item) for name, item in self.raw.items()}

    @property
    def used_keys(self) -> set[str]:
        return {file.s3_key for version in self.versions.values() for file in version.files}


def stored() -> Stored:
    items = [plain(item) for item in aws.items()]
    versions = [item for item in items if item["item"].startswith("version/")]
    return Stored(
        raw={item["name"]: item for item in items if item["item"] == RECORD},
        versions={
            (item["name"], version.artifact_type, version.number): version
            for item in versions
            for version in [to_version(item)]
        },
    )


def purger() -> Purger:
    return Purger(
        resources.on_table(DynamoTable),
        resources.on_table(DynamoDeletions),
        resources.on_bucket(S3Bucket),
        lambda: datetime.now(UTC),
    )


def sweep() -> None:
    """Make one pass of the clean-up, long after everything that is going on has ended."""
    use_cases.sweep(FOREVER)


def assert_whole() -> None:
    """Every reader's view is complete: no version without its bytes, no pointer to nothing."""
    found, objects = stored(), set(aws.objects())
    for name, record in found.records.items():
        numbers = {
            kind: [n for (owner, of, n) in found.versions if (owner, of) == (name, kind)]
            for kind in ("model", "code", "dataset")
        }
        alive = {
            kind: [number for number in listed if not record.gone(kind, number)]
            for kind, listed in numbers.items()
        }
        newest = {kind: max(listed) for kind, listed in alive.items() if listed}
        assert {kind: head.number for kind, head in record.heads.items()} == newest
        for kind, head in record.heads.items():
            assert head.summary == found.versions[name, kind, head.number].summary
        for kind, aliases in record.aliases.items():
            assert set(aliases.values()) <= set(alive[kind])
        for kind, listed in alive.items():
            assert not listed or max(listed) <= record.counts[kind]
            for number in listed:
                version = found.versions[name, kind, number]
                assert {file.s3_key for file in version.files} <= objects


def assert_clean() -> None:
    """Nothing is left over: no object without a version, no version without a reader."""
    assert_whole()
    found = stored()
    assert set(aws.objects()) == found.used_keys
    for record in found.raw.values():
        assert not [name for name in record if name.startswith(NOTES)]
    visible = {name for name, record in found.records.items() if record.visible}
    assert {name for name, _, _ in found.versions} <= visible
