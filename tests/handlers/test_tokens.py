"""Bearer tokens: made, listed, revoked, and what the authorizer says of them."""

import json
import re
from datetime import UTC, datetime, timedelta

import pytest

from lambdas.contract.limits import TOKEN_PATTERN
from lambdas.functions.authorizer.handler import UnauthorizedError
from lambdas.functions.authorizer.handler import lambda_handler as authorizer
from lambdas.functions.tokens.handler import lambda_handler as tokens
from tests.support import aws, events
from tests.support.events.tokens import METHOD_ARN
from tests.support.gateway import ADA, invoke, rest_event


def expire(token_id: str) -> None:
    """Let a token expire before DynamoDB deletes it."""
    aws.dynamodb().update_item(
        TableName=aws.TABLE,
        Key={"name": {"S": "tokens#"}, "item": {"S": token_id}},
        UpdateExpression="SET expires_at = :now",
        ExpressionAttributeValues={":now": {"N": str(int(datetime.now(UTC).timestamp()))}},
    )


def test_a_token_is_random_and_shown_once() -> None:
    made = [events.create_token("read:*", description="CI of team a") for _ in range(2)]

    assert [answer.status for answer in made] == [201, 201]
    assert made[0].headers["Cache-Control"] == "no-store"
    first, second = (answer.json for answer in made)
    assert re.fullmatch(TOKEN_PATTERN, first["token"])
    assert first["token"] != second["token"]
    assert (first["grants"], first["description"]) == (["read:*"], "CI of team a")
    assert first["created_by"] == ADA
    lifetime = datetime.fromisoformat(first["expires_at"]) - datetime.now(UTC)
    assert timedelta(days=89) < lifetime < timedelta(days=90, seconds=1)
    # AND never again, anywhere
    secret = first["token"].split("_", 2)[2]
    assert secret not in events.list_tokens().body.decode()
    assert secret not in json.dumps(aws.items())


@pytest.mark.parametrize("authorization", ["Bearer mgt_1", "Basic YTpi", "x", ""])
@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/tokens"), ("DELETE", "/tokens/0123456789abcdef")]
)
def test_tokens_are_managed_by_signed_requests_whatever_the_gateway_lets_pass(
    authorization: str, method: str, path: str
) -> None:
    # GIVEN a request that a lenient gateway passed on
    event = rest_event(method, path, headers={"Authorization": authorization})

    # THEN the function refuses it
    answer = invoke(tokens, event)
    assert (answer.status, answer.error_code) == (403, "FORBIDDEN")


def test_making_a_token_takes_one_call_and_checking_it_another(calls: aws.AwsCalls) -> None:
    token = events.create_token("read:*").json["token"]
    events.authorization(token)
    assert calls.made == ["dynamodb:TransactWriteItems", "dynamodb:GetItem"]


def test_the_authorizer_allows_the_stage_and_says_what_is_granted() -> None:
    made = events.create_token("write:team-a-*", "read:*", "read:*").json

    policy = events.authorization(made["token"], scheme="bearer")

    (statement,) = policy["policyDocument"]["Statement"]
    assert policy["principalId"] == f"token:{made['token_id']}"
    assert statement["Effect"] == "Allow"
    assert statement["Resource"] == METHOD_ARN.replace("GET/models/bert-base", "*")
    assert policy["context"] == {"grants": "read:* write:team-a-*"}


@pytest.mark.parametrize(
    "damage",
    [
        lambda token: token[:-1] + ("A" if token[-1] != "A" else "B"),
        lambda token: token[:-1],
        lambda token: token + "A",
        lambda token: token.replace("mgt_", "mgt-"),
        lambda _: "mgt_" + "0" * 16 + "_" + "A" * 43,
        lambda _: "",
        lambda _: "x" * 5_000,
        lambda token: f"{token}\n",
    ],
)
def test_a_token_that_the_registry_did_not_issue_is_unauthorized(damage: object) -> None:
    token = events.create_token("admin:*").json["token"]
    # THEN the gateway knows this message, and no other, as a 401
    with pytest.raises(UnauthorizedError, match=r"^Unauthorized\Z"):
        events.authorization(damage(token))  # type: ignore[operator]


def test_another_scheme_is_unauthorized() -> None:
    token = events.create_token("admin:*").json["token"]
    for event in ({"authorizationToken": f"Basic {token}"}, {"authorizationToken": token}, {}):
        with pytest.raises(UnauthorizedError):
            authorizer({"methodArn": METHOD_ARN, **event}, None)


def test_a_revoked_token_is_unauthorized_and_gone() -> None:
    made = events.create_token("read:*").json

    revoked = [
        events.revoke_token(made["token_id"]).status,
        events.revoke_token(made["token_id"]).status,
    ]

    assert revoked == [204, 404]
    assert events.list_tokens().json == {"tokens": []}
    with pytest.raises(UnauthorizedError):
        events.authorization(made["token"])


def test_an_expired_token_is_unauthorized_before_dynamodb_deletes_it() -> None:
    made = events.create_token("read:*").json
    expire(made["token_id"])
    with pytest.raises(UnauthorizedError):
        events.authorization(made["token"])


def test_tokens_are_listed_page_by_page() -> None:
    made = {events.create_token("read:*").json["token_id"] for _ in range(5)}

    pages = [events.list_tokens("limit=2").json]
    while "next" in pages[-1]:
        pages.append(events.list_tokens(f"limit=2&next={pages[-1]['next']}").json)

    assert [len(page["tokens"]) for page in pages] == [2, 2, 1]
    assert {token["token_id"] for page in pages for token in page["tokens"]} == made
    assert events.list_tokens("next=nonsense").error_code == "INVALID_TOKEN"


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"grants": []},
        {"grants": ["own:*"]},
        {"grants": ["read:a/b"]},
        {"grants": [f"read:model-{n}" for n in range(11)]},
        {"grants": ["read:*"], "expires_in_days": 0},
        {"grants": ["read:*"], "expires_in_days": 367},
        {"grants": ["read:*"], "expires_in_days": "90"},
        {"grants": ["read:*"], "description": "x" * 201},
        {"grants": ["read:*"], "description": "a\x00b"},
        {"grants": ["read:*"], "scope": "all"},
        {"grants": "read:*"},
    ],
)
def test_an_invalid_request_for_a_token_creates_none(body: dict[str, object]) -> None:
    answer = events.create_token(**body)
    assert (answer.status, answer.error_code) == (400, "INVALID_REQUEST")
    assert aws.items() == []


@pytest.mark.parametrize("token_id", ["0" * 16, "0", "%2e%2e", "a b", "Z" * 16, "x" * 4_000])
def test_revoking_an_unknown_token_is_not_found(token_id: str) -> None:
    answer = events.revoke_token(token_id)
    assert (answer.status, answer.error_code) in {(404, "TOKEN_NOT_FOUND"), (404, "NOT_FOUND")}
