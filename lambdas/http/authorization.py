"""The one check of every name that a request is about."""

from collections.abc import Iterator
from contextlib import contextmanager

from aws_lambda_powertools.utilities.data_classes.common import BaseProxyEvent

from lambdas.contract import Route
from lambdas.http.caller import access_of
from lambdas.registry import names
from lambdas.registry.access import Scope
from lambdas.registry.audit import Deed
from lambdas.registry.errors import ForbiddenError, RegistryError


def authorize(event: BaseProxyEvent, route: Route, deed: Deed) -> None:
    """Let a request pass that may do a deed, whether what it is about exists or not.

    Raises:
        RegistryError: FORBIDDEN; INVALID_NAME for what no caller could be granted.
    """
    with doing(deed):
        try:
            access_of(event).require(Scope[route.need.upper()], deed.name)
        except ForbiddenError:
            if deed.name:
                names.model_name(deed.name)
            raise


@contextmanager
def doing(deed: Deed) -> Iterator[None]:
    """Let what is refused in here be kept as a refusal of this deed."""
    try:
        yield
    except RegistryError as error:
        error.deed = deed
        raise
