"""Registers a handler for a route of the contract, with what the OpenAPI document says of it."""

from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from typing import Any, TypeVar

from aws_lambda_powertools.event_handler.api_gateway import Router

from lambdas.contract import Route
from lambdas.http.errors import STATUS
from lambdas.http.schemas import ErrorBody
from lambdas.registry.errors import RegistryError, RouteNotFoundError

_Handler = TypeVar("_Handler", bound=Callable[..., Any])


def endpoint(
    router: Router,
    route: Route,
    *,
    answers: Mapping[int, Mapping[str, Any]],
    errors: Sequence[type[RegistryError]] = (),
    request_body: Mapping[str, Any] | None = None,
) -> Callable[[_Handler], _Handler]:
    """Return the decorator that serves `route`.

    `answers` are OpenAPI response objects by status, `request_body` is an OpenAPI request body;
    the error answers follow from the error classes, and the summary from the docstring.
    """

    def register(handler: _Handler) -> _Handler:
        summary, _, description = (handler.__doc__ or "").partition("\n\n")
        router.route(
            route.rule,
            method=route.method,
            operation_id=handler.__name__,
            summary=summary.rstrip("."),
            description=" ".join(description.split()) or None,
            responses=_responses(answers, (*errors, *_route_errors(route))),
            openapi_extensions={"requestBody": dict(request_body)} if request_body else None,
        )(handler)
        return handler

    return register


def _route_errors(route: Route) -> tuple[type[RegistryError], ...]:
    """Return what the router itself may refuse: characters that no path parameter has."""
    return (RouteNotFoundError,) if "{" in route.path else ()


def _responses(
    answers: Mapping[int, Mapping[str, Any]], errors: Sequence[type[RegistryError]]
) -> dict[int, Any]:
    """Return the OpenAPI responses: the answers, and one per error status naming its codes."""
    codes: dict[int, list[str]] = {int(HTTPStatus.INTERNAL_SERVER_ERROR): [RegistryError.code]}
    for error in errors:
        codes.setdefault(int(STATUS[error]), []).append(error.code)
    refusals = {
        status: {
            "description": ", ".join(sorted(names)),
            "content": {"application/json": {"model": ErrorBody}},
        }
        for status, names in sorted(codes.items())
    }
    return {**{status: dict(answer) for status, answer in answers.items()}, **refusals}
