"""The sweep: what it removes, what it leaves alone, and what may run at the same time."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from lambdas.contract.limits import INTENT_SECONDS, SESSION_MARGIN_SECONDS, SESSION_SECONDS
from lambdas.functions.sweep.handler import lambda_handler
from lambdas.registry.errors import (
    ConflictError,
    UploadIncompleteError,
    UploadNotFoundError,
)
from lambdas.registry.sweep import SweepResult
from lambdas.registry.uploads.offers import Offer
from lambdas.web.app import logger
from tests.support import aws, events, use_cases
from tests.support.contents import parts_of, small_parts
from tests.support.invariants import assert_swept, assert_whole, committed

CONTENTS = {"config.json": b"{}", "model.bin": bytes(range(256)) * (6 * 1024)}
INTENT_OVER = use_cases.NOON + timedelta(seconds=INTENT_SECONDS)
SESSION_OVER = use_cases.NOON + timedelta(seconds=SESSION_SECONDS)
SWEPT = SESSION_OVER + timedelta(seconds=SESSION_MARGIN_SECONDS)


@pytest.fixture(autouse=True)
def _small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    small_parts(monkeypatch)


def sent(name: str = "m") -> Offer:
    """Return a session whose files have all been sent."""
    offer = use_cases.begin(CONTENTS, name)
    use_cases.send(offer, CONTENTS)
    return offer


def crashed_upload(calls: aws.AwsCalls) -> None:
    """Let a small upload die between its bytes and its record."""
    with calls.death("before", 2):
        use_cases.upload(b"weights")


def test_a_session_ends_after_a_day() -> None:
    offer = sent()
    just_before = SESSION_OVER - timedelta(seconds=1)

    assert use_cases.sessions(lambda: just_before).resume("model", offer.upload_id)
    for use in (
        use_cases.sessions(lambda: SESSION_OVER).resume,
        use_cases.sessions(lambda: SESSION_OVER).complete,
    ):
        with pytest.raises(UploadNotFoundError):
            use("model", offer.upload_id)


def test_an_expired_session_leaves_nothing() -> None:
    # GIVEN one with all its files, and one with a part of one
    sent("m")
    begun = use_cases.begin(CONTENTS, "n")
    number, request = begun.files[1].parts[0]
    content = parts_of(CONTENTS["model.bin"])[number - 1]
    assert aws.put(request.url, dict(request.headers), content) == 200

    tally = use_cases.sweep(SWEPT)

    assert tally == SweepResult(swept=2)
    assert (aws.objects(), aws.multiparts(), aws.items()) == ([], [], [])


def test_nothing_is_swept_while_one_of_its_urls_may_live() -> None:
    sent()
    tally = use_cases.sweep(SWEPT - timedelta(seconds=1))
    assert tally == SweepResult()
    assert len(aws.objects()) == 1
    assert len(aws.multiparts()) == 1


def test_what_lands_after_an_abort_is_swept() -> None:
    offer = use_cases.begin(CONTENTS)
    use_cases.sessions().abort("model", offer.upload_id)
    request = offer.files[0].put
    assert request
    assert aws.put(request.url, dict(request.headers), CONTENTS["config.json"]) == 200

    use_cases.sweep(use_cases.NOON + timedelta(seconds=SESSION_MARGIN_SECONDS))

    assert (aws.objects(), aws.items()) == ([], [])


def test_a_completed_session_is_forgotten_and_its_version_stays() -> None:
    use_cases.push(CONTENTS)
    use_cases.sweep(SWEPT)
    assert len(committed("m")) == 2
    assert_swept()


def test_a_file_that_was_sent_though_it_was_stored_already_is_swept() -> None:
    # GIVEN two sessions of the same files, both sent, both completed
    first, second = sent(), sent()
    use_cases.sessions().complete("model", first.upload_id)
    use_cases.sessions().complete("model", second.upload_id)

    use_cases.sweep(SWEPT)

    assert len(committed("m")) == 4
    assert len(aws.objects()) == 2
    assert_swept()


def test_a_small_upload_that_died_leaves_nothing(calls: aws.AwsCalls) -> None:
    crashed_upload(calls)
    assert len(aws.objects()) == 1
    tally = use_cases.sweep(INTENT_OVER)
    assert tally == SweepResult(swept=1)
    assert (aws.objects(), aws.items()) == ([], [])


def test_only_the_leftovers_of_a_known_name_are_removed(calls: aws.AwsCalls) -> None:
    use_cases.upload(b"weights")
    crashed_upload(calls)
    use_cases.sweep(INTENT_OVER)
    events.inspect_due()
    assert events.fetch("m").body == b"weights"
    assert_swept()


def test_an_upload_that_still_runs_is_left_alone_and_visited_again(calls: aws.AwsCalls) -> None:
    # GIVEN one that died, and one that began ten minutes later and still runs
    crashed_upload(calls)
    later = use_cases.NOON + timedelta(minutes=10)
    with calls.death("before", 2):
        use_cases.upload(b"weights", now=lambda: later)

    use_cases.sweep(INTENT_OVER)

    assert len(aws.objects()) == 1

    use_cases.sweep(INTENT_OVER + timedelta(minutes=10))

    assert (aws.objects(), aws.items()) == ([], [])


def test_an_upload_that_took_too_long_finds_its_objects_taken_and_shows_nothing() -> None:
    # GIVEN a sweep right before the commit
    with (
        aws.meanwhile("dynamodb", "TransactWriteItems", lambda: use_cases.sweep(INTENT_OVER)),
        pytest.raises(ConflictError),
    ):
        use_cases.upload(b"weights")
    assert (aws.objects(), aws.items()) == ([], [])


def test_an_upload_that_begins_while_a_name_is_being_swept_keeps_it_due(
    calls: aws.AwsCalls,
) -> None:
    use_cases.upload(b"weights")

    def begins() -> None:
        with calls.death("before", 2):
            use_cases.upload(b"weights", now=lambda: INTENT_OVER)

    with aws.meanwhile("dynamodb", "UpdateItem", begins):
        use_cases.sweep(INTENT_OVER)
    # THEN the one that died in the meantime is found later
    use_cases.sweep(INTENT_OVER + timedelta(seconds=INTENT_SECONDS))
    assert_swept()


def test_a_pass_without_time_begins_nothing_and_reports_that(calls: aws.AwsCalls) -> None:
    crashed_upload(calls)
    tally = use_cases.sweep(INTENT_OVER, has_time=lambda: False)
    assert tally == SweepResult(unfinished=True)
    assert len(aws.objects()) == 1


def test_a_broken_item_is_reported_and_does_not_stop_the_pass() -> None:
    # GIVEN a session that cannot be read, and one that can
    broken = use_cases.begin(CONTENTS, "broken").upload_id
    sent("m")
    aws.damage(f"upload#{broken}", "chunk/0000")
    reported: list[str | None] = []

    tally = use_cases.sweep(SWEPT, report=lambda due, _: reported.append(due.upload_id))

    assert tally == SweepResult(swept=1, failed=1)
    assert reported == [broken]
    assert aws.objects() == []


def test_the_calls_of_a_pass_are_counted(calls: aws.AwsCalls) -> None:
    # GIVEN nothing is due
    calls.made.clear()
    use_cases.sweep(SWEPT)

    assert calls.made == ["dynamodb:Query"]
    # GIVEN a name that only had small uploads, all of them done
    use_cases.upload(b"weights")
    calls.made.clear()

    use_cases.sweep(INTENT_OVER)

    assert calls.made == ["dynamodb:Query", "dynamodb:GetItem", "dynamodb:UpdateItem"]

    calls.made.clear()
    crashed_upload(calls)
    calls.made.clear()

    use_cases.sweep(INTENT_OVER)

    assert calls.made == [
        "dynamodb:Query",
        "dynamodb:GetItem",
        "dynamodb:UpdateItem",
        *["dynamodb:Query"] * 3,
        "s3:ListObjectVersions",
        "s3:DeleteObjects",
        "dynamodb:UpdateItem",
    ]


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("call", range(14))
def test_a_pass_that_dies_anywhere_is_finished_by_the_next(
    calls: aws.AwsCalls, when: str, call: int
) -> None:
    # GIVEN a stale session and a dead upload
    sent("n")
    crashed_upload(calls)
    with calls.death(when, call):
        use_cases.sweep(SWEPT)
    use_cases.sweep(SWEPT)
    assert (aws.objects(), aws.multiparts(), aws.items()) == ([], [], [])


def test_two_passes_at_once_are_harmless(calls: aws.AwsCalls) -> None:
    for operation, service in (
        ("Query", "dynamodb"),
        ("UpdateItem", "dynamodb"),
        ("ListObjectVersions", "s3"),
        ("DeleteObjects", "s3"),
        ("TransactWriteItems", "dynamodb"),
    ):
        use_cases.push(CONTENTS, "kept")
        sent("n")
        crashed_upload(calls)

        with aws.meanwhile(service, operation, lambda: use_cases.sweep(SWEPT)):
            use_cases.sweep(SWEPT)

        assert_swept()


def test_the_scheduled_function_makes_a_pass_and_logs_what_fails(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # GIVEN an item that is due by the real clock, and cannot be read
    old = datetime(2020, 1, 1, tzinfo=UTC)
    broken = use_cases.begin(CONTENTS, now=lambda: old).upload_id
    aws.damage(f"upload#{broken}", "chunk/0000")
    lines: list[Any] = []
    monkeypatch.setattr(logger.handlers[0], "emit", lines.append)

    tally = lambda_handler({}, None)

    assert tally == {"swept": 0, "failed": 1, "unfinished": False, "reinspected": 0}
    assert [line.levelname for line in lines] == ["ERROR", "INFO"]
    assert broken in logger.handlers[0].format(lines[0])


def test_two_completes_at_once_make_one_version_and_answer_alike() -> None:
    upload_id = sent().upload_id
    other: list[Any] = []

    def overtakes() -> None:
        other.append(use_cases.sessions().complete("model", upload_id))

    for operation, service in (
        ("TransactWriteItems", "dynamodb"),
        ("CompleteMultipartUpload", "s3"),
    ):
        with aws.meanwhile(service, operation, overtakes):
            receipt = use_cases.sessions().complete("model", upload_id)

        assert replace(receipt, repeated=False) == replace(other[0], repeated=False)
    assert len(committed("m")) == 2
    use_cases.sweep(SWEPT)
    assert_swept()


def test_uploads_of_one_name_at_once_get_numbers_of_their_own() -> None:
    upload_id = sent().upload_id
    # WHEN a small upload commits first
    with aws.meanwhile("dynamodb", "TransactWriteItems", lambda: use_cases.upload(b"weights")):
        receipt = use_cases.sessions().complete("model", upload_id)
    assert receipt.version.number == 2
    events.inspect_due()
    assert events.fetch("m", "version=1").body == b"weights"


def test_completing_notices_that_a_version_whose_bytes_it_shares_was_deleted() -> None:
    use_cases.push(CONTENTS)
    use_cases.upload(b"weights")
    upload_id = use_cases.begin(CONTENTS).upload_id
    # WHEN it is deleted right before the commit
    with (
        aws.meanwhile(
            "dynamodb", "TransactWriteItems", lambda: use_cases.delete_version("model", "m", 1)
        ),
        pytest.raises(UploadIncompleteError) as refusal,
    ):
        use_cases.sessions().complete("model", upload_id)

    missing = refusal.value.details["missing"]
    assert [file["path"] for file in missing] == ["config.json", "model.bin"]
    # WHEN what is missing is sent
    use_cases.send(use_cases.sessions().resume("model", upload_id), CONTENTS)

    assert use_cases.sessions().complete("model", upload_id).version.number == 3
    assert_whole()


def test_an_abort_during_a_complete_wins_or_loses_as_a_whole() -> None:
    first, second = sent().upload_id, sent().upload_id
    # WHEN the abort comes first
    with (
        aws.meanwhile(
            "dynamodb", "TransactWriteItems", lambda: use_cases.sessions().abort("model", first)
        ),
        pytest.raises(UploadNotFoundError),
    ):
        use_cases.sessions().complete("model", first)

    assert events.fetch("m").status == 404
    # WHEN the complete comes first
    with (
        aws.meanwhile(
            "dynamodb", "UpdateItem", lambda: use_cases.sessions().complete("model", second)
        ),
        pytest.raises(ConflictError),
    ):
        use_cases.sessions().abort("model", second)

    assert_whole()
    use_cases.sweep(SWEPT)
    assert_swept()


def test_two_resumes_at_once_lead_to_one_multipart_upload() -> None:
    # GIVEN a session whose files were stored when it began, and no longer are
    use_cases.push(CONTENTS)
    upload_id = use_cases.begin(CONTENTS).upload_id
    use_cases.upload(b"weights")
    use_cases.delete_version("model", "m", 1)

    with aws.meanwhile(
        "dynamodb", "UpdateItem", lambda: use_cases.sessions().resume("model", upload_id)
    ):
        offer = use_cases.sessions().resume("model", upload_id)
    use_cases.send(offer, CONTENTS)

    assert use_cases.sessions().complete("model", upload_id).version.number == 3
    use_cases.sweep(SWEPT)
    assert_swept()
