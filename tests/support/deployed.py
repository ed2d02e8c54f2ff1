"""The registry at the level of a deployment: each verb is a request, a run or a look at the data.

They work on any `Deployment`, whatever engine it runs on, and fail where the deployment refuses.
"""

from __future__ import annotations

import json
import uuid
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from lambdas.contract.routes import (
    BEGIN_UPLOAD,
    COMPLETE_UPLOAD,
    GET_ARTIFACT,
    RESUME_UPLOAD,
    UPLOAD_ARTIFACT,
)
from lambdas.contract.table import (
    AUDIT_PREFIX,
    DUE_ATTRIBUTE,
    SWEEP_SORT_KEY,
    TABLE_PARTITION_KEY,
    TABLE_SORT_KEY,
)
from tests.support.contents import SMALL, declared, wanted
from tests.support.deployments import EVERYTHING, Ask
from tests.support.forms import multipart

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lambdas.contract.routes import Route
    from tests.support.contents import Contents
    from tests.support.deployments import Deployment
    from tests.support.gateway import Answer


def new_name() -> str:
    return f"m-{uuid.uuid4().hex}"


def new_key() -> dict[str, str]:
    return {"Idempotency-Key": uuid.uuid4().hex}


def ask(
    deployment: Deployment,
    route: Route,
    status: int,
    body: Any = None,
    *,
    query: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
    grants: str = EVERYTHING,
    **names: str,
) -> Answer:
    """Send a request, `body` as JSON, and expect a status."""
    known = {"artifact_type": "model", **names}
    content = None if body is None else json.dumps(body).encode()
    answer = deployment.ask(Ask(route, known, content, headers or {}, query or {}, grants))
    assert answer.status == status, answer
    return answer


def upload(
    deployment: Deployment,
    name: str,
    *files: tuple[str, bytes],
    status: int = 200,
    headers: Mapping[str, str] | None = None,
    **fields: str,
) -> Answer:
    """Upload a form, and expect a status."""
    body, form = multipart(*(files or tuple(SMALL.items())), fields={"model_name": name, **fields})
    answer = deployment.ask(
        Ask(UPLOAD_ARTIFACT, {"artifact_type": "model"}, body, {**form, **(headers or {})})
    )
    assert answer.status == status, answer
    return answer


def begin(deployment: Deployment, name: str, contents: Contents) -> Any:
    """Begin a session."""
    return ask(deployment, BEGIN_UPLOAD, 201, declared(contents, name)).json


def send(
    deployment: Deployment, begun: Any, contents: Contents, *, most: int | None = None
) -> None:
    """Send what a session needs, in at most `most` requests."""
    for request, content in wanted(begun["files"], contents)[:most]:
        answer = deployment.use("Uploads", "PUT", request["url"], request["headers"], content)
        assert answer.status == 200, answer


def send_whole(deployment: Deployment, begun: Any, contents: Contents) -> None:
    """Send the files that go up whole, and no parts."""
    send(deployment, {"files": [file for file in begun["files"] if "url" in file]}, contents)


def resume(deployment: Deployment, begun: Any) -> Any:
    return ask(deployment, RESUME_UPLOAD, 200, upload_id=begun["upload_id"]).json


def complete(deployment: Deployment, begun: Any, status: int = 200) -> Answer:
    route = COMPLETE_UPLOAD
    return ask(deployment, route, status, {}, upload_id=begun["upload_id"])


def push(deployment: Deployment, name: str, contents: Contents) -> None:
    """Upload a version through a session; it then waits to be inspected."""
    begun = begin(deployment, name, contents)
    send(deployment, begun, contents)
    complete(deployment, begun)


def inspect(deployment: Deployment, name: str) -> None:
    """Send the inspector the stream events of a model's versions that wait for it."""
    keys = (TABLE_PARTITION_KEY, TABLE_SORT_KEY)
    records = [
        {"eventName": "INSERT", "dynamodb": {"Keys": {key: item[key] for key in keys}}}
        for item in deployment.items(name)
        if DUE_ATTRIBUTE in item
    ]
    deployment.run("Inspector", {"Records": records})


def download(deployment: Deployment, name: str, status: int = 200, **query: str) -> Answer:
    return ask(deployment, GET_ARTIFACT, status, id=name, query=query)


def sweep(deployment: Deployment) -> None:
    """Make a pass of the sweep in which nothing fails."""
    tally = deployment.run("Sweep", {})
    assert tally["failed"] == 0, tally


def age(deployment: Deployment, name: str) -> None:
    """Make everything in a partition that waits for the sweep due now."""
    keys = (TABLE_PARTITION_KEY, TABLE_SORT_KEY)
    for item in deployment.items(name):
        with suppress(deployment.dynamodb.exceptions.ConditionalCheckFailedException):
            deployment.dynamodb.update_item(
                TableName=deployment.table,
                Key={key: item[key] for key in keys},
                UpdateExpression="SET #at = :at",
                ConditionExpression="attribute_exists(#at)",
                ExpressionAttributeNames={"#at": SWEEP_SORT_KEY},
                ExpressionAttributeValues={":at": {"N": "1"}},
            )


def rows(deployment: Deployment, name: str, prefix: str) -> list[dict[str, Any]]:
    """Return a partition's items whose sort keys begin with a prefix."""
    found = deployment.items(name)
    return [item for item in found if item[TABLE_SORT_KEY]["S"].startswith(prefix)]


def actions(deployment: Deployment, name: str) -> list[str]:
    """Return the actions that the audit trail holds of a model, oldest first."""
    found = deployment.items(f"{AUDIT_PREFIX}{name}")
    return [item["action"]["S"] for item in found]
