"""Packing of manifests and inspections, so that 1,000 files fit into a 400 KB DynamoDB item."""

import json
import zlib
from dataclasses import asdict
from typing import Any

from lambdas.registry.verdict import Finding, Inspection, Verdict
from lambdas.registry.version import File, Version


def pack(value: Any) -> bytes:
    """Return the value as compressed JSON."""
    text = json.dumps(value, separators=(",", ":"), ensure_ascii=False)
    return zlib.compress(text.encode())


def unpack(packed: bytes) -> Any:
    """Return the value that was packed."""
    return json.loads(zlib.decompress(packed))


def pack_manifest(version: Version) -> bytes:
    """Return the immutable part of a version."""
    return pack(
        {
            "files": [asdict(file) for file in version.files],
            "created_at": version.created_at,
            "message": version.message,
        }
    )


def pack_inspection(inspection: Inspection) -> bytes:
    """Return the part of a version that an inspection may change."""
    return pack(asdict(inspection))


def unpack_version(artifact_type: str, number: int, manifest: bytes, inspection: bytes) -> Version:
    """Return the version of a packed manifest and inspection."""
    data = unpack(manifest)
    return Version(
        artifact_type=artifact_type,
        number=number,
        files=tuple(File(**file) for file in data["files"]),
        created_at=data["created_at"],
        message=data["message"],
        inspection=_inspection(unpack(inspection)),
    )


def _inspection(data: dict[str, Any]) -> Inspection:
    members = {name: data[name] for name in Inspection.__dataclass_fields__ if name in data}
    findings = tuple(Finding(**finding) for finding in data["findings"])
    return Inspection(**members | {"verdict": Verdict(data["verdict"]), "findings": findings})
