"""Tokens, and the requests that carry them."""

import json
from typing import Any

from lambdas.functions.authorizer.handler import lambda_handler as authorizer
from lambdas.functions.tokens.handler import lambda_handler as tokens
from tests.support.gateway import Answer, invoke, rest_event, signed

METHOD_ARN = "arn:aws:execute-api:us-east-1:111122223333:api0/prod/GET/models/bert-base"


def create_token(*grants: str, **more: Any) -> Answer:
    body = json.dumps({"grants": list(grants), **more}).encode()
    return invoke(tokens, signed(rest_event("POST", "/tokens", body=body)))


def list_tokens(query: str = "") -> Answer:
    return invoke(tokens, signed(rest_event("GET", "/tokens", query=query)))


def revoke_token(token_id: str) -> Answer:
    return invoke(tokens, signed(rest_event("DELETE", f"/tokens/{token_id}")))


def authorization(token: str, scheme: str = "Bearer") -> dict[str, Any]:
    """Ask the authorizer; it raises for anything but a valid token."""
    event = {
        "type": "TOKEN",
        "authorizationToken": f"{scheme} {token}",
        "methodArn": METHOD_ARN,
    }
    return authorizer(event, None)


def carrying(event: dict[str, Any], token: str) -> dict[str, Any]:
    """Return the event as the gateway sends it for a request with a token."""
    policy = authorization(token)
    known = {"principalId": policy["principalId"], **policy["context"]}
    event["requestContext"]["authorizer"] = known
    return event
