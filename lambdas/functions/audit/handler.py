"""/models/{id}/audit and /audit: who did what, and who was refused."""

from typing import Any, Final

from aws_lambda_powertools.event_handler import Response

from lambdas.aws import resources
from lambdas.contract.limits import DEFAULT_PAGE
from lambdas.contract.routes import AUDIT, MODEL_AUDIT
from lambdas.functions.audit.schemas import EventsBody
from lambdas.registry import errors, names
from lambdas.registry.operation import Action, Operation
from lambdas.web.app import entry_point, json_response
from lambdas.web.authorization import authorize
from lambdas.web.endpoint import endpoint, json_response_doc, new_router
from lambdas.web.page_tokens import page_token, read_page_token
from lambdas.web.parameters import Limit, ModelId, NextToken

router = new_router()

_ANSWERS: Final[dict[int, Any]] = {
    200: json_response_doc("A page of events, newest first", EventsBody)
}
_ERRORS: Final = (
    errors.InvalidRequestError,
    errors.InvalidTokenError,
    errors.ThrottledError,
    errors.TableError,
)


@endpoint(router, MODEL_AUDIT, responses=_ANSWERS, errors=(*_ERRORS, errors.InvalidNameError))
def get_model_audit(
    id: ModelId,
    limit: Limit = DEFAULT_PAGE,
    next: NextToken = None,
) -> Response[Any]:
    """List the audit events of a model, newest first.

    The events of a deleted model remain readable.
    """
    return _page(names.model_name(id), limit, next)


@endpoint(router, AUDIT, responses=_ANSWERS, errors=_ERRORS)
def get_audit(
    limit: Limit = DEFAULT_PAGE,
    next: NextToken = None,
) -> Response[Any]:
    """List the audit events that belong to no model: tokens created or revoked."""
    authorize(router.current_event, AUDIT, Operation(Action.CALL))
    return _page("", limit, next)


def _page(name: str, limit: int, token: str | None) -> Response[Any]:
    listing = f"audit/{name}"
    before = None if token is None else read_page_token(listing, token, str)
    page = resources.trail().events(name, before, limit)
    next_token = page_token(listing, page.items[-1].position) if page.more else None
    return json_response(EventsBody.of(page.items, next_token).model_dump(exclude_none=True))


lambda_handler = entry_point(router, resources=resources)
