"""How files are cut into parts, and how the largest session is stored."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambdas.aws.dynamodb.attribute_values import plain
from lambdas.aws.dynamodb.session_items import session_items, to_session
from lambdas.contract.limits import MAX_FILE_BYTES, MAX_FILES_PER_VERSION, MAX_PARTS_PER_FILE
from lambdas.registry.uploads.session import PlannedFile, Session, part_count, part_size

MIB = 1024**2


@pytest.mark.parametrize(
    ("size", "bytes_each", "parts"),
    [
        (0, 0, 0),
        (64 * MIB, 0, 0),
        (64 * MIB + 1, 16 * MIB, 5),
        (160_000 * MIB, 16 * MIB, 10_000),
        (160_000 * MIB + 1, 17 * MIB, 9_412),
        (MAX_FILE_BYTES, 525 * MIB, 9_987),
    ],
)
def test_a_size_has_its_parts(size: int, bytes_each: int, parts: int) -> None:
    assert (part_size(size), part_count(size)) == (bytes_each, parts)


@given(st.integers(min_value=64 * MIB + 1, max_value=MAX_FILE_BYTES))
def test_parts_add_up_to_the_file_and_s3_takes_them(size: int) -> None:
    file = PlannedFile("m", size, "0" * 64, ("0" * 64,), "key")
    count = part_count(size)
    assert count <= MAX_PARTS_PER_FILE
    assert part_size(size) % MIB == 0
    assert (count - 1) * part_size(size) + file.part_bytes(count) == size
    assert 1 <= file.part_bytes(count) <= part_size(size)


def test_the_largest_session_fits_its_items_and_comes_back_whole() -> None:
    # GIVEN as many digests as a declaration can carry, and incompressible paths
    source = random.Random(1)
    digests = tuple(source.randbytes(32).hex() for _ in range(60))
    files = tuple(
        PlannedFile(f"{source.randbytes(126).hex()}{n}", 2**30, digests[0], digests, f"key{n}")
        for n in range(MAX_FILES_PER_VERSION)
    )
    session = Session("0" * 32, "model", "m", files, 1_900_000_000, license="MIT", message="why")

    items = session_items(session)

    sizes = [sum(len(str(value)) for value in item.values()) for item in items[:1]]
    assert sizes[0] < 4_096
    assert all(len(item["data"]["B"]) <= 350 * 1024 for item in items[1:])
    assert len(items) <= 100
    assert to_session("0" * 32, [plain(item) for item in items]) == session
