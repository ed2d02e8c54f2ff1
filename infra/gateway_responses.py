"""API Gateway's own error responses, in the same shape as the registry's errors."""

import json
from dataclasses import dataclass, field
from typing import Final

from aws_cdk import aws_apigateway as apigateway

from infra.config import Config
from lambdas.contract.limits import INLINE_LIMIT_BYTES


@dataclass(frozen=True, slots=True)
class Refusal:
    """One of the gateway's response types, and our status, code, message and headers for it."""

    kind: str
    status: int
    code: str
    message: str
    headers: dict[str, str] = field(default_factory=dict)


_UNSIGNED: Final = Refusal(
    "MISSING_AUTHENTICATION_TOKEN",
    403,
    "FORBIDDEN",
    "The request has no AWS signature, or there is no such route.",
)
_UNROUTED: Final = Refusal(
    "MISSING_AUTHENTICATION_TOKEN",
    404,
    "NOT_FOUND",
    "There is no such route, or it accepts only AWS-signed requests.",
)
_RETRY: Final = {"retry-after": "'1'"}
_TOO_LARGE: Final = (
    f"The request body exceeds the gateway's limit. Small uploads can have {INLINE_LIMIT_BYTES} "
    "bytes; use POST /artifact/{artifact_type}/uploads for larger files."
)
_OUTAGE: Final = "Internal error; search the log for the request id to find the cause."
REFUSALS: Final = (
    Refusal("ACCESS_DENIED", 403, "FORBIDDEN", "The caller is not allowed to do this."),
    Refusal("API_CONFIGURATION_ERROR", 500, "INTERNAL", _OUTAGE),
    Refusal("AUTHORIZER_CONFIGURATION_ERROR", 500, "INTERNAL", _OUTAGE),
    Refusal("AUTHORIZER_FAILURE", 500, "INTERNAL", _OUTAGE),
    Refusal("BAD_REQUEST_BODY", 400, "INVALID_REQUEST", "The request body is invalid."),
    Refusal("BAD_REQUEST_PARAMETERS", 400, "INVALID_REQUEST", "A parameter is missing or invalid."),
    Refusal("DEFAULT_4XX", 400, "INVALID_REQUEST", "The gateway could not read the request."),
    Refusal("DEFAULT_5XX", 500, "INTERNAL", _OUTAGE),
    Refusal("EXPIRED_TOKEN", 403, "FORBIDDEN", "The credentials have expired."),
    Refusal("INTEGRATION_FAILURE", 500, "INTERNAL", _OUTAGE),
    Refusal("INTEGRATION_TIMEOUT", 500, "INTERNAL", "The registry did not respond in time."),
    Refusal("INVALID_API_KEY", 403, "FORBIDDEN", "The API key is not valid."),
    Refusal("INVALID_SIGNATURE", 403, "FORBIDDEN", "The AWS signature does not match."),
    Refusal("QUOTA_EXCEEDED", 429, "THROTTLED", "The quota has been used up.", _RETRY),
    Refusal("REQUEST_TOO_LARGE", 413, "PAYLOAD_TOO_LARGE", _TOO_LARGE),
    Refusal("RESOURCE_NOT_FOUND", 404, "NOT_FOUND", "There is no such route."),
    Refusal("THROTTLED", 429, "THROTTLED", "Too many requests; try again in a moment.", _RETRY),
    Refusal(
        "UNAUTHORIZED",
        401,
        "FORBIDDEN",
        "The bearer token is missing, invalid, expired or revoked.",
        {"www-authenticate": "'Bearer'"},
    ),
    Refusal("UNSUPPORTED_MEDIA_TYPE", 415, "INVALID_REQUEST", "The content type is not supported."),
    Refusal("WAF_FILTERED", 403, "FORBIDDEN", "The request was blocked by the firewall."),
)


def add_gateway_responses(api: apigateway.RestApi, *, config: Config) -> None:
    """Define a response for every type, so that none keeps the gateway's default shape."""
    missing_token = _UNSIGNED if config.auth == "iam" else _UNROUTED
    shared = {"x-request-id": "context.requestId"}
    if config.cors_origins:
        shared["Access-Control-Allow-Origin"] = "'*'"
    for refusal in (*REFUSALS, missing_token):
        api.add_gateway_response(
            _pascal(refusal.kind),
            type=apigateway.ResponseType.of(refusal.kind),
            status_code=str(refusal.status),
            response_headers=shared | refusal.headers,
            templates={
                "application/json": json.dumps(
                    {"error": refusal.message, "error_code": refusal.code}
                )
            },
        )


def _pascal(kind: str) -> str:
    return "".join(word.capitalize() for word in kind.split("_"))
