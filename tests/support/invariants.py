"""What must hold of the bucket and the table: always, and once nothing is in progress."""

import hashlib
from dataclasses import dataclass
from typing import Any

from lambdas.aws.dynamodb.attribute_values import plain
from lambdas.aws.dynamodb.layout import RECORD
from lambdas.aws.dynamodb.records import to_record, to_version
from lambdas.aws.dynamodb.session_items import partition
from lambdas.contract.limits import ARTIFACT_TYPES
from lambdas.contract.table import SWEEP_SORT_KEY
from lambdas.registry.model import Record
from lambdas.registry.version import File, Version
from tests.support import aws, events

NOTES = ("open_", "taken_", "purge_")
"""Prefixes of the attributes that a record has only while something waits to be removed."""


@dataclass(frozen=True)
class Stored:
    """All that the table holds: records by name and version items by name, type and number."""

    items: list[dict[str, Any]]
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
        items=items,
        raw={item["name"]: item for item in items if item["item"] == RECORD},
        versions={
            (item["name"], version.artifact_type, version.number): version
            for item in versions
            for version in [to_version(item)]
        },
    )


def committed(name: str) -> list[File]:
    """Return the files of all versions of a name; a deleted model's may still have their items."""
    found = stored()
    record = found.records.get(name)
    return [
        file
        for (owner, kind, number), version in found.versions.items()
        if record and owner == name and not record.gone(kind, number)
        for file in version.files
    ]


def assert_whole() -> None:
    """Every reader's view is complete: no version without its bytes, no pointer to nothing."""
    found = stored()
    for name, record in found.records.items():
        numbers = {
            kind: [n for (owner, of, n) in found.versions if (owner, of) == (name, kind)]
            for kind in ARTIFACT_TYPES
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
                _assert_stored(found.versions[name, kind, number].files)


def assert_clean() -> None:
    """Nothing is left over: no object without a version, no version without a reader."""
    assert_whole()
    found = stored()
    assert set(aws.objects()) == found.used_keys
    assert aws.multiparts() == []
    for record in found.raw.values():
        assert [name for name in record if name.startswith(NOTES)] == []
    visible = {name for name, record in found.records.items() if record.visible}
    assert {name for name, _, _ in found.versions} <= visible


def assert_swept() -> None:
    """Nothing is left over, and nothing is left for the next sweep.

    A version that waits to be inspected is due too, so it is inspected first.
    """
    events.inspect_due()
    assert_clean()
    found = stored()
    assert [item for item in found.items if item["name"].startswith(partition(""))] == []
    assert [item for item in found.items if SWEEP_SORT_KEY in item] == []
    assert [name for name, record in found.records.items() if not record.counts] == []


def _assert_stored(files: tuple[File, ...]) -> None:
    s3 = aws.s3()
    for file in files:
        answer = s3.get_object(Bucket=aws.BUCKET, Key=file.s3_key, VersionId=file.s3_version)
        assert hashlib.sha256(answer["Body"].read()).hexdigest() == file.sha256
