"""Authorization of requests: the one check of the name that each refers to."""

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
    """Check that the caller may perform an operation, whether or not its model exists.

    Raises:
        RegistryError: FORBIDDEN; INVALID_NAME if the name is invalid, so that no grant covers it.
    """
    with audited_as(operation):
        try:
            access_of(event).require(Scope[route.need.upper()], operation.name)
        except ForbiddenError:
            if operation.name:
                names.model_name(operation.name)
            raise


@contextmanager
def audited_as(operation: Operation) -> Iterator[None]:
    """Attach the operation to any error raised inside, so that its refusal is audited as such."""
    try:
        yield
    except RegistryError as error:
        error.operation = operation
        raise
