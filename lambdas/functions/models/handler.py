"""/models and /models/{id}: list, read, edit and delete models."""

from http import HTTPStatus
from typing import Annotated, Any, Final

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Query

from lambdas.aws import resources
from lambdas.aws.dynamodb.deletions import DynamoDeletions
from lambdas.aws.dynamodb.edits import DynamoEdits
from lambdas.aws.dynamodb.listings import DynamoListings
from lambdas.aws.dynamodb.stored_answers import DynamoAnswerStore
from lambdas.aws.dynamodb.table import DynamoTable
from lambdas.aws.s3.bucket import S3Bucket
from lambdas.contract.limits import DEFAULT_PAGE
from lambdas.contract.routes import DELETE_MODEL, GET_MODEL, LIST_MODELS, PATCH_MODEL
from lambdas.functions.models.schemas import EditBody, ModelsBody, RecordBody
from lambdas.registry import errors
from lambdas.registry.call import Call
from lambdas.registry.catalogue.browsing import Catalogue
from lambdas.registry.catalogue.deleting import ModelDeleter, Purger
from lambdas.registry.catalogue.editing import Editor
from lambdas.registry.model import Record
from lambdas.registry.operation import Action
from lambdas.web import idempotency
from lambdas.web.app import (
    entry_point,
    json_response,
    log_unfinished_delete,
    no_content,
)
from lambdas.web.caller import access_of, call_of
from lambdas.web.endpoint import endpoint, json_response_doc, new_router
from lambdas.web.file_headers import matches
from lambdas.web.idempotency import IdempotencyKey, write_once
from lambdas.web.json_body import json_request, read_json
from lambdas.web.page_tokens import page_token, read_page_token
from lambdas.web.parameters import Limit, ModelId, NextToken
from lambdas.web.record_etag import IfMatch, IfNoneMatch, accepted_revisions, record_etag

router = new_router()

_ETAG: Final = {"ETag": {"description": "The record's revision", "schema": {"type": "string"}}}
_RECORD_ANSWER: Final[dict[str, Any]] = json_response_doc("The record", RecordBody, headers=_ETAG)
_READ_ERRORS: Final = (
    errors.InvalidNameError,
    errors.ModelNotFoundError,
    errors.ThrottledError,
    errors.TableError,
)
_WRITE_ERRORS: Final = (
    *_READ_ERRORS,
    errors.InvalidRequestError,
    errors.ConflictError,
    errors.PreconditionFailedError,
    *idempotency.ERRORS,
)


@endpoint(
    router,
    LIST_MODELS,
    responses={200: json_response_doc("A page of models", ModelsBody)},
    errors=(
        errors.InvalidRequestError,
        errors.InvalidTokenError,
        errors.ThrottledError,
        errors.TableError,
    ),
)
def list_models(
    prefix: Annotated[str, Query(description="List only models whose names start with this")] = "",
    limit: Limit = DEFAULT_PAGE,
    next: NextToken = None,
) -> Response[Any]:
    """List the models that the caller may read, sorted by name."""
    listing = f"models/{prefix}"
    after = None if next is None else read_page_token(listing, next, str)
    page = _catalogue().models(prefix, after, limit, access_of(router.current_event))
    token = page_token(listing, page.items[-1].name) if page.more else None
    return json_response(ModelsBody.of(page.items, token).model_dump(exclude_none=True))


@endpoint(
    router,
    GET_MODEL,
    responses={
        200: _RECORD_ANSWER,
        304: {"description": "The client's copy is up to date", "headers": _ETAG},
    },
    errors=_READ_ERRORS,
)
def get_model(
    id: ModelId,
    if_none_match: IfNoneMatch = None,
) -> Response[Any]:
    """Return a model's record: its newest versions, aliases, description and tags."""
    record = _catalogue().model(id)
    if matches(if_none_match, str(record.revision)):
        headers = {"ETag": record_etag(record)}
        return Response(int(HTTPStatus.NOT_MODIFIED), headers=headers, body="")
    return _record_answer(record)


@endpoint(
    router,
    PATCH_MODEL,
    responses={200: _RECORD_ANSWER},
    errors=(
        *_WRITE_ERRORS,
        errors.MissingBodyError,
        errors.DigestMismatchError,
        errors.PayloadTooLargeError,
    ),
    request_body=json_request(EditBody),
    action=Action.EDIT,
)
def patch_model(
    id: ModelId,
    if_match: IfMatch = None,
    idempotency_key: IdempotencyKey = None,
) -> Response[Any]:
    """Change a model's license, description or tags.

    Absent members remain unchanged; `tags` replaces all tags.
    """
    edit = read_json(router.current_event, EditBody).edit()
    return write_once(
        router.current_event,
        resources.on_table(DynamoAnswerStore),
        idempotency_key,
        lambda make_answer: _editor().edit(id, edit, accepted_revisions(if_match), make_answer),
        _record_answer,
    )


@endpoint(
    router,
    DELETE_MODEL,
    responses={204: {"description": "The model is deleted"}},
    errors=_WRITE_ERRORS,
    action=Action.DELETE_MODEL,
)
def delete_model(
    id: ModelId,
    if_match: IfMatch = None,
    idempotency_key: IdempotencyKey = None,
) -> Response[Any]:
    """Delete a model, its versions and their objects."""
    return write_once(
        router.current_event,
        resources.on_table(DynamoAnswerStore),
        idempotency_key,
        lambda make_answer: deleter(call_of(router.current_event)).delete(
            id, accepted_revisions(if_match), make_answer
        ),
        no_content,
    )


def _record_answer(record: Record) -> Response[Any]:
    body = RecordBody.of(record).model_dump()
    return json_response(body, headers={"ETag": record_etag(record)})


def _catalogue() -> Catalogue:
    return Catalogue(resources.on_table(DynamoTable), resources.on_table(DynamoListings))


def _editor() -> Editor:
    call = call_of(router.current_event)
    return Editor(resources.on_table(DynamoTable), resources.on_table(DynamoEdits), call)


def deleter(call: Call) -> ModelDeleter:
    """Return the use case over the stack's bucket and table."""
    table, deletions = resources.on_table(DynamoTable), resources.on_table(DynamoDeletions)
    purger = Purger(table, deletions, resources.on_bucket(S3Bucket), call.now)
    return ModelDeleter(table, deletions, purger, call, log_unfinished_delete)


lambda_handler = entry_point(router, resources=resources)
