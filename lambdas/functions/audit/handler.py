"""/models/{id}/audit and /audit: who did what, or was refused it."""

from typing import Any, Final

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.api_gateway import Router

from lambdas.aws import resources
from lambdas.contract.limits import DEFAULT_PAGE
from lambdas.contract.routes import AUDIT, MODEL_AUDIT
from lambdas.functions.audit.schemas import EventsBody
from lambdas.registry import errors, names
from lambdas.registry.operation import Action, Operation
from lambdas.web.app import json_response, lambda_handler_of, new_app
from lambdas.web.authorization import authorize
from lambdas.web.endpoint import endpoint
from lambdas.web.page_tokens import page_token, read_page_token
from lambdas.web.parameters import Limit, ModelId, NextToken

router = Router()  # type: ignore[no-untyped-call]  # Powertools leaves it untyped

_ANSWERS: Final[dict[int, Any]] = {
    200: {
        "description": "A page of events, newest first",
        "content": {"application/json": {"model": EventsBody}},
    }
}
_ERRORS: Final = (
    errors.InvalidRequestError,
    errors.InvalidTokenError,
    errors.ThrottledError,
    errors.TableError,
)


@endpoint(router, MODEL_AUDIT, answers=_ANSWERS, errors=(*_ERRORS, errors.InvalidNameError))
def get_model_audit(
    id: ModelId,  # noqa: A002 - the contract's name of the path parameter
    limit: Limit = DEFAULT_PAGE,
    next: NextToken = None,  # noqa: A002 - the contract's name of the parameter
) -> Response[Any]:
    """List what was done with a model, or refused, newest first.

    What was done with a model that is deleted can still be read.
    """
    return _page(names.model_name(id), limit, next)


@endpoint(router, AUDIT, answers=_ANSWERS, errors=_ERRORS)
def get_audit(
    limit: Limit = DEFAULT_PAGE,
    next: NextToken = None,  # noqa: A002 - the contract's name of the parameter
) -> Response[Any]:
    """List the events that belong to no model: tokens that were made or revoked."""
    authorize(router.current_event, AUDIT, Operation(Action.CALL))
    return _page("", limit, next)


def _page(name: str, limit: int, token: str | None) -> Response[Any]:
    listing = f"audit/{name}"
    before = None if token is None else read_page_token(listing, token, str)
    page = resources.trail().events(name, before, limit)
    following = page_token(listing, page.items[-1].position) if page.more else None
    return json_response(EventsBody.of(page.items, following).model_dump(exclude_none=True))


lambda_handler = lambda_handler_of(new_app(router, trail=resources.trail))
resources.warm()
