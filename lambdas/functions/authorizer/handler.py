"""Asked by API Gateway about each bearer token that it has not seen for a while.

The gateway keeps the answer for a token, whatever its next request is about, so the answer allows
the whole stage and says what the token grants; every name is checked by the functions behind it.
"""

from typing import Any, Final

from lambdas.aws import resources
from lambdas.aws.dynamodb.tokens import DynamoTokens
from lambdas.registry.tokens import TokenChecker
from lambdas.web.app import imports_are_over
from lambdas.web.caller import GRANTS

_SCHEME: Final = "bearer"


class UnauthorizedError(Exception):
    """The one message that the gateway answers with 401, and not as a failure."""

    def __init__(self) -> None:
        super().__init__("Unauthorized")


def lambda_handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """Return the policy of the caller whose token is valid, or raise UnauthorizedError."""
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
imports_are_over()
