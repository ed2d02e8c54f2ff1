"""/artifacts/{artifact_type}/{id}: list, delete and reinspect versions, set and remove aliases."""

from http import HTTPStatus
from typing import Annotated, Any, Final

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Path, Query

from lambdas.aws import resources
from lambdas.aws.dynamodb.deletions import DynamoDeletions
from lambdas.aws.dynamodb.edits import DynamoEdits
from lambdas.aws.dynamodb.inspections import DynamoInspections
from lambdas.aws.dynamodb.listings import DynamoListings
from lambdas.aws.dynamodb.stored_answers import DynamoAnswerStore
from lambdas.aws.dynamodb.table import DynamoTable
from lambdas.aws.s3.bucket import S3Bucket
from lambdas.contract.limits import DEFAULT_PAGE
from lambdas.contract.routes import DELETE_ALIAS, DELETE_VERSION, LIST_VERSIONS, PUT_ALIAS, RESCAN
from lambdas.functions.versions.schemas import AliasBody, AliasRequest, RescanBody, VersionsBody
from lambdas.registry import errors, names
from lambdas.registry.call import Call
from lambdas.registry.catalogue.browsing import Catalogue
from lambdas.registry.catalogue.deleting import VersionDeleter
from lambdas.registry.catalogue.editing import Alias, Aliases
from lambdas.registry.inspections import InspectionRequests
from lambdas.registry.operation import Action
from lambdas.web import idempotency
from lambdas.web.app import (
    entry_point,
    json_response,
    log_unfinished_delete,
    no_content,
)
from lambdas.web.caller import call_of
from lambdas.web.endpoint import endpoint, json_response_doc, new_router
from lambdas.web.idempotency import IdempotencyKey, write_once
from lambdas.web.json_body import json_request, read_json
from lambdas.web.page_tokens import page_token, read_page_token
from lambdas.web.parameters import ArtifactType, Digits, Limit, ModelId, NextToken

router = new_router()

_AliasName = Annotated[str, Path(alias="alias", description="The alias, for example `prod`")]
_READ_ERRORS: Final = (
    errors.InvalidArtifactTypeError,
    errors.InvalidNameError,
    errors.InvalidRequestError,
    errors.ModelNotFoundError,
    errors.ArtifactNotFoundError,
    errors.ThrottledError,
    errors.TableError,
)
_WRITE_ERRORS: Final = (
    *_READ_ERRORS,
    errors.VersionNotFoundError,
    errors.ConflictError,
    *idempotency.ERRORS,
)


@endpoint(
    router,
    LIST_VERSIONS,
    responses={200: json_response_doc("A page of versions", VersionsBody)},
    errors=(*_READ_ERRORS, errors.InvalidTokenError),
)
def list_versions(
    artifact_type: ArtifactType,
    id: ModelId,
    limit: Limit = DEFAULT_PAGE,
    next: NextToken = None,
) -> Response[Any]:
    """List the versions of an artifact, newest first."""
    listing = f"versions/{artifact_type}/{id}"
    below = None if next is None else read_page_token(listing, next, int)
    record, page = _catalogue().versions(artifact_type, id, below, limit)
    token = page_token(listing, page.items[-1].number) if page.more else None
    return json_response(VersionsBody.of(record, page.items, token).model_dump(exclude_none=True))


@endpoint(
    router,
    DELETE_VERSION,
    responses={204: {"description": "The version is deleted"}},
    errors=_WRITE_ERRORS,
    action=Action.DELETE_VERSION,
)
def delete_version(
    artifact_type: ArtifactType,
    id: ModelId,
    version: Annotated[
        int, Digits, Query(description="The version number", ge=1, le=9_999_999_999)
    ],
    idempotency_key: IdempotencyKey = None,
) -> Response[Any]:
    """Delete a version permanently.

    Its number is never reused, and objects that other versions use are kept.
    """
    return write_once(
        router.current_event,
        resources.on_table(DynamoAnswerStore),
        idempotency_key,
        lambda make_answer: deleter(call_of(router.current_event)).delete(
            artifact_type, id, version, make_answer
        ),
        no_content,
    )


@endpoint(
    router,
    PUT_ALIAS,
    responses={200: json_response_doc("The alias and the version it points to", AliasBody)},
    errors=(
        *_WRITE_ERRORS,
        errors.MissingBodyError,
        errors.DigestMismatchError,
        errors.PayloadTooLargeError,
    ),
    request_body=json_request(AliasRequest),
    action=Action.SET_ALIAS,
)
def put_alias(
    artifact_type: ArtifactType,
    id: ModelId,
    alias: _AliasName,
    idempotency_key: IdempotencyKey = None,
) -> Response[Any]:
    """Point an alias to a version, creating or moving it."""
    target = Alias(artifact_type, id, alias)
    number = read_json(router.current_event, AliasRequest).version
    return write_once(
        router.current_event,
        resources.on_table(DynamoAnswerStore),
        idempotency_key,
        lambda make_answer: _aliases().point(target, number, make_answer),
        lambda _: json_response(AliasBody(alias=alias, version=number).model_dump()),
    )


@endpoint(
    router,
    DELETE_ALIAS,
    responses={204: {"description": "The alias is removed"}},
    errors=_WRITE_ERRORS,
    action=Action.REMOVE_ALIAS,
)
def delete_alias(
    artifact_type: ArtifactType,
    id: ModelId,
    alias: _AliasName,
    idempotency_key: IdempotencyKey = None,
) -> Response[Any]:
    """Remove an alias; its version is kept."""
    target = Alias(artifact_type, id, alias)
    return write_once(
        router.current_event,
        resources.on_table(DynamoAnswerStore),
        idempotency_key,
        lambda make_answer: _aliases().remove(target, make_answer),
        no_content,
    )


@endpoint(
    router,
    RESCAN,
    responses={
        202: json_response_doc("The version and its present verdict; a new one follows", RescanBody)
    },
    errors=(*_READ_ERRORS, errors.VersionNotFoundError, errors.ConflictError),
    action=Action.RESCAN,
)
def rescan(
    artifact_type: ArtifactType,
    id: ModelId,
    version: Annotated[
        str, Query(description="A version number, an alias, or `latest`")
    ] = names.LATEST,
) -> Response[Any]:
    """Request another inspection of a version; the present verdict applies until it is done.

    Repeating the request is harmless, with or without an Idempotency-Key.
    """
    requests = InspectionRequests(
        resources.on_table(DynamoTable),
        resources.on_table(DynamoInspections),
        call_of(router.current_event),
    )
    requested = requests.rescan(artifact_type, id, version)
    return json_response(RescanBody.of(requested).model_dump(), HTTPStatus.ACCEPTED)


def _catalogue() -> Catalogue:
    return Catalogue(resources.on_table(DynamoTable), resources.on_table(DynamoListings))


def _aliases() -> Aliases:
    call = call_of(router.current_event)
    return Aliases(resources.on_table(DynamoTable), resources.on_table(DynamoEdits), call)


def deleter(call: Call) -> VersionDeleter:
    """Return the use case over the stack's bucket and table."""
    return VersionDeleter(
        table=resources.on_table(DynamoTable),
        listings=resources.on_table(DynamoListings),
        deletions=resources.on_table(DynamoDeletions),
        objects=resources.on_bucket(S3Bucket),
        call=call,
        report=log_unfinished_delete,
    )


lambda_handler = entry_point(router, resources=resources)
