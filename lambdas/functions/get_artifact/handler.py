"""GET and HEAD /artifacts/{artifact_type}/{id}: the bytes of a version, or its metadata."""

from dataclasses import replace
from http import HTTPStatus
from typing import Annotated, Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Header, Query

from lambdas.aws import resources
from lambdas.aws.dynamodb.table import DynamoTable
from lambdas.aws.s3.bucket import S3Bucket
from lambdas.contract.routes import GET_ARTIFACT, GET_ARTIFACT_WITHOUT_ID, HEAD_ARTIFACT
from lambdas.functions.get_artifact import responses as answers
from lambdas.registry import errors, names
from lambdas.registry.download import Finder, FoundVersion, Reader
from lambdas.registry.gate import ClearedFile
from lambdas.registry.operation import Action, Operation
from lambdas.registry.scores import scored
from lambdas.registry.version import File
from lambdas.web.app import entry_point, json_response, logger
from lambdas.web.authorization import audited_as
from lambdas.web.caller import call_of, principal_of
from lambdas.web.endpoint import endpoint, new_router
from lambdas.web.parameters import ArtifactType, ModelId
from lambdas.web.schemas import VersionBody

router = new_router()

_Version = Annotated[str, Query(description="A version number, an alias, or `latest`")]
_File = Annotated[
    str | None, Query(description="The path of a file; required if the version has several")
]
_AllowUnverified = Annotated[
    bool,
    Query(description="Serve a suspicious or inconclusive version anyway, at the caller's risk"),
]
_IfNoneMatch = Annotated[
    str | None,
    Header(alias="If-None-Match", description="Entity tags of the copies the client already has"),
]
_ERRORS = (
    errors.InvalidArtifactTypeError,
    errors.InvalidNameError,
    errors.InvalidRequestError,
    errors.FileRequiredError,
    errors.ModelNotFoundError,
    errors.ArtifactNotFoundError,
    errors.VersionNotFoundError,
    errors.FileNotInVersionError,
    errors.ArtifactPendingError,
    errors.ArtifactMaliciousError,
    errors.ArtifactNotClearedError,
    errors.ThrottledError,
    errors.TableError,
)


@endpoint(
    router,
    GET_ARTIFACT,
    responses=answers.GET_DOCS,
    errors=(*_ERRORS, errors.BucketError),
    action=Action.DOWNLOAD,
)
def get_artifact(  # noqa: PLR0913 - one argument per parameter of the request
    artifact_type: ArtifactType,
    id: ModelId,
    *,
    metadata_only: Annotated[
        bool, Query(description="Return the version's metadata as JSON instead of bytes")
    ] = False,
    version: _Version = names.LATEST,
    file: _File = None,
    allow_unverified: _AllowUnverified = False,
    if_none_match: _IfNoneMatch = None,
) -> Response[Any]:
    """Return a file's bytes, a redirect to them if the file is large, or the version's metadata."""
    finder = Finder(resources.on_table(DynamoTable))
    found = finder.find(artifact_type, id, version)
    if metadata_only:
        body = VersionBody.of(scored(found.record), found.version, found.version.message)
        return json_response(body.model_dump(), HTTPStatus.OK)
    cleared = _cleared(found, file, allow_unverified=allow_unverified)
    if answers.is_current(cleared, if_none_match):
        return answers.not_modified(found.version, cleared)
    # Record first: an unrecorded download is worse than a failed one.
    operation = replace(_download(found, cleared.file), unverified=cleared.unverified)
    resources.trail().add(call_of(router.current_event).event(operation))
    return answers.content(Reader(finder, resources.on_bucket(S3Bucket)), found, cleared)


@endpoint(
    router, HEAD_ARTIFACT, responses=answers.HEAD_DOCS, errors=_ERRORS, action=Action.DOWNLOAD
)
def head_artifact(
    artifact_type: ArtifactType,
    id: ModelId,
    *,
    version: _Version = names.LATEST,
    file: _File = None,
    allow_unverified: _AllowUnverified = False,
    if_none_match: _IfNoneMatch = None,
) -> Response[Any]:
    """Return the headers of a file."""
    found = Finder(resources.on_table(DynamoTable)).find(artifact_type, id, version)
    cleared = _cleared(found, file, allow_unverified=allow_unverified)
    if answers.is_current(cleared, if_none_match):
        return answers.not_modified(found.version, cleared)
    return answers.headers_only(found.version, cleared)


@endpoint(
    router,
    GET_ARTIFACT_WITHOUT_ID,
    responses={},
    errors=(errors.MissingIdError, errors.InvalidArtifactTypeError),
)
def get_artifact_without_id(artifact_type: ArtifactType) -> Response[Any]:
    """Reject a request without a model name."""
    names.artifact_type(artifact_type)
    raise errors.MissingIdError("The model name is missing")


def _cleared(found: FoundVersion, path: str | None, *, allow_unverified: bool) -> ClearedFile:
    """Return the requested file if it may be served; log callers who accept an unverified one."""
    file = found.file(path)
    policy = resources.guard_policy()
    with audited_as(_download(found, file)):
        cleared = ClearedFile.clear(
            found.version, file, policy=policy, allow_unverified=allow_unverified
        )
    if cleared.unverified:
        logger.warning(
            "unverified version served",
            caller=principal_of(router.current_event),
            model=found.record.model.name,
            artifact_type=found.version.artifact_type,
            version=found.version.number,
            verdict=found.version.inspection.verdict.value,
        )
    return cleared


def _download(found: FoundVersion, file: File) -> Operation:
    version = found.version
    operation = Operation.on_version(Action.DOWNLOAD, found.record.model.name, version)
    verdict = version.inspection.verdict.value
    return replace(operation, file=file.path, sha256=file.sha256, verdict=verdict)


lambda_handler = entry_point(router, resources=resources)
