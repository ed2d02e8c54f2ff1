"""/artifact/{artifact_type}/uploads: begin, resume, complete and abort upload sessions.

The bytes go directly to S3 and never pass through here.
"""

import secrets
from http import HTTPStatus
from typing import Annotated, Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Path

from lambdas.aws import resources
from lambdas.aws.dynamodb.committed_files import DynamoCommittedFiles
from lambdas.aws.dynamodb.sessions import DynamoUploadSessions
from lambdas.aws.dynamodb.stored_answers import DynamoAnswerStore
from lambdas.aws.dynamodb.table import DynamoTable
from lambdas.aws.s3.leftovers import S3Leftovers
from lambdas.aws.s3.parts import S3Parts
from lambdas.contract.routes import ABORT_UPLOAD, BEGIN_UPLOAD, COMPLETE_UPLOAD, RESUME_UPLOAD
from lambdas.functions.uploads.request import REQUEST_BODY, UploadDeclaration
from lambdas.functions.uploads.schemas import UploadBody
from lambdas.registry import errors
from lambdas.registry.call import Call
from lambdas.registry.operation import Action, Operation
from lambdas.registry.uploads.offers import Offer
from lambdas.registry.uploads.session_lifecycle import UploadSessions
from lambdas.web import idempotency, metrics
from lambdas.web.app import entry_point, json_response, no_content
from lambdas.web.authorization import authorize
from lambdas.web.caller import call_of
from lambdas.web.endpoint import endpoint, json_response_doc, new_router
from lambdas.web.idempotency import IdempotencyKey, write_once
from lambdas.web.json_body import read_json
from lambdas.web.parameters import ArtifactType
from lambdas.web.schemas import VersionBody

router = new_router()

_UploadId = Annotated[str, Path(description="The `upload_id` returned when the upload began")]
_FAILURES = (errors.ThrottledError, errors.BucketError, errors.TableError)
_LOOKUP = (errors.InvalidArtifactTypeError, errors.UploadNotFoundError, errors.ConflictError)


@endpoint(
    router,
    BEGIN_UPLOAD,
    responses={
        201: json_response_doc("What the registry has, and where to send the rest", UploadBody)
    },
    errors=(
        errors.InvalidArtifactTypeError,
        errors.InvalidNameError,
        errors.InvalidRequestError,
        errors.MissingIdError,
        errors.MissingBodyError,
        errors.DigestMismatchError,
        errors.PayloadTooLargeError,
        errors.UploadNotFoundError,
        errors.ConflictError,
        *_FAILURES,
        *idempotency.ERRORS,
    ),
    request_body=REQUEST_BODY,
)
def begin_upload(
    artifact_type: ArtifactType, idempotency_key: IdempotencyKey = None
) -> Response[Any]:
    """Begin the upload of a version whose bytes go directly to S3.

    PUT each needed file, or each of its parts, to its URL with exactly the given headers; URLs are
    valid for an hour. Then complete the upload.
    """
    event, sessions = router.current_event, _sessions()
    declaration = read_json(event, UploadDeclaration).declaration(artifact_type)
    authorize(event, BEGIN_UPLOAD, Operation(Action.UPLOAD, declaration.name, artifact_type))
    if idempotency_key is None:
        return _offered(sessions.begin(declaration), HTTPStatus.CREATED)
    # The stored answer is the session's id, not its URLs, which are secrets and expire sooner.
    opened = write_once(
        event,
        resources.on_table(DynamoAnswerStore),
        idempotency_key,
        lambda make_answer: sessions.open(declaration, make_answer),
        lambda upload_id: Response(int(HTTPStatus.CREATED), body=upload_id),
    )
    return _offered(sessions.resume(artifact_type, str(opened.body)), HTTPStatus.CREATED)


@endpoint(
    router,
    RESUME_UPLOAD,
    responses={200: json_response_doc("What has arrived, and new URLs for the rest", UploadBody)},
    errors=(*_LOOKUP, *_FAILURES),
)
def resume_upload(artifact_type: ArtifactType, upload_id: _UploadId) -> Response[Any]:
    """Return what has arrived of an upload, and new URLs for what has not."""
    return _offered(_sessions().resume(artifact_type, upload_id), HTTPStatus.OK)


@endpoint(
    router,
    COMPLETE_UPLOAD,
    responses={200: json_response_doc("The committed version", VersionBody)},
    errors=(
        *_LOOKUP,
        errors.UploadIncompleteError,
        errors.VersionNotFoundError,
        *_FAILURES,
    ),
)
def complete_upload(artifact_type: ArtifactType, upload_id: _UploadId) -> VersionBody:
    """Commit all files as the next version, or nothing; repeating it returns the same response."""
    receipt = _sessions().complete(artifact_type, upload_id)
    if not receipt.repeated:
        metrics.uploaded(receipt.version)
    return VersionBody.of(receipt.model, receipt.version, "Artifact uploaded successfully")


@endpoint(
    router,
    ABORT_UPLOAD,
    responses={204: {"description": "The upload has ended, and nothing of it is stored"}},
    errors=(*_LOOKUP, *_FAILURES),
)
def abort_upload(artifact_type: ArtifactType, upload_id: _UploadId) -> Response[Any]:
    """End an upload and remove what it stored."""
    _sessions().abort(artifact_type, upload_id)
    return no_content(None)


def _offered(offer: Offer, status: HTTPStatus) -> Response[Any]:
    body = UploadBody.of(offer).model_dump(exclude_none=True)
    # The URLs are secrets and expire, so no cache may store the response.
    return json_response(body, status, {"Cache-Control": "no-store"})


def _sessions() -> UploadSessions:
    return upload_sessions(call_of(router.current_event))


def upload_sessions(call: Call) -> UploadSessions:
    """Return the use cases over the stack's bucket and table."""
    return UploadSessions(
        sessions=resources.on_table(DynamoUploadSessions),
        table=resources.on_table(DynamoTable),
        committed=resources.on_table(DynamoCommittedFiles),
        bucket=resources.on_bucket(S3Parts),
        leftovers=resources.on_bucket(S3Leftovers),
        call=call,
        new_upload_id=lambda: secrets.token_hex(16),
    )


lambda_handler = entry_point(router, resources=resources)
