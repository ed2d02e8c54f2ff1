"""Registration of handlers for the contract's routes, with authorization and documentation."""

from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from http import HTTPStatus
from typing import Any, TypeVar

from aws_lambda_powertools.event_handler.api_gateway import Router
from pydantic import BaseModel

from lambdas.contract.limits import ARTIFACT_TYPES
from lambdas.contract.routes import Route
from lambdas.registry.access import Scope
from lambdas.registry.errors import ForbiddenError, RegistryError, RouteNotFoundError
from lambdas.registry.operation import Action, Operation
from lambdas.web.authorization import authorize
from lambdas.web.errors import STATUS
from lambdas.web.schemas import ErrorBody

_Handler = TypeVar("_Handler", bound=Callable[..., Any])


def new_router() -> Router:
    """Return an empty router."""
    return Router()  # type: ignore[no-untyped-call]  # Powertools leaves it untyped


def json_response_doc(
    description: str, model: type[BaseModel], *, headers: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Return the OpenAPI response object for a JSON body."""
    content = {"application/json": {"model": model}}
    return {
        "description": description,
        **({"headers": dict(headers)} if headers else {}),
        "content": content,
    }


def endpoint(
    router: Router,
    route: Route,
    *,
    responses: Mapping[int, Mapping[str, Any]],
    errors: Sequence[type[RegistryError]] = (),
    request_body: Mapping[str, Any] | None = None,
    action: Action = Action.CALL,
) -> Callable[[_Handler], _Handler]:
    """Return the decorator that serves `route` to callers who may perform its `action`.

    A route with a model name in its path is authorized here; the handler of any other route that
    needs a scope determines the name itself and calls `authorize`.

    `responses` are OpenAPI response objects by status, and `request_body` is an OpenAPI request
    body; the error responses are derived from `errors`, and summary and description from the
    handler's docstring.
    """
    scoped = route.need.upper() in Scope.__members__

    def register(handler: _Handler) -> _Handler:
        summary, _, description = (handler.__doc__ or "").partition("\n\n")
        router.route(
            route.rule,
            method=route.method,
            operation_id=handler.__name__,
            summary=summary.rstrip("."),
            description=" ".join(description.split()) or None,
            responses=_unauthorized(route)
            | _responses(responses, (*errors, *_route_errors(route))),
            openapi_extensions={"requestBody": dict(request_body)} if request_body else None,
        )(
            _authorized(router, route, action, handler)
            if scoped and "{id}" in route.path
            else handler
        )
        return handler

    return register


def _authorized(
    router: Router, route: Route, action: Action, handler: Callable[..., Any]
) -> Callable[..., Any]:
    """Return the handler, preceded by the authorization of the name in the path."""

    @wraps(handler)
    def authorized(**arguments: Any) -> Any:
        kind = arguments.get("artifact_type", "")
        artifact_type = kind if kind in ARTIFACT_TYPES else ""
        authorize(router.current_event, route, Operation(action, arguments["id"], artifact_type))
        return handler(**arguments)

    return authorized


def _route_errors(route: Route) -> tuple[type[RegistryError], ...]:
    """Return the errors raised before the handler: by gateway, authorization or router.

    A path parameter with certain characters matches no route, and an unsigned request does not
    learn that a route exists which accepts only signatures.
    """
    refused = () if route.public else (ForbiddenError,)
    unknown = "{" in route.path or route.need == "signature"
    return (*refused, RouteNotFoundError) if unknown else refused


def _unauthorized(route: Route) -> dict[int, Any]:
    if route.public or route.need == "signature":
        return {}
    return {
        int(HTTPStatus.UNAUTHORIZED): json_response_doc(
            f"{ForbiddenError.code}: no valid token, if the API takes bearer tokens", ErrorBody
        )
    }


def _responses(
    responses: Mapping[int, Mapping[str, Any]], errors: Sequence[type[RegistryError]]
) -> dict[int, Any]:
    """Return the OpenAPI responses, adding one for each error status that lists its codes."""
    codes: dict[int, list[str]] = {int(HTTPStatus.INTERNAL_SERVER_ERROR): [RegistryError.code]}
    for error in dict.fromkeys(errors):
        codes.setdefault(int(STATUS[error]), []).append(error.code)
    refusals = {
        status: json_response_doc(", ".join(sorted(names)), ErrorBody)
        for status, names in sorted(codes.items())
    }
    return {**{status: dict(response) for status, response in responses.items()}, **refusals}
