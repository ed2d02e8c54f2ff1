"""POST /artifact/{artifact_type}: a small upload, in the request."""

import time
import uuid
from datetime import UTC, datetime
from typing import Annotated, Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.api_gateway import Router
from aws_lambda_powertools.event_handler.openapi.params import Header

from lambdas.aws import resources
from lambdas.aws.answers import DynamoAnswers
from lambdas.aws.bucket import S3Bucket
from lambdas.aws.table import DynamoTable
from lambdas.contract import UPLOAD_ARTIFACT
from lambdas.guard.inspect import inspect_upload
from lambdas.http import idempotency, metrics
from lambdas.http.app import json_response, lambda_handler_of, new_app
from lambdas.http.authorization import authorize
from lambdas.http.caller import scribe_of
from lambdas.http.endpoint import endpoint
from lambdas.http.idempotency import IdempotencyKey, write_once
from lambdas.http.parameters import ArtifactType
from lambdas.http.schemas import VersionBody
from lambdas.registry import errors
from lambdas.registry.audit import Action, Deed
from lambdas.registry.ports import Once
from lambdas.registry.upload import Receipt, Upload, Uploader
from lambdas.upload_artifact.request import REQUEST_BODY, read_upload

router = Router()  # type: ignore[no-untyped-call]  # Powertools leaves it untyped


@endpoint(
    router,
    UPLOAD_ARTIFACT,
    answers={
        200: {
            "description": "The committed version",
            "content": {"application/json": {"model": VersionBody}},
        }
    },
    errors=(
        errors.InvalidArtifactTypeError,
        errors.InvalidNameError,
        errors.InvalidRequestError,
        errors.MissingBodyError,
        errors.MalformedMultipartError,
        errors.DigestMismatchError,
        errors.ConflictError,
        errors.PayloadTooLargeError,
        errors.ThrottledError,
        errors.BucketError,
        errors.TableError,
        *idempotency.ERRORS,
    ),
    request_body=REQUEST_BODY,
)
def upload_artifact(
    artifact_type: ArtifactType,
    model_name: Annotated[
        str | None,
        Header(alias="X-Model-Name", description="The model's name, unless a form field says it"),
    ] = None,
    filename: Annotated[
        str | None, Header(alias="X-Filename", description="The path of a raw body")
    ] = None,
    idempotency_key: IdempotencyKey = None,
) -> Response[Any]:
    """Store the files of the request as the next version of their type and name."""
    upload = read_upload(
        router.current_event, artifact_type, model_name=model_name, filename=filename
    )
    deed = Deed(Action.UPLOAD, upload.name, artifact_type)
    authorize(router.current_event, UPLOAD_ARTIFACT, deed)
    return write_once(
        router.current_event,
        resources.on_table(DynamoAnswers),
        idempotency_key,
        lambda once: _stored(upload, once),
        _answer,
    )


def _stored(upload: Upload, once: Once[Receipt] | None) -> Receipt:
    receipt = _uploader().store(upload, once)
    metrics.uploaded(receipt.version)
    return receipt


def _answer(receipt: Receipt) -> Response[Any]:
    body = VersionBody.of(receipt.model, receipt.version, "Artifact uploaded successfully")
    return json_response(body.model_dump())


def _uploader() -> Uploader:
    return Uploader(
        inspect=inspect_upload,
        bucket=resources.on_bucket(S3Bucket),
        table=resources.on_table(DynamoTable),
        now=lambda: datetime.now(UTC),
        new_id=lambda: str(uuid.uuid4()),
        pause=time.sleep,
        scribe=scribe_of(router.current_event),
    )


resources.warm()
lambda_handler = lambda_handler_of(new_app(router, trail=resources.trail))
