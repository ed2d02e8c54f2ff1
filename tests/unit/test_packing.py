"""Packed manifests: they come back whole, and the largest fits an item."""

import random
import uuid

from hypothesis import given
from hypothesis import strategies as st

from lambdas.aws.dynamodb.packing import pack_inspection, pack_manifest, unpack_version
from lambdas.contract.limits import MAX_FILES_PER_VERSION, MAX_PATH_BYTES
from lambdas.registry.verdict import Finding, Inspection, Verdict
from lambdas.registry.version import File, Version

ITEM_LIMIT_BYTES = 400 * 1024


def version(*files: File, inspection: Inspection | None = None) -> Version:
    return Version(
        artifact_type="model",
        number=7,
        files=files,
        created_at="2030-01-01T12:00:00.000Z",
        message="why",
        inspection=inspection or Inspection(),
    )


def file(path: str) -> File:
    source = random.Random(path)
    return File(
        path=path,
        size=source.randrange(5 * 10**12),
        sha256=source.randbytes(32).hex(),
        s3_key=f"dataset/{'n' * 96}/{uuid.UUID(bytes=source.randbytes(16))}.safetensors",
        content_type="application/octet-stream",
        s3_version=source.randbytes(24).hex()[:32],
    )


@given(path=st.text(min_size=1, max_size=60).filter(lambda text: text.isprintable()))
def test_a_version_comes_back_as_it_was_packed(path: str) -> None:
    finding = Finding(path, "os.system", "offset 2", "critical")
    packed = version(file(path), inspection=Inspection(Verdict.MALICIOUS, (finding,)))
    unpacked = unpack_version("model", 7, pack_manifest(packed), pack_inspection(packed.inspection))
    assert unpacked == packed


def test_the_most_files_with_the_longest_incompressible_paths_fit_one_item() -> None:
    source = random.Random(1)
    letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_"
    paths = [
        "".join(source.choices(letters, k=MAX_PATH_BYTES)) for _ in range(MAX_FILES_PER_VERSION)
    ]

    size = len(pack_manifest(version(*(file(path) for path in paths))))

    assert size < ITEM_LIMIT_BYTES - 16 * 1024
