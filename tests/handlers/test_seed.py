"""The seed's mock events and examples, exactly as written there."""

import base64
import json
from typing import Any

import pytest

from lambdas.functions.get_artifact.handler import lambda_handler as get_artifact
from lambdas.functions.upload_artifact.handler import lambda_handler as upload_artifact
from tests.support import events

UPLOAD: dict[str, Any] = {
    "httpMethod": "POST",
    "path": "/artifact/model",
    "pathParameters": {"artifact_type": "model"},
    "headers": {"content-type": "multipart/form-data", "X-Model-Name": "test-model"},
    "body": base64.b64encode(b"model content").decode(),
    "isBase64Encoded": True,
}
DOWNLOAD: dict[str, Any] = {
    "httpMethod": "GET",
    "path": "/artifacts/model/test-model",
    "pathParameters": {"artifact_type": "model", "id": "test-model"},
    "queryStringParameters": {"metadata_only": "false"},
}


def test_the_mock_upload_without_boundary_or_context_is_stored() -> None:
    answer = upload_artifact(UPLOAD, None)

    body = json.loads(answer["body"])
    key = body["s3_key"]
    assert answer["statusCode"] == 200
    assert answer["headers"]["Content-Type"] == "application/json"
    assert body["message"] == "Artifact uploaded successfully"
    assert (body["artifact_type"], body["model_name"]) == ("model", "test-model")
    assert key.startswith("model/test-model/")
    model = body["model"]
    assert set(model["scores"]) == set(model["scores_latency"]) >= {"net_score"}
    assert model | {"scores": {}, "scores_latency": {}} == {
        "name": "test-model",
        "size": 13,
        "license": "unknown",
        "model_key": key,
        "code_key": "",
        "dataset_key": "",
        "scores": {},
        "scores_latency": {},
    }


def test_the_mock_download_gives_the_uploaded_bytes_in_base64() -> None:
    upload_artifact(UPLOAD, None)
    answer = get_artifact(DOWNLOAD, None)
    assert answer["statusCode"] == 200
    assert answer["isBase64Encoded"] is True
    assert answer["headers"]["Content-Type"] == "application/octet-stream"
    assert base64.b64decode(answer["body"]) == b"model content"


def test_the_example_form_is_stored_under_its_field_with_the_extension_in_the_key() -> None:
    answer = events.upload_form(("model.pkl", b"\x80\x04N."), model_name="bert-base")
    assert answer.status == 200
    assert answer.json["s3_key"].startswith("model/bert-base/")
    assert answer.json["s3_key"].endswith(".pkl")


def test_the_example_metadata_has_every_member_of_the_seed() -> None:
    key = events.upload_form(("model.pkl", b"\x80\x04N."), model_name="bert-base").json["s3_key"]

    body = events.metadata("bert-base")

    assert body["artifact_type"] == "model"
    assert body["model_name"] == "bert-base"
    assert body["s3_key"] == key
    assert body["model"]["name"] == "bert-base"
    assert body["model"]["size"] == 4
    assert body["model"]["model_key"] == key
    assert {"license", "scores", "scores_latency"} <= set(body["model"])


@pytest.mark.parametrize(
    ("event", "status", "code"),
    [
        ({**UPLOAD, "path": "/artifact/banana"}, 400, "INVALID_ARTIFACT_TYPE"),
        ({**UPLOAD, "body": None}, 400, "MISSING_BODY"),
        ({**DOWNLOAD, "path": "/artifacts/model/"}, 400, "MISSING_ID"),
        ({**DOWNLOAD, "path": "/artifacts/model/nobody"}, 404, "MODEL_NOT_FOUND"),
        ({**DOWNLOAD, "path": "/artifacts/code/test-model"}, 404, "ARTIFACT_NOT_FOUND"),
        ({**DOWNLOAD, "path": "/elsewhere"}, 404, "NOT_FOUND"),
    ],
)
def test_the_common_errors_have_the_seeds_shape(
    event: dict[str, Any], status: int, code: str
) -> None:
    upload_artifact(UPLOAD, None)
    handler = upload_artifact if event["httpMethod"] == "POST" else get_artifact

    answer = handler(event, None)

    body = json.loads(answer["body"])
    assert answer["statusCode"] == status
    assert body["error_code"] == code
    assert isinstance(body["error"], str)
    assert answer["headers"]["x-request-id"]
