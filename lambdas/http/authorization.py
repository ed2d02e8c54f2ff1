"""The one check of every name that a request is about."""

from aws_lambda_powertools.event_handler.api_gateway import Router

from lambdas.contract import Route
from lambdas.http.caller import access_of
from lambdas.registry import names
from lambdas.registry.access import Scope
from lambdas.registry.audit import Deed
from lambdas.registry.errors import ForbiddenError

DEED = "deed"
"""The request's context has under it what the request is about to do."""


def authorize(router: Router, route: Route, deed: Deed) -> None:
    """Let a request pass that may do a deed, whether what it is about exists or not.

    Raises:
        RegistryError: FORBIDDEN; INVALID_NAME for what no caller could be granted.
    """
    try:
        access_of(router.current_event).require(Scope[route.need.upper()], deed.name)
    except ForbiddenError:
        if deed.name:
            names.model_name(deed.name)
        begin(router, deed)
        raise
    begin(router, deed)


def begin(router: Router, deed: Deed) -> None:
    """Say what the request is about to do, so that a refusal is kept as that of this deed."""
    router.append_context(**{DEED: deed})  # type: ignore[no-untyped-call]  # Powertools' own
