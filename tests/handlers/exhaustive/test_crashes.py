"""The process dies before or after any AWS call: readers see all or nothing, a retry succeeds."""

from collections.abc import Callable, Iterator

import pytest

from tests.support import aws, events, use_cases
from tests.support.gateway import Answer
from tests.support.invariants import assert_swept, assert_whole
from tests.support.sharing import share

MOST_CALLS = 40
KEYED = {"Idempotency-Key": "retry"}
Write = Callable[[str], Answer]


@pytest.fixture
def crashes(calls: aws.AwsCalls) -> Callable[[Write], Iterator[str]]:
    """Crash a write at each of its calls; after each crash, one sweep must leave no orphan."""

    def at_every_call(write: Write) -> Iterator[str]:
        for when in ("before", "after"):
            for call in range(MOST_CALLS):
                name = f"{when}-{call}"
                fill(name)
                calls.made.clear()
                calls.crash(when, call)
                try:
                    write(name)
                except aws.CrashError:
                    calls.relent()
                    yield name
                    finish()
                    aws.wipe()
                else:
                    calls.relent()
                    break
            else:
                pytest.fail("more calls than expected")

    return at_every_call


def fill(name: str) -> None:
    for content in (b"one", b"two", b"three"):
        events.upload(content, name=name)
    events.upload(b"code", name=name, kind="code")
    share(name, 1)
    events.put_alias("old", 3, name)


def expire_holds() -> None:
    """Let the time pass after which a dead request's key is taken over."""
    for item in aws.items():
        if "held_until" in item:
            item["held_until"] = {"N": "0"}
            aws.dynamodb().put_item(TableName=aws.TABLE, Item=item)


def newest(name: str) -> int:
    return int(events.fetch(name, method="HEAD").headers["X-Artifact-Version"])


def numbers(name: str) -> set[int]:
    return {n for n in range(1, 6) if events.fetch(name, f"version={n}").status == 200}


def test_setting_an_alias_survives_a_crash_at_any_call(
    crashes: Callable[[Write], Iterator[str]],
) -> None:
    points = 0
    for name in crashes(lambda name: events.put_alias("prod", 2, name)):
        points += 1
        assert events.get_model(name).json["aliases"]["model"].get("prod", 2) == 2
        assert events.put_alias("prod", 2, name).status == 200
        assert events.fetch(name, "version=prod").body == b"two"
    assert points == 4


def test_removing_an_alias_survives_a_crash_at_any_call(
    crashes: Callable[[Write], Iterator[str]],
) -> None:
    points = 0
    for name in crashes(lambda name: events.delete_alias("old", name, headers=KEYED)):
        points += 1
        expire_holds()
        assert events.delete_alias("old", name, headers=KEYED).status == 204
        assert events.fetch(name, "version=old").error_code == "VERSION_NOT_FOUND"
    assert points == 6


def test_an_edit_survives_a_crash_at_any_call(crashes: Callable[[Write], Iterator[str]]) -> None:
    points = 0
    for name in crashes(lambda name: events.patch_model({"license": "MIT"}, name)):
        points += 1
        assert events.get_model(name).json["license"] in {"unknown", "MIT"}
        assert events.patch_model({"license": "MIT"}, name).status == 200
        assert events.get_model(name).json["license"] == "MIT"
    assert points == 4


@pytest.mark.parametrize("victim", [1, 2, 4])
def test_deleting_a_version_survives_a_crash_at_any_call(
    crashes: Callable[[Write], Iterator[str]], victim: int
) -> None:
    points = 0
    for name in crashes(lambda name: events.delete_version(victim, name, headers=KEYED)):
        points += 1
        assert numbers(name) in ({1, 2, 3, 4}, {1, 2, 3, 4} - {victim})
        assert_whole()
        expire_holds()
        assert events.delete_version(victim, name, headers=KEYED).status == 204
        assert numbers(name) == {1, 2, 3, 4} - {victim}
        assert newest(name) == (3 if victim == 4 else 4)
        assert events.upload(b"next", name=name).json["version"] == 5
    assert points >= 10


def test_deleting_a_model_survives_a_crash_at_any_call(
    crashes: Callable[[Write], Iterator[str]],
) -> None:
    points = 0
    for name in crashes(events.delete_model):
        points += 1
        # THEN readers see all or nothing
        assert numbers(name) in ({1, 2, 3, 4}, set())
        assert (events.get_model(name).status == 404) == (numbers(name) == set())
        assert_whole()
        # AND a retry finishes what it finds
        assert events.delete_model(name).status in {204, 404}
        assert events.get_model(name).status == 404
        if points % 2:
            assert events.upload(b"next", name=name).json["version"] == 5
            assert numbers(name) == {5}
    assert points >= 20


def test_deleting_a_model_under_a_key_survives_a_crash_at_any_call(
    crashes: Callable[[Write], Iterator[str]],
) -> None:
    for name in crashes(lambda name: events.delete_model(name, headers=KEYED)):
        expire_holds()
        assert events.delete_model(name, headers=KEYED).status == 204
        assert events.get_model(name).status == 404


def test_deleting_a_model_leaves_no_orphan_after_a_crash_that_is_never_retried(
    crashes: Callable[[Write], Iterator[str]],
) -> None:
    for name in crashes(events.delete_model):
        if len(name) % 2:
            events.upload(b"next", name=name)


def test_an_upload_under_a_key_survives_a_crash_at_any_call(
    crashes: Callable[[Write], Iterator[str]],
) -> None:
    points = 0
    for name in crashes(
        lambda name: events.upload(b"four", name=name, headers={"Idempotency-Key": name})
    ):
        points += 1
        assert newest(name) in {4, 5}
        assert_whole()
        expire_holds()
        # THEN a retry writes once, wherever the first one died
        assert (
            events.upload(b"four", name=name, headers={"Idempotency-Key": name}).json["version"]
            == 5
        )
        assert newest(name) == 5
    assert points == 8


def finish() -> None:
    """Check that one pass of the sweep leaves no orphan."""
    listed = {model["name"] for model in events.list_models("limit=100").json["models"]}
    use_cases.sweep()
    assert_swept()
    assert {model["name"] for model in events.list_models("limit=100").json["models"]} == listed
