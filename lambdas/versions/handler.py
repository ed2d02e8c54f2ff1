"""/artifacts/{artifact_type}/{id}: list versions, delete one, set and remove aliases."""

import time
import uuid
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Annotated, Any, Final

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.api_gateway import Router
from aws_lambda_powertools.event_handler.openapi.params import Path, Query

from lambdas.aws import resources
from lambdas.aws.answers import DynamoAnswers
from lambdas.aws.bucket import S3Bucket
from lambdas.aws.deletions import DynamoDeletions
from lambdas.aws.edits import DynamoEdits
from lambdas.aws.inspections import DynamoInspections
from lambdas.aws.listings import DynamoListings
from lambdas.aws.table import DynamoTable
from lambdas.contract import (
    DEFAULT_PAGE,
    DELETE_ALIAS,
    DELETE_VERSION,
    LIST_VERSIONS,
    PUT_ALIAS,
    RESCAN,
)
from lambdas.http import idempotency
from lambdas.http.app import (
    json_response,
    lambda_handler_of,
    left_to_the_sweep,
    new_app,
    no_content,
)
from lambdas.http.caller import scribe_of
from lambdas.http.endpoint import endpoint
from lambdas.http.idempotency import IdempotencyKey, write_once
from lambdas.http.json_body import json_request, read_json
from lambdas.http.page_tokens import page_token, read_page_token
from lambdas.http.parameters import ArtifactType, Digits, Limit, ModelId, NextToken
from lambdas.registry import errors, names
from lambdas.registry.aliases import Aliases
from lambdas.registry.audit import Action
from lambdas.registry.catalogue import Catalogue
from lambdas.registry.catalogue_ports import Alias
from lambdas.registry.inspecting import Requests
from lambdas.registry.version_deletion import VersionDeleter
from lambdas.versions.schemas import AliasBody, AliasRequest, RescanBody, VersionsBody

router = Router()  # type: ignore[no-untyped-call]  # Powertools leaves it untyped

_AliasName = Annotated[str, Path(alias="alias", description="The alias, for example prod")]
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
    answers={
        200: {
            "description": "A page of versions",
            "content": {"application/json": {"model": VersionsBody}},
        }
    },
    errors=(*_READ_ERRORS, errors.InvalidTokenError),
)
def list_versions(
    artifact_type: ArtifactType,
    id: ModelId,  # noqa: A002 - the contract's name of the path parameter
    limit: Limit = DEFAULT_PAGE,
    next: NextToken = None,  # noqa: A002 - the contract's name of the parameter
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
    answers={204: {"description": "It is deleted"}},
    errors=_WRITE_ERRORS,
    action=Action.DELETE_VERSION,
)
def delete_version(
    artifact_type: ArtifactType,
    id: ModelId,  # noqa: A002 - the contract's name of the path parameter
    version: Annotated[
        int, Digits, Query(description="The version's number", ge=1, le=9_999_999_999)
    ],
    idempotency_key: IdempotencyKey = None,
) -> Response[Any]:
    """Delete a version for good.

    Its number is never used again, and objects that another version uses stay.
    """
    return write_once(
        router.current_event,
        resources.on_table(DynamoAnswers),
        idempotency_key,
        lambda once: _deleter().delete(artifact_type, id, version, once),
        no_content,
    )


@endpoint(
    router,
    PUT_ALIAS,
    answers={
        200: {
            "description": "Where the alias points",
            "content": {"application/json": {"model": AliasBody}},
        }
    },
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
    id: ModelId,  # noqa: A002 - the contract's name of the path parameter
    alias: _AliasName,
    idempotency_key: IdempotencyKey = None,
) -> Response[Any]:
    """Point an alias at a version, wherever it pointed before."""
    target = Alias(artifact_type, id, alias)
    number = read_json(router.current_event, AliasRequest).version
    return write_once(
        router.current_event,
        resources.on_table(DynamoAnswers),
        idempotency_key,
        lambda once: _aliases().point(target, number, once),
        lambda _: json_response(AliasBody(alias=alias, version=number).model_dump()),
    )


@endpoint(
    router,
    DELETE_ALIAS,
    answers={204: {"description": "It is removed"}},
    errors=_WRITE_ERRORS,
    action=Action.REMOVE_ALIAS,
)
def delete_alias(
    artifact_type: ArtifactType,
    id: ModelId,  # noqa: A002 - the contract's name of the path parameter
    alias: _AliasName,
    idempotency_key: IdempotencyKey = None,
) -> Response[Any]:
    """Remove an alias; the version stays."""
    target = Alias(artifact_type, id, alias)
    return write_once(
        router.current_event,
        resources.on_table(DynamoAnswers),
        idempotency_key,
        lambda once: _aliases().remove(target, once),
        no_content,
    )


@endpoint(
    router,
    RESCAN,
    answers={
        202: {
            "description": "The version as it is; its new verdict follows",
            "content": {"application/json": {"model": RescanBody}},
        }
    },
    errors=(*_READ_ERRORS, errors.VersionNotFoundError, errors.ConflictError),
    action=Action.RESCAN,
)
def rescan(
    artifact_type: ArtifactType,
    id: ModelId,  # noqa: A002 - the contract's name of the path parameter
    version: Annotated[
        str, Query(description="A version's number, an alias, or latest")
    ] = names.LATEST,
) -> Response[Any]:
    """Have a version inspected again; until that is done the present verdict stands.

    Asking twice is asking once, with or without an Idempotency-Key.
    """
    requests = Requests(
        resources.on_table(DynamoTable),
        resources.on_table(DynamoInspections),
        _now,
        lambda: str(uuid.uuid4()),
        time.sleep,
    )
    asked = requests.rescan(artifact_type, id, version, scribe_of(router.current_event))
    return json_response(RescanBody.of(asked).model_dump(), HTTPStatus.ACCEPTED)


def _catalogue() -> Catalogue:
    return Catalogue(resources.on_table(DynamoTable), resources.on_table(DynamoListings))


def _aliases() -> Aliases:
    scribe = scribe_of(router.current_event)
    return Aliases(
        resources.on_table(DynamoTable), resources.on_table(DynamoEdits), _now, time.sleep, scribe
    )


def _deleter() -> VersionDeleter:
    return VersionDeleter(
        table=resources.on_table(DynamoTable),
        listings=resources.on_table(DynamoListings),
        deletions=resources.on_table(DynamoDeletions),
        objects=resources.on_bucket(S3Bucket),
        now=_now,
        new_id=lambda: str(uuid.uuid4()),
        pause=time.sleep,
        scribe=scribe_of(router.current_event),
        report=left_to_the_sweep,
    )


def _now() -> datetime:
    return datetime.now(UTC)


lambda_handler = lambda_handler_of(new_app(router, trail=resources.trail))
resources.warm()
