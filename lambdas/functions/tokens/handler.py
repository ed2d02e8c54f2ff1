"""/tokens: create, list and revoke bearer tokens; accepts only AWS signatures."""

import secrets
from http import HTTPStatus
from typing import Annotated, Any, Final

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Path

from lambdas.aws import resources
from lambdas.aws.dynamodb.tokens import DynamoTokens
from lambdas.contract.limits import DEFAULT_PAGE
from lambdas.contract.routes import CREATE_TOKEN, LIST_TOKENS, REVOKE_TOKEN
from lambdas.functions.tokens.schemas import CreatedBody, CreateRequest, TokensBody
from lambdas.registry import errors
from lambdas.registry.tokens import TokenKeeper
from lambdas.web.app import entry_point, json_response, no_content
from lambdas.web.caller import call_of, require_signature
from lambdas.web.endpoint import endpoint, json_response_doc, new_router
from lambdas.web.json_body import json_request, read_json
from lambdas.web.page_tokens import page_token, read_page_token
from lambdas.web.parameters import Limit, NextToken

router = new_router()

_LISTING: Final = "tokens"
_FAILURES: Final = (errors.ThrottledError, errors.TableError)


@endpoint(
    router,
    CREATE_TOKEN,
    responses={201: json_response_doc("The token, which is never shown again", CreatedBody)},
    errors=(
        errors.InvalidRequestError,
        errors.MissingBodyError,
        errors.DigestMismatchError,
        errors.PayloadTooLargeError,
        *_FAILURES,
    ),
    request_body=json_request(CreateRequest),
)
def create_token() -> Response[Any]:
    """Create a bearer token with grants on name patterns.

    Repeating the request creates another token, because no token is ever shown twice.
    """
    request = read_json(router.current_event, CreateRequest).to_request()
    text, token = _keeper().create(request)
    # The token is a secret, so no cache may store it.
    body = CreatedBody.of_new(text, token).model_dump()
    return json_response(body, HTTPStatus.CREATED, {"Cache-Control": "no-store"})


@endpoint(
    router,
    LIST_TOKENS,
    responses={200: json_response_doc("A page of tokens, without their secrets", TokensBody)},
    errors=(errors.InvalidRequestError, errors.InvalidTokenError, *_FAILURES),
)
def list_tokens(
    limit: Limit = DEFAULT_PAGE,
    next: NextToken = None,
) -> Response[Any]:
    """List the tokens, sorted by id: their grants, creators and expiry times."""
    after = None if next is None else read_page_token(_LISTING, next, str)
    page = _keeper().page(after, limit)
    next_token = page_token(_LISTING, page.items[-1].token_id) if page.more else None
    return json_response(TokensBody.of(page.items, next_token).model_dump(exclude_none=True))


@endpoint(
    router,
    REVOKE_TOKEN,
    responses={204: {"description": "The token is revoked; this takes effect within a minute"}},
    errors=(errors.TokenNotFoundError, *_FAILURES),
)
def revoke_token(
    token_id: Annotated[str, Path(description="The token's id")],
) -> Response[Any]:
    """Revoke a token."""
    _keeper().revoke(token_id)
    return no_content()


def _keeper() -> TokenKeeper:
    # The gateway asks for an AWS signature; this check is for engines that do not.
    require_signature(router.current_event)
    return TokenKeeper(
        tokens=resources.on_table(DynamoTokens),
        call=call_of(router.current_event),
        new_id=lambda: secrets.token_hex(8),
        new_secret=lambda: secrets.token_urlsafe(32),
    )


lambda_handler = entry_point(router, resources=resources)
