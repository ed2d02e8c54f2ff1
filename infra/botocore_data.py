"""Reduces botocore's data to what clients read: parsing prose took most of a cold start.

Measured: creating an S3 and a DynamoDB client takes a quarter of the CPU time it takes with the
original files.
"""

import gzip
import json
import shutil
from pathlib import Path
from typing import Any, Final

SERVICES: Final = frozenset({"dynamodb", "s3", "sts"})
"""The services that the functions call; the 400 others make up most of botocore's size."""
FILES: Final = frozenset(
    {"_retry.json", "endpoints.json", "partitions.json", "sdk-default-configuration.json"}
)
_PROSE: Final = frozenset({"documentation", "documentationUrl"})


def slim(data: Path) -> None:
    """Keep only the called services, uncompressed and without documentation."""
    for entry in data.iterdir():
        if entry.is_dir() and entry.name not in SERVICES:
            shutil.rmtree(entry)
        elif entry.is_file() and entry.name not in FILES:
            entry.unlink()
    for examples in data.rglob("examples-1.json*"):
        examples.unlink()
    for packed in data.rglob("*.json.gz"):
        _write(
            packed.with_suffix(""), _without_prose(json.loads(gzip.decompress(packed.read_bytes())))
        )
        packed.unlink()
    endpoints = data / "endpoints.json"
    if endpoints.exists():
        _write(endpoints, _of_services(json.loads(endpoints.read_bytes())))


def _without_prose(node: Any) -> Any:
    """Return the node with empty documentation strings.

    The keys stay, because botocore reads some of them unconditionally. A member of a shape may have
    the same name, but its value is not a string.
    """
    if isinstance(node, dict):
        return {
            key: "" if key in _PROSE and isinstance(value, str) else _without_prose(value)
            for key, value in node.items()
        }
    return [_without_prose(value) for value in node] if isinstance(node, list) else node


def _of_services(endpoints: dict[str, Any]) -> dict[str, Any]:
    for partition in endpoints["partitions"]:
        services = partition["services"]
        partition["services"] = {name: services[name] for name in SERVICES & services.keys()}
    return endpoints


def _write(path: Path, value: Any) -> None:
    path.write_text(json.dumps(value, separators=(",", ":"), sort_keys=True), encoding="utf-8")
