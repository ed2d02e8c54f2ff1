"""The audit trail: who did what or was refused, recorded together with the effect."""

import hashlib
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from lambdas.contract.environment import ENV_AUDIT_DAYS, ENV_AUTH
from lambdas.functions.audit.handler import lambda_handler as audit
from lambdas.functions.get_artifact.handler import lambda_handler as get_artifact
from tests.support import aws, events
from tests.support.gateway import ADA, Answer, invoke, rest_event, signed

CONTENT = b"weights"
SHA256 = hashlib.sha256(CONTENT).hexdigest()
MALICIOUS = b"cposix\nsystem\n(S'true'\ntR."
SUSPICIOUS = b"cteam.models\nNet\n(tR."
KEYED = {"Idempotency-Key": "once"}


def page(name: str | None = "bert-base", query: str = "") -> Answer:
    path = "/audit" if name is None else f"/models/{name}/audit"
    return invoke(audit, rest_event("GET", path, query=query))


def trail(name: str | None = "bert-base") -> list[dict[str, Any]]:
    return list(page(name, "limit=100").json["events"])


def actions(name: str = "bert-base") -> list[str]:
    """Return what was done, oldest first."""
    return [event["action"] for event in reversed(trail(name))]


def test_an_upload_is_recorded_with_its_caller_content_and_address() -> None:
    answer = events.upload(CONTENT)

    (event,) = trail()
    at = datetime.fromisoformat(event.pop("at"))
    assert datetime.now(UTC) - at < timedelta(minutes=1)
    assert event == {
        "action": "upload",
        "actor": "anonymous",
        "address": "192.0.2.1",
        "request_id": answer.headers["x-request-id"],
        "artifact_type": "model",
        "version": 1,
        "sha256": SHA256,
    }


def test_every_change_and_every_download_is_recorded_and_nothing_else() -> None:
    events.upload(CONTENT)
    events.push({"a.bin": b"a", "b.bin": b"b"}, "bert-base")
    events.patch_model({"license": "MIT"})
    events.put_alias("prod", 1)
    events.fetch(query="version=prod")
    events.delete_alias("prod")
    events.rescan()
    events.delete_version(2)
    # AND requests only read
    events.metadata()
    events.fetch(method="HEAD")
    events.fetch(headers={"If-None-Match": f'"{SHA256}"'})
    events.get_model()
    events.list_models()
    events.list_versions()
    page()
    # AND writes fail that change nothing
    events.patch_model({"license": "x"}, headers={"If-Match": '"0"'})
    events.delete_version(9)
    events.upload(b"", name="bert-base")

    assert actions() == [
        "upload",
        "upload",
        "edit",
        "set_alias",
        "download",
        "remove_alias",
        "rescan",
        "delete_version",
    ]


def test_a_download_is_recorded_with_its_bytes_and_its_caller() -> None:
    events.upload(CONTENT, filename="m.bin")
    events.upload(b"newer", filename="m.bin")

    event = signed(rest_event("GET", "/artifacts/model/bert-base", query="version=1"))
    answer = invoke(get_artifact, event)

    kept = trail()[0]
    assert kept["request_id"] == answer.headers["x-request-id"]
    assert (kept["action"], kept["actor"], kept["version"]) == ("download", ADA, 1)
    assert (kept["file"], kept["sha256"]) == ("m.bin", SHA256)
    assert "unverified" not in kept


def test_a_completed_session_is_recorded_once_however_often_it_is_completed() -> None:
    upload_id = events.begin({"a.bin": b"a"}, "big").json["upload_id"]
    events.send(events.resume(upload_id).json["files"], {"a.bin": b"a"})
    answers = [events.complete(upload_id) for _ in range(3)]
    assert {answer.status for answer in answers} == {200}
    assert actions("big") == ["upload"]


def test_a_replayed_write_is_recorded_once() -> None:
    answers = [events.upload(CONTENT, headers=KEYED) for _ in range(3)]
    assert {answer.status for answer in answers} == {200}
    assert actions() == ["upload"]


@pytest.mark.parametrize(
    ("content", "query", "code"),
    [
        (MALICIOUS, "", "ARTIFACT_MALICIOUS"),
        (MALICIOUS, "allow_unverified=true", "ARTIFACT_MALICIOUS"),
        (SUSPICIOUS, "", "ARTIFACT_NOT_CLEARED"),
    ],
)
def test_a_refusal_of_the_guard_is_recorded(content: bytes, query: str, code: str) -> None:
    events.upload(content, filename="m.pkl")
    answer = events.fetch(query=query)
    kept = trail()[0]
    assert (answer.status, kept["action"], kept["error_code"]) == (403, "download", code)
    assert (kept["version"], kept["file"]) == (1, "m.pkl")


