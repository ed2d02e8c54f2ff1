"""Who calls."""

from aws_lambda_powertools.utilities.data_classes.common import BaseProxyEvent


def principal_of(event: BaseProxyEvent) -> str:
    """Return the caller as the gateway knows it: an ARN, a token's id, or `anonymous`."""
    context = event.get("requestContext") or {}
    identity, authorizer = context.get("identity") or {}, context.get("authorizer") or {}
    known = (identity.get("userArn"), identity.get("caller"), authorizer.get("principalId"))
    return next((str(principal) for principal in known if principal), "anonymous")
