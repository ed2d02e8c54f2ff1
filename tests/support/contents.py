"""Contents of models by path, and how a client declares them in an upload session."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any

import pytest

from lambdas.registry.uploads import session
from lambdas.registry.uploads.session import DeclaredFile

MIB = 1024**2
Contents = Mapping[str, bytes]
SMALL: Contents = {"config.json": b"{}"}


def in_parts() -> Contents:
    """Return one file that goes up in parts, and two that do not."""
    return {"weights.bin": bytes(session.SINGLE_PUT_LIMIT_BYTES + 1), "a.json": b"[]", **SMALL}


def safetensors(size: int) -> bytes:
    """Return a model with one tensor of `size` bytes."""
    tensor = {"dtype": "U8", "shape": [size], "data_offsets": [0, size]}
    header = json.dumps({"weight": tensor}).encode()
    return len(header).to_bytes(8, "little") + header + bytes(size)


def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let files over 1 MiB go up in parts of 1 MiB, so that tests need not move 64."""
    monkeypatch.setattr(session, "SINGLE_PUT_LIMIT_BYTES", MIB)
    monkeypatch.setattr(session, "MIN_PART_BYTES", MIB)
    monkeypatch.setattr("moto.s3.models.S3_UPLOAD_PART_MIN_SIZE", MIB)


def parts_of(content: bytes) -> list[bytes]:
    """Return the parts that a content goes up in; none when it goes up whole."""
    size = session.part_size(len(content))
    return [content[at : at + size] for at in range(0, len(content), size)] if size else []


def declare(path: str, content: bytes) -> DeclaredFile:
    """Return one file's declaration."""
    parts = tuple(hashlib.sha256(part).hexdigest() for part in parts_of(content))
    return DeclaredFile(path, len(content), hashlib.sha256(content).hexdigest(), parts)


def declared(contents: Contents, name: str = "big", **members: Any) -> dict[str, Any]:
    """Return the body that begins an upload of these contents."""
    files = []
    for path, content in contents.items():
        file = declare(path, content)
        entry: dict[str, Any] = {"path": path, "size": file.size, "sha256": file.sha256}
        if file.part_sha256:
            entry["part_sha256"] = list(file.part_sha256)
        files.append(entry)
    return {"model_name": name, "files": files, **members}


def wanted(
    files: Iterable[Mapping[str, Any]], contents: Contents
) -> list[tuple[Mapping[str, Any], bytes]]:
    """Return the requests that a session's answer asks for, parts first, each with its bytes."""
    parts, whole = [], []
    for file in files:
        content = contents[file["path"]]
        for part in file.get("parts", []):
            start = (part["part_number"] - 1) * file["part_size"]
            parts.append((part, content[start : start + file["part_size"]]))
        if "url" in file:
            whole.append((file, content))
    return parts + whole