def test_a_download_of_an_uncleared_version_is_recorded_as_such() -> None:
    events.upload(SUSPICIOUS, filename="m.pkl")
    assert events.fetch(query="allow_unverified=true").status == 200
    assert trail()[0]["unverified"] is True


def test_a_request_that_a_token_does_not_grant_is_recorded_under_the_token(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    events.upload(CONTENT)
    made = events.create_token("read:other").json
    monkeypatch.setenv(ENV_AUTH, "token")

    event = events.carrying(rest_event("GET", "/artifacts/model/bert-base"), made["token"])
    assert invoke(get_artifact, event).status == 403

    monkeypatch.delenv(ENV_AUTH)
    kept = trail()[0]
    assert kept["actor"] == f"token:{made['token_id']}"
    assert (kept["action"], kept["error_code"]) == ("download", "FORBIDDEN")


def test_a_refusal_or_download_that_cannot_be_recorded_is_a_failure() -> None:
    events.upload(MALICIOUS, name="bad")
    events.upload(CONTENT, name="good")

    with aws.failing("dynamodb", "PutItem", "InternalServerError"):
        answers = [events.fetch("bad"), events.fetch("good")]

    assert [(answer.status, answer.error_code) for answer in answers] == [
        (500, "DYNAMODB_ERROR")
    ] * 2


def test_creating_and_revoking_tokens_are_events_of_no_model() -> None:
    made = events.create_token("write:team-a-*", "read:*").json
    events.revoke_token(made["token_id"])
    events.revoke_token(made["token_id"])

    revoked, created = trail(None)
    assert (created["action"], created["actor"]) == ("create_token", ADA)
    assert created["grants"] == ["read:*", "write:team-a-*"]
    assert (revoked["action"], revoked["token_id"]) == ("revoke_token", made["token_id"])
    assert made["token"] not in str([created, revoked])


def test_the_events_of_a_deleted_model_can_still_be_read() -> None:
    events.upload(CONTENT)
    events.delete_model()
    assert events.get_model().status == 404
    assert actions() == ["upload", "delete_model"]
    assert page("never-was").json == {"events": []}


def test_events_are_read_page_by_page_newest_first_with_one_query_each(
    calls: aws.AwsCalls,
) -> None:
    for number in range(5):
        events.upload(b"%d" % number)
    calls.made.clear()

    pages = [page(query="limit=2").json]
    while "next" in pages[-1]:
        pages.append(page(query=f"limit=2&next={pages[-1]['next']}").json)

    assert [[event["version"] for event in one["events"]] for one in pages] == [[5, 4], [3, 2], [1]]
    assert calls.made == ["dynamodb:Query"] * 3
    assert page("other", f"next={pages[0]['next']}").error_code == "INVALID_TOKEN"


@pytest.mark.parametrize(("days", "kept"), [("", 365), ("30", 30)])
def test_an_event_is_kept_as_long_as_configured(
    monkeypatch: pytest.MonkeyPatch, days: str, kept: int
) -> None:
    monkeypatch.setenv(ENV_AUDIT_DAYS, days)
    events.upload(CONTENT)
    (item,) = [item for item in aws.items() if item["name"]["S"].startswith("audit#")]
    expires_at = datetime.fromtimestamp(int(item["expires_at"]["N"]), UTC)
    lifetime = expires_at - datetime.now(UTC)
    assert timedelta(days=kept) - timedelta(minutes=1) < lifetime <= timedelta(days=kept)


def begin_anew() -> None:
    aws.wipe()
    events.upload(CONTENT)
    events.upload(CONTENT)
    events.put_alias("old", 2)


def seen() -> tuple[Any, ...]:
    """Return what shows a reader, or the inspector, that something was written."""
    waiting = [item["due"] for item in aws.items() if "due" in item]
    return events.get_model().headers.get("ETag"), waiting


@pytest.mark.parametrize(
    ("write", "action"),
    [
        (lambda: events.upload(b"second"), "upload"),
        (lambda: events.patch_model({"license": "MIT"}), "edit"),
        (lambda: events.put_alias("prod", 1), "set_alias"),
        (lambda: events.delete_alias("old"), "remove_alias"),
        (lambda: events.delete_version(1), "delete_version"),
        (events.delete_model, "delete_model"),
        (events.rescan, "rescan"),
    ],
)
def test_a_write_and_its_audit_event_are_atomic(
    calls: aws.AwsCalls, write: Any, action: str
) -> None:
    begin_anew()
    events_before, seen_before = actions(), seen()
    calls.made.clear()

    write()

    made, events_after = len(calls.made), actions()
    assert events_after == [*events_before, action]
    assert seen() != seen_before
    # AND wherever the process dies, there are both or neither
    for call in range(made):
        for when in ("before", "after"):
            begin_anew()
            seen_before = seen()
            with calls.death(when, call):
                write()
            assert (actions() == events_after) == (seen() != seen_before)
