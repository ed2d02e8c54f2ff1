"""Retries, errors and paging, without a network."""

from __future__ import annotations

from typing import Any

import pytest

import modelguard
from modelguard._api import Api
from modelguard._auth import BearerAuth, NoAuth
from modelguard._http import HttpTransport, Request
from modelguard._retry import Retry
from tests.client.fakes import Answer, Script, answer, refusal


def api(script: Script, waits: list[float] | None = None, **options: Any) -> Api:
    slept = [] if waits is None else waits
    return Api("http://registry", script, NoAuth(), Retry(3, sleep=slept.append), **options)


@pytest.mark.parametrize(
    ("status", "code", "expected"),
    [
        (400, "INVALID_NAME", modelguard.InvalidRequestError),
        (401, "UNAUTHORIZED", modelguard.UnauthorizedError),
        (403, "ARTIFACT_MALICIOUS", modelguard.ForbiddenError),
        (404, "MODEL_NOT_FOUND", modelguard.NotFoundError),
        (409, "CONFLICT", modelguard.ConflictError),
        (409, "ARTIFACT_PENDING", modelguard.PendingError),
        (412, "PRECONDITION_FAILED", modelguard.InvalidRequestError),
        (422, "IDEMPOTENCY_KEY_REUSED", modelguard.InvalidRequestError),
    ],
)
def test_a_refusal_is_the_error_of_its_status(
    status: int, code: str, expected: type[modelguard.ApiError]
) -> None:
    # GIVEN a registry that refuses
    script = Script(refusal(status, code, x_request_id="r1"))

    # WHEN it is asked THEN the error says all it knows, and nothing is tried again
    with pytest.raises(expected) as caught:
        api(script).json("GET", "/models")
    assert (caught.value.status, caught.value.code) == (status, code)
    assert caught.value.request_id == "r1"
    assert len(script.requests) == 1


@pytest.mark.parametrize(
    "passing",
    [refusal(503, "INTERNAL"), refusal(429, "THROTTLED"), refusal(409, "IN_PROGRESS"), None],
)
def test_a_temporary_failure_is_retried_under_the_same_key(passing: Answer | None) -> None:
    # GIVEN a registry that fails once
    script = Script(passing, answer({"ok": True}))

    # WHEN something is written
    assert api(script).json("PUT", "/x", None, {}) == {"ok": True}

    # THEN both tries carry one key
    first, second = (each.headers["Idempotency-Key"] for each in script.requests)
    assert first == second


def test_the_client_waits_as_long_as_the_server_asks() -> None:
    # GIVEN a registry that is throttled for seven seconds
    waits: list[float] = []
    script = Script(refusal(429, "THROTTLED", retry_after="7"), answer({}))

    # WHEN it is asked
    api(script, waits).json("GET", "/models")

    # THEN it waited so long and a little more
    assert len(waits) == 1
    assert 7 <= waits[0] < 8


@pytest.mark.parametrize(
    ("failing", "expected"),
    [
        (refusal(500, "S3_ERROR"), modelguard.ServerError),
        (refusal(429, "THROTTLED"), modelguard.ThrottledError),
        (None, modelguard.TransportError),
    ],
)
def test_a_lasting_failure_is_raised(
    failing: Answer | None, expected: type[modelguard.ModelGuardError]
) -> None:
    # GIVEN a registry that fails on
    def again() -> Answer | None:
        return failing and Answer(failing.status, failing.body)

    script = Script(again(), again(), again())

    # WHEN it is asked THEN the last failure is the error, after all tries
    with pytest.raises(expected):
        api(script).json("GET", "/models")
    assert len(script.requests) == 3


@pytest.mark.parametrize("body", [b"<html>", b"[]", b'"x"', b"\xff"])
def test_a_server_that_is_no_registry_is_reported_as_such(body: bytes) -> None:
    # GIVEN a server that is something else WHEN it is asked THEN the message says so
    with pytest.raises(modelguard.ServerError, match="not a ModelGuard registry"):
        api(Script(Answer(200, body))).json("GET", "/models")


def test_a_server_of_other_json_is_reported_as_no_registry() -> None:
    # GIVEN a server that answers every request with some JSON
    def client() -> modelguard.Client:
        return modelguard.Client("http://registry", transport=Script(answer({"data": []})))

    # WHEN it is used THEN the message says that it is no registry
    for use in (
        lambda: client().check(),
        lambda: client().get("a"),
        lambda: client().version("a"),
        lambda: client().create_token(["read:*"]),
    ):
        with pytest.raises(modelguard.ServerError, match="not a ModelGuard registry"):
            use()


def test_nested_policies_do_not_multiply_attempts() -> None:
    # GIVEN a policy inside another one, and a network that stays broken
    tries: list[None] = []

    def attempt() -> None:
        tries.append(None)
        raise modelguard.TransportError("broken")

    inner, outer = (Retry(count, sleep=lambda _: None) for count in (2, 3))

    # WHEN both give up THEN only the inner one has tried again
    with pytest.raises(modelguard.TransportError, match="broken"):
        outer.run(lambda: inner.run(attempt))
    assert len(tries) == 2


def test_a_space_is_sent_as_a_signature_covers_it() -> None:
    # GIVEN a prefix with a space THEN it is no plus, which AWS would read as something else
    script = Script(answer({"models": []}))
    list(modelguard.Client("http://registry", transport=script).list("a b+c"))
    assert script.requests[0].url == "http://registry/models?prefix=a%20b%2Bc"


def test_a_host_name_that_cannot_be_one_is_not_reached(monkeypatch: pytest.MonkeyPatch) -> None:
    # GIVEN a host name that the resolver cannot be asked for
    def connect(_: object) -> None:
        ("a" * 70).encode("idna")

    monkeypatch.setattr("http.client.HTTPConnection.connect", connect)

    # WHEN it is THEN that is an error of ours
    with pytest.raises(modelguard.TransportError, match="No response from aaa"):
        HttpTransport().send(Request("GET", f"http://{'a' * 70}.example"))


def test_pages_follow_their_tokens() -> None:
    # GIVEN a listing of two pages
    script = Script(
        answer({"models": [{"name": "a"}], "next": "t&1"}), answer({"models": [{"name": "b"}]})
    )

    # THEN its items come in one row
    found = api(script).pages("/models", "models", {"prefix": "x"})
    assert [each["name"] for each in found] == ["a", "b"]
    assert [each.url.partition("?")[2] for each in script.requests] == [
        "prefix=x",
        "prefix=x&next=t%261",
    ]


def test_a_token_goes_to_the_registry_and_never_into_an_error() -> None:
    # GIVEN a token
    script = Script(refusal(403, "FORBIDDEN"))
    client = modelguard.Client("https://registry", auth=BearerAuth("s3cret"), transport=script)

    # WHEN the registry refuses
    with pytest.raises(modelguard.ForbiddenError) as caught:
        client.get("a")

    # THEN it was sent, and the message does not hold it
    assert script.requests[0].headers["Authorization"] == "Bearer s3cret"
    assert "s3cret" not in f"{caught.value} {caught.value.hint} {caught.value.details}"
