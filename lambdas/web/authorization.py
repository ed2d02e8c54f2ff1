"""The one check of every name that a request is about."""

from collections.abc import Iterator
from contextlib import contextmanager

from aws_lambda_powertools.utilities.data_classes.common import BaseProxyEvent

from lambdas.contract.routes import Route
from lambdas.registry import names
from lambdas.registry.access import Scope
from lambdas.registry.errors import ForbiddenError, RegistryError
from lambdas.registry.operation import Operation
from lambdas.web.caller import access_of


def authorize(event: BaseProxyEvent, route: Route, operation: Operation) -> None:
    """Let a request pass that may do an operation, whether what it is about exists or not.

    Raises:
        RegistryError: FORBIDDEN; INVALID_NAME for what no caller could be granted.
    """
    with attempting(operation):
        try:
            access_of(event).require(Scope[route.need.upper()], operation.name)
        except ForbiddenError:
            if operation.name:
                names.model_name(operation.name)
            raise


@contextmanager
def attempting(operation: Operation) -> Iterator[None]:
    """Let what is refused in here be kept as a refusal of this operation."""
    try:
        yield
    except RegistryError as error:
        error.operation = operation
        raise
