"""JSON request bodies, validated against their schema."""

from collections.abc import Mapping
from typing import Any, Final, TypeVar

from aws_lambda_powertools.utilities.data_classes.common import BaseProxyEvent
from pydantic import BaseModel, ValidationError

from lambdas.registry.errors import InvalidRequestError
from lambdas.web.body import read_body

_MAX_FIELD_CHARS: Final = 100
"""Member names are the caller's text, so the error response repeats only their beginning."""

_Body = TypeVar("_Body", bound=BaseModel)


def read_json(event: BaseProxyEvent, schema: type[_Body]) -> _Body:
    """Return the parsed body.

    Raises:
        RegistryError: As `read_body`; INVALID_REQUEST with the first invalid member.
    """
    try:
        return schema.model_validate_json(read_body(event))
    except ValidationError as error:
        location = error.errors(include_context=False, include_input=False)[0]["loc"]
        field = ".".join(str(part) for part in location)[:_MAX_FIELD_CHARS]
        raise InvalidRequestError(
            f"The value of '{field}' is invalid" if field else "The body is not valid JSON",
            field=field or "body",
        ) from error


def json_request(schema: type[BaseModel]) -> Mapping[str, Any]:
    """Return the OpenAPI request body for a schema."""
    return {
        "required": True,
        "content": {"application/json": {"schema": schema.model_json_schema()}},
    }
