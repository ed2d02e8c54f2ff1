"""Called by API Gateway with each bearer token that is not in its cache.

The gateway reuses the cached policy for every request with the same token, so the policy allows the
whole stage and carries the token's grants; the functions authorize each name themselves.
"""

from typing import Any, Final

from lambdas.aws import resources
from lambdas.aws.dynamodb.tokens import DynamoTokens
from lambdas.registry.tokens import TokenChecker
from lambdas.web.app import freeze_imports
from lambdas.web.caller import GRANTS

_SCHEME: Final = "bearer"


class UnauthorizedError(Exception):
    """Carries the only message that makes the gateway respond with 401 rather than 500."""

    def __init__(self) -> None:
        super().__init__("Unauthorized")


def lambda_handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """Return a policy for the holder of a valid token, or raise UnauthorizedError."""
    scheme, _, text = str(event.get("authorizationToken", "")).partition(" ")
    checker = TokenChecker(resources.on_table(DynamoTokens))
    token = checker.check(text) if scheme.lower() == _SCHEME else None
    if token is None:
        raise UnauthorizedError
    return {
        "principalId": f"token:{token.token_id}",
        "policyDocument": {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Action": "execute-api:Invoke",
                    "Effect": "Allow",
                    "Resource": _whole_stage(event["methodArn"]),
                }
            ],
        },
        "context": {GRANTS: " ".join(str(grant) for grant in token.grants)},
    }


def _whole_stage(method_arn: str) -> str:
    """Return `arn:…:{api}/{stage}/*` of `arn:…:{api}/{stage}/{method}/{path}`."""
    api, stage, *_ = method_arn.split("/")
    return f"{api}/{stage}/*"


resources.warm()
freeze_imports()
