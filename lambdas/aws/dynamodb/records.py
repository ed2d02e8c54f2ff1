"""Conversion between DynamoDB items and the domain's records and versions."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from lambdas.aws.dynamodb.layout import ALIAS_PREFIX, SWEPT
from lambdas.aws.dynamodb.packing import pack_inspection, pack_manifest, unpack_version
from lambdas.contract.limits import ARTIFACT_TYPES, INSPECTION_GRACE_SECONDS
from lambdas.contract.table import (
    DUE_ATTRIBUTE,
    REQUEST_ID_ATTRIBUTE,
    SWEEP_KEY,
    SWEEP_SORT_KEY,
    TABLE_SORT_KEY,
)
from lambdas.registry.model import Head, Model, Record
from lambdas.registry.verdict import Verdict
from lambdas.registry.version import Summary, Version

_EMBEDDED_BYTES: Final = 4_096
"""Heads up to this size are embedded in the record, so that reading metadata takes one call."""


def pointers(version: Version) -> dict[str, Any]:
    """Return the record's attributes that point to its newest version."""
    kind, summary = version.artifact_type, version.summary
    head: dict[str, Any] = {
        "number": summary.number,
        "created_at": summary.created_at,
        "size": summary.size,
        "verdict": summary.verdict.value,
        "files": summary.files,
        "readme": summary.readme,
        "license_file": summary.license_file,
        "libraries": summary.libraries,
    }
    manifest, inspection = pack_manifest(version), pack_inspection(version.inspection)
    if len(manifest) + len(inspection) <= _EMBEDDED_BYTES:
        head |= {"manifest": manifest, "inspection": inspection}
    attributes: dict[str, Any] = {f"head_{kind}": head, f"{kind}_key": version.largest.s3_key}
    if kind == "model":
        attributes["size"] = version.size
    return attributes


def pointer_names(artifact_type: str) -> tuple[str, ...]:
    """Return the names of the attributes that `pointers` sets."""
    names = (f"head_{artifact_type}", f"{artifact_type}_key")
    return (*names, "size") if artifact_type == "model" else names


def to_record(item: Mapping[str, Any]) -> Record:
    """Return the record of a plain item."""
    return Record(
        model=Model.from_dict(item),
        heads={
            kind: _to_head(kind, item[f"head_{kind}"])
            for kind in ARTIFACT_TYPES
            if f"head_{kind}" in item
        },
        counts=_by_type(item, "count"),
        created_at=item.get("created_at", ""),
        updated_at=item.get("updated_at", ""),
        revision=item.get("revision", 0),
        description=item.get("description", ""),
        tags=item.get("tags", {}),
        aliases=_aliases(item),
        generations=_by_type(item, "generation"),
        purges=_by_type(item, "purge"),
    )


def to_version(item: Mapping[str, Any]) -> Version:
    """Return the version of a plain item."""
    _, kind, number = item[TABLE_SORT_KEY].split("/")
    return unpack_version(kind, int(number), item["manifest"], item["inspection"])


def inspection_due(version: Version, request_id: str) -> dict[str, Any]:
    """Return the attributes that mark a new, pending version as waiting to be inspected."""
    if version.inspection.verdict is not Verdict.PENDING:
        return {}
    created_at = int(datetime.fromisoformat(version.created_at).timestamp())
    return {
        DUE_ATTRIBUTE: version.created_at,
        REQUEST_ID_ATTRIBUTE: request_id,
        SWEEP_KEY: SWEPT,
        SWEEP_SORT_KEY: created_at + INSPECTION_GRACE_SECONDS,
    }


def _to_head(kind: str, head: Mapping[str, Any]) -> Head:
    version = None
    if "manifest" in head:
        version = unpack_version(kind, head["number"], head["manifest"], head["inspection"])
    if version is not None and "created_at" not in head:
        return Head(summary=version.summary, version=version)  # stored before heads had summaries
    members = {name: head[name] for name in Summary.__dataclass_fields__ if name in head}
    summary = Summary(**members | {"verdict": Verdict(head["verdict"])})
    return Head(summary=summary, version=version)


def _by_type(item: Mapping[str, Any], prefix: str) -> dict[str, int]:
    return {kind: item[f"{prefix}_{kind}"] for kind in ARTIFACT_TYPES if f"{prefix}_{kind}" in item}


def _aliases(item: Mapping[str, Any]) -> dict[str, dict[str, int]]:
    aliases: dict[str, dict[str, int]] = {}
    for attribute, number in item.items():
        if attribute.startswith(ALIAS_PREFIX):
            _, kind, alias = attribute.split("/")
            aliases.setdefault(kind, {})[alias] = number
    return aliases
