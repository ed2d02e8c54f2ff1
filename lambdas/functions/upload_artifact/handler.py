"""POST /artifact/{artifact_type}: a small upload, in the request itself."""

from typing import Annotated, Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Header

from lambdas.aws import resources
from lambdas.aws.dynamodb.stored_answers import DynamoAnswerStore
from lambdas.aws.dynamodb.table import DynamoTable
from lambdas.aws.s3.bucket import S3Bucket
from lambdas.contract.routes import UPLOAD_ARTIFACT
from lambdas.functions.upload_artifact.request import REQUEST_BODY, read_upload
from lambdas.guard import inspect_upload
from lambdas.registry import errors
from lambdas.registry.call import Call
from lambdas.registry.operation import Action, Operation
from lambdas.registry.ports import AnswerMaker
from lambdas.registry.uploads.small import Receipt, Upload, Uploader
from lambdas.web import idempotency, metrics
from lambdas.web.app import entry_point, json_response
from lambdas.web.authorization import authorize
from lambdas.web.caller import call_of
from lambdas.web.endpoint import endpoint, json_response_doc, new_router
from lambdas.web.idempotency import IdempotencyKey, write_once
from lambdas.web.parameters import ArtifactType
from lambdas.web.schemas import VersionBody

router = new_router()


@endpoint(
    router,
    UPLOAD_ARTIFACT,
    responses={200: json_response_doc("The committed version", VersionBody)},
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
        Header(
            alias="X-Model-Name",
            description="The model's name; the form field `model_name` takes precedence",
        ),
    ] = None,
    filename: Annotated[
        str | None,
        Header(alias="X-Filename", description="The path of the file, if the body is not a form"),
    ] = None,
    idempotency_key: IdempotencyKey = None,
) -> Response[Any]:
    """Store the files in the request as the next version of their type and name."""
    upload = read_upload(
        router.current_event, artifact_type, model_name=model_name, filename=filename
    )
    operation = Operation(Action.UPLOAD, upload.name, artifact_type)
    authorize(router.current_event, UPLOAD_ARTIFACT, operation)
    return write_once(
        router.current_event,
        resources.on_table(DynamoAnswerStore),
        idempotency_key,
        lambda make_answer: _stored(upload, make_answer),
        _answer,
    )


def _stored(upload: Upload, make_answer: AnswerMaker[Receipt] | None) -> Receipt:
    receipt = uploader(call_of(router.current_event)).store(upload, make_answer)
    metrics.uploaded(receipt.version)
    return receipt


def _answer(receipt: Receipt) -> Response[Any]:
    body = VersionBody.of(receipt.model, receipt.version, "Artifact uploaded successfully")
    return json_response(body.model_dump())


def uploader(call: Call) -> Uploader:
    """Return the use case over the stack's bucket and table."""
    return Uploader(
        inspect=inspect_upload,
        bucket=resources.on_bucket(S3Bucket),
        table=resources.on_table(DynamoTable),
        call=call,
    )


lambda_handler = entry_point(router, resources=resources)
