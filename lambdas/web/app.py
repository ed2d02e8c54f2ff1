"""The Powertools app that every handler shares: error responses and the Lambda entry point."""

import base64
import gc
import json
import os
import sys
import time
import uuid
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any, Protocol

from aws_lambda_powertools import Logger
from aws_lambda_powertools.event_handler import APIGatewayRestResolver, CORSConfig, Response
from aws_lambda_powertools.event_handler.api_gateway import Router
from aws_lambda_powertools.event_handler.openapi.exceptions import RequestValidationError

from lambdas.contract.environment import ENV_CORS_ORIGINS
from lambdas.registry.errors import InvalidRequestError, RegistryError, RouteNotFoundError
from lambdas.registry.ports import AuditTrail
from lambdas.web import metrics
from lambdas.web.caller import call_of
from lambdas.web.errors import body_of, headers_of, status_of

# One stream for everything: the local engine responds sooner if a handler logs to stderr.
logger = Logger(service="modelguard", stream=sys.stderr)

LambdaHandler = Callable[[Mapping[str, Any], Any], dict[str, Any]]


def new_app(
    *routers: Router, trail: Callable[[], AuditTrail] | None = None
) -> APIGatewayRestResolver:
    """Return an app that serves the routers and renders every error in the contract's shape.

    Refused operations are recorded in the `trail`.
    """
    app = APIGatewayRestResolver(
        cors=_cors(os.environ.get(ENV_CORS_ORIGINS, "")),
        enable_validation=True,
        serializer=to_json,
        # A response that violates its own schema is a bug of ours, not the caller's.
        response_validation_error_http_code=HTTPStatus.INTERNAL_SERVER_ERROR,
    )
    for router in routers:
        app.include_router(router)

    def refuse(error: RegistryError) -> Response[Any]:
        """Record the refusal in the audit trail, then respond; if that fails, respond with 500."""
        if trail and error.operation and status_of(error) is HTTPStatus.FORBIDDEN:
            try:
                trail().add(call_of(app.current_event).refusal(error.operation, error))
            except RegistryError as failure:
                return _refuse(failure)
        return _refuse(error)

    app.exception_handler(RegistryError)(refuse)
    app.exception_handler(RequestValidationError)(_refuse_invalid)
    app.exception_handler(Exception)(_fail)
    app.not_found(_refuse_unknown_route)
    return app


class Resources(Protocol):
    """What `lambdas.aws.resources` provides."""

    def trail(self) -> AuditTrail:
        """Return the audit trail."""

    def warm(self) -> None:
        """Create the AWS clients before the first request."""


def entry_point(router: Router, *, resources: Resources | None = None) -> LambdaHandler:
    """Return the Lambda entry point that serves a router.

    Each request has one correlation id, from the gateway to the log and back. `resources` are
    initialized here; a function without them calls no AWS service and records no audit events.
    """
    app = new_app(router, trail=resources.trail if resources else None)
    if resources:
        resources.warm()
    freeze_imports()

    def lambda_handler(event: Mapping[str, Any], context: Any) -> dict[str, Any]:
        started_s = time.perf_counter()
        request_id = _request_id(event)
        logger.set_correlation_id(request_id)
        request_context = {**(event.get("requestContext") or {}), "requestId": request_id}
        answer = app.resolve({**event, "requestContext": request_context}, context)
        metrics.count("Latency", (time.perf_counter() - started_s) * 1e3, "Milliseconds")
        metrics.flush(request_id=request_id, route=_route(event), status=answer["statusCode"])
        # Single values, as in the seed's responses; nothing here sets a header twice.
        headers = {name: values[0] for name, values in answer.pop("multiValueHeaders").items()}
        return {**answer, "headers": {**headers, "x-request-id": request_id}}

    return lambda_handler


def freeze_imports() -> None:
    """Enable garbage collection, but exclude everything imported so far."""
    gc.freeze()
    gc.enable()


def log_unfinished_delete(error: Exception) -> None:
    """Log why a delete leaves the rest of its work to the sweep."""
    logger.warning("delete left to the sweep", exc_info=error)


def to_json(value: Any) -> str:
    """Return the value as compact JSON."""
    return json.dumps(value, separators=(",", ":"), default=str)


def json_response(
    body: Any, status: HTTPStatus = HTTPStatus.OK, headers: Mapping[str, str] | None = None
) -> Response[Any]:
    """Return a JSON response."""
    return Response(
        status_code=int(status),
        content_type="application/json",
        headers=dict(headers or {}),
        body=to_json(body),
    )


def no_content(_: object = None) -> Response[Any]:
    """Return the empty response to a successful write."""
    return Response(status_code=int(HTTPStatus.NO_CONTENT), body="")


def binary_response(content: bytes, content_type: str, headers: Mapping[str, str]) -> Response[Any]:
    """Return a binary response, in base64 as the gateway expects."""
    response: Response[Any] = Response(
        status_code=int(HTTPStatus.OK),
        content_type=content_type,
        headers=dict(headers),
        body=base64.b64encode(content).decode(),
    )
    response.base64_encoded = True
    return response


def _cors(origins: str) -> CORSConfig | None:
    """Return the CORS settings for a comma-separated list of origins, or None for no origins."""
    first, *others = origins.split(",")
    return CORSConfig(first, extra_origins=others, expose_headers=["*"]) if first else None


def _refuse(error: RegistryError) -> Response[Any]:
    status = status_of(error)
    metrics.count("Errors", error_code=error.code)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        logger.error("request failed", error_code=error.code, exc_info=error)
    else:
        logger.info("request refused", error_code=error.code, status=int(status))
    return json_response(body_of(error), status, headers_of(error))


def _refuse_invalid(error: RequestValidationError) -> Response[Any]:
    """Report the first validation error, without the wording of the validation library."""
    location = error.errors()[0]["loc"]
    field = ".".join(str(part) for part in location[1:]) or str(location[0])
    return _refuse(InvalidRequestError(f"The value of '{field}' is invalid", field=field))


def _refuse_unknown_route(_: Exception) -> Response[Any]:
    return _refuse(RouteNotFoundError("There is no such route"))


def _fail(error: Exception) -> Response[Any]:
    """Respond to a bug without revealing anything about it; the log has the details."""
    failure = RegistryError("Internal error; search the log for the request id to find the cause")
    failure.__cause__ = error
    return _refuse(failure)


def _request_id(event: Mapping[str, Any]) -> str:
    return (event.get("requestContext") or {}).get("requestId") or str(uuid.uuid4())


def _route(event: Mapping[str, Any]) -> str:
    """Return the method and the route's pattern, which contains no model name."""
    return f"{event.get('httpMethod', '')} {event.get('resource', '')}".strip()
