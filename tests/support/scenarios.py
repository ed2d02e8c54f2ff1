"""What each function is there for, as scenarios: together they use all that its role allows.

A scenario takes a deployment and ends with a failed assertion when something does not work,
whether the function says so or leaves it undone in silence. Each uses a name of its own, so that
any number of them can be played on one deployment, in any order.

A permission that a function gets needs a scenario here that fails without it.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeVar

from lambdas.aws.dynamodb.deletions import DynamoDeletions
from lambdas.aws.dynamodb.session_items import partition
from lambdas.aws.dynamodb.table import DynamoTable
from lambdas.contract.limits import INLINE_LIMIT_BYTES
from lambdas.contract.routes import (
    ABORT_UPLOAD,
    AUDIT,
    BEGIN_UPLOAD,
    COMPLETE_UPLOAD,
    CREATE_TOKEN,
    DELETE_ALIAS,
    DELETE_MODEL,
    DELETE_VERSION,
    DOCS,
    GET_ARTIFACT,
    GET_MODEL,
    HEALTH,
    LIST_MODELS,
    LIST_TOKENS,
    LIST_VERSIONS,
    MODEL_AUDIT,
    OPENAPI,
    PATCH_MODEL,
    PUT_ALIAS,
    RESCAN,
    RESUME_UPLOAD,
    REVOKE_TOKEN,
    UPLOAD_ARTIFACT,
)
from lambdas.contract.table import (
    AUDIT_PREFIX,
    DUE_ATTRIBUTE,
    SWEEP_SORT_KEY,
    TABLE_PARTITION_KEY,
    TABLE_SORT_KEY,
    TOKENS_PREFIX,
)
from lambdas.registry.operation import Action, Operation
from lambdas.registry.ports import Intent
from lambdas.registry.uploads import session
from tests.support import pushes
from tests.support.deployments import EVERYTHING, Ask, Deployment, InMemory
from tests.support.events import multipart
from tests.support.use_cases import call

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lambdas.contract.routes import Route
    from tests.support.registry import Answer

_Deployed = TypeVar("_Deployed", bound=Deployment)
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
SMALL = {"config.json": b"{}"}


def in_parts() -> dict[str, bytes]:
    """Return one file that goes up in parts, and two that do not."""
    return {"weights.bin": bytes(session.SINGLE_PUT_LIMIT_BYTES + 1), "a.json": b"[]", **SMALL}


def safetensors(size: int) -> bytes:
    """Return a model with one tensor of so many bytes."""
    tensor = {"dtype": "U8", "shape": [size], "data_offsets": [0, size]}
    header = json.dumps({"weight": tensor}).encode()
    return len(header).to_bytes(8, "little") + header + bytes(size)


# How scenarios speak to a deployment.


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


def begin(deployment: Deployment, name: str, contents: Mapping[str, bytes]) -> Any:
    """Begin a session."""
    declared = pushes.declared(dict(contents), name)
    return ask(deployment, BEGIN_UPLOAD, 201, declared).json


def send(deployment: Deployment, begun: Any, contents: Mapping[str, bytes], most: int = 99) -> None:
    """Send what a session needs, at most so many requests."""
    wanted = [
        (part, pushes.parts_of(contents[file["path"]])[part["part_number"] - 1])
        for file in begun["files"]
        for part in file.get("parts", [])
    ] + [(file, contents[file["path"]]) for file in begun["files"] if "url" in file]
    for request, content in wanted[:most]:
        answer = deployment.use("Uploads", "PUT", request["url"], request["headers"], content)
        assert answer.status == 200, answer


def send_whole(deployment: Deployment, begun: Any, contents: Mapping[str, bytes]) -> None:
    """Send the files that do not go up in parts."""
    send(deployment, {"files": [file for file in begun["files"] if "url" in file]}, contents)


def resume(deployment: Deployment, begun: Any) -> Any:
    return ask(deployment, RESUME_UPLOAD, 200, upload_id=begun["upload_id"]).json


def complete(deployment: Deployment, begun: Any, status: int = 200) -> Answer:
    route = COMPLETE_UPLOAD
    return ask(deployment, route, status, {}, upload_id=begun["upload_id"])


def push(deployment: Deployment, name: str, contents: Mapping[str, bytes]) -> None:
    """Upload a version by a session; it waits for its inspection then."""
    begun = begin(deployment, name, contents)
    send(deployment, begun, contents)
    complete(deployment, begun)


def inspect(deployment: Deployment, name: str) -> None:
    """Let the inspector see the events of a model's versions that wait for it."""
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
    """Make a pass of the clean-up that nothing fails in."""
    tally = deployment.run("Sweep", {})
    assert tally["failed"] == 0, tally


def age(deployment: Deployment, name: str) -> None:
    """Let all that waits in a partition, and goes on waiting, be due for the clean-up."""
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


def rows(deployment: Deployment, name: str, begin: str) -> list[dict[str, Any]]:
    """Return a partition's items whose sort keys begin so."""
    found = deployment.items(name)
    return [item for item in found if item[TABLE_SORT_KEY]["S"].startswith(begin)]


def events(deployment: Deployment, name: str) -> list[str]:
    """Return what the audit trail tells of a model."""
    found = deployment.items(f"{AUDIT_PREFIX}{name}")
    return [item["action"]["S"] for item in found]


def fails(scenario: Callable[[_Deployed], None], deployment: _Deployed) -> bool:
    """Tell whether a scenario does not work."""
    try:
        scenario(deployment)
    except AssertionError:
        return True
    return False


# UploadArtifact


def an_upload_of_several_files_is_one_version_and_repeating_it_none(deployment: Deployment) -> None:
    name, key = new_name(), new_key()
    files = ("a.json", b"{}"), ("b.json", b"[]")
    first = upload(deployment, name, *files, headers=key)
    again = upload(deployment, name, *files, headers=key)
    assert first.json == again.json
    assert len(deployment.keys(name)) == 2
    assert events(deployment, name) == ["upload"]


def a_refused_upload_frees_its_key(deployment: Deployment) -> None:
    name, key = new_name(), new_key()
    upload(deployment, name, headers=key, status=400, license="x" * 201)
    upload(deployment, name, headers=key, license="mit")


# GetArtifact


def the_newest_version_is_downloaded_and_that_is_kept(deployment: Deployment) -> None:
    name = new_name()
    upload(deployment, name)
    assert download(deployment, name).body == SMALL["config.json"]
    assert events(deployment, name) == ["upload", "download"]


def a_numbered_version_is_downloaded(deployment: Deployment) -> None:
    name = new_name()
    upload(deployment, name)
    assert download(deployment, name, version="1").body == SMALL["config.json"]


def a_large_file_is_downloaded_from_the_bucket(deployment: Deployment) -> None:
    name, contents = new_name(), {"weights.safetensors": safetensors(INLINE_LIMIT_BYTES)}
    push(deployment, name, contents)
    inspect(deployment, name)
    location = download(deployment, name, 302).headers["Location"]
    answer = deployment.use("GetArtifact", "GET", location, {})
    assert (answer.status, answer.body) == (200, contents["weights.safetensors"])


def a_download_that_a_token_does_not_grant_is_kept(deployment: Deployment) -> None:
    name = new_name()
    ask(deployment, GET_ARTIFACT, 403, id=name, grants="read:other")
    assert events(deployment, name) == ["download"]


# Uploads


def a_session_is_begun_once_resumed_and_completed(deployment: Deployment) -> None:
    name, key = new_name(), new_key()
    contents = {"a.json": b"{}", "b.json": b"[]"}
    declared = pushes.declared(contents, name)
    begun = ask(deployment, BEGIN_UPLOAD, 201, declared, headers=key).json
    again = ask(deployment, BEGIN_UPLOAD, 201, declared, headers=key).json
    assert begun["upload_id"] == again["upload_id"]
    send(deployment, begun, contents, most=1)
    complete(deployment, begun, 409)
    resumed = resume(deployment, begun)
    assert [file["state"] for file in resumed["files"]] == ["have", "need"]
    send(deployment, resumed, contents)
    answers = [complete(deployment, begun).json for _ in range(2)]
    assert [answer["version"] for answer in answers] == [1, 1]
    assert events(deployment, name) == ["upload"]


def what_a_version_holds_is_not_sent_again(deployment: Deployment) -> None:
    name = new_name()
    push(deployment, name, SMALL)
    begun = begin(deployment, name, SMALL)
    assert [file["state"] for file in begun["files"]] == ["have"]


def a_file_in_parts_is_resumed_and_completed(deployment: Deployment) -> None:
    name, contents = new_name(), in_parts()
    begun = begin(deployment, name, contents)
    send(deployment, begun, contents, most=1)
    send(deployment, resume(deployment, begun), contents)
    complete(deployment, begun)
    assert deployment.multiparts(name) == []


def an_aborted_session_leaves_nothing(deployment: Deployment) -> None:
    name, contents = new_name(), in_parts()
    begun = begin(deployment, name, contents)
    send_whole(deployment, begun, contents)
    assert deployment.multiparts(name) != []
    ask(deployment, ABORT_UPLOAD, 204, upload_id=begun["upload_id"])
    assert (deployment.keys(name), deployment.multiparts(name)) == ([], [])


def a_refused_session_frees_its_key(deployment: Deployment) -> None:
    name, key = new_name(), new_key()
    declared = pushes.declared(SMALL, name)
    refused = {**declared, "license": "x" * 201}
    ask(deployment, BEGIN_UPLOAD, 400, refused, headers=key)
    ask(deployment, BEGIN_UPLOAD, 201, declared, headers=key)


# Sweep


def dead_upload(deployment: Deployment, name: str) -> None:
    """Leave what a small upload leaves that dies between its bytes and its record."""
    keys = tuple(f"model/{name}/{uuid.uuid4()}.bin" for _ in range(2))
    intent = Intent(str(uuid.uuid4()), keys, int(LONG_AGO.timestamp()))
    DynamoTable(deployment.dynamodb, deployment.table).open_intent(name, intent)
    for key in keys:
        deployment.s3.put_object(Bucket=deployment.bucket, Key=key, Body=b"lost")


def a_dead_upload_is_swept(deployment: Deployment) -> None:
    name = new_name()
    dead_upload(deployment, name)
    sweep(deployment)
    assert (deployment.keys(name), deployment.items(name)) == ([], [])


def a_dead_upload_of_a_known_name_is_swept(deployment: Deployment) -> None:
    name = new_name()
    upload(deployment, name)
    dead_upload(deployment, name)
    age(deployment, name)
    sweep(deployment)
    assert len(deployment.keys(name)) == 1
    assert download(deployment, name).body == SMALL["config.json"]


def an_expired_session_is_swept(deployment: Deployment) -> None:
    name, contents = new_name(), in_parts()
    begun = begin(deployment, name, contents)
    send_whole(deployment, begun, contents)
    age(deployment, partition(begun["upload_id"]))
    sweep(deployment)
    assert (deployment.keys(name), deployment.multiparts(name)) == ([], [])
    assert deployment.items(partition(begun["upload_id"])) == []


def a_completed_session_is_forgotten(deployment: Deployment) -> None:
    name = new_name()
    begun = begin(deployment, name, SMALL)
    send(deployment, begun, SMALL)
    complete(deployment, begun)
    age(deployment, partition(begun["upload_id"]))
    sweep(deployment)
    assert len(deployment.keys(name)) == 1
    assert deployment.items(partition(begun["upload_id"])) == []


def a_deleted_model_is_purged(deployment: Deployment) -> None:
    name = new_name()
    upload(deployment, name)
    record = DynamoTable(deployment.dynamodb, deployment.table).record(name)
    assert record
    # As the function leaves it that dies right after it answered.
    event = call().event(Operation(Action.DELETE_MODEL, name), LONG_AGO)
    DynamoDeletions(deployment.dynamodb, deployment.table).hide(record, LONG_AGO, event, None)
    sweep(deployment)
    assert (deployment.keys(name), rows(deployment, name, "version/")) == ([], [])


def a_missing_inspection_is_asked_for_again(deployment: Deployment) -> None:
    name = new_name()
    push(deployment, name, SMALL)
    age(deployment, name)
    sweep(deployment)
    (version,) = rows(deployment, name, "version/")
    assert version.get(SWEEP_SORT_KEY) != {"N": "1"}


def new_rules_are_asked_for_everywhere(deployment: Deployment) -> None:
    upload(deployment, new_name())
    progress = {
        TABLE_PARTITION_KEY: {"S": "guard#rules"},
        TABLE_SORT_KEY: {"S": "progress"},
    }
    deployment.dynamodb.delete_item(TableName=deployment.table, Key=progress)
    sweep(deployment)
    assert rows(deployment, "guard#rules", "progress")


# Inspector


def a_pushed_version_is_inspected(deployment: Deployment) -> None:
    name = new_name()
    push(deployment, name, SMALL)
    inspect(deployment, name)
    assert rows(deployment, name, "version/")
    assert download(deployment, name, metadata_only="true").json["verdict"] == "clean"


# Models


def models_are_listed(deployment: Deployment) -> None:
    name = new_name()
    upload(deployment, name)
    listed = ask(deployment, LIST_MODELS, 200, query={"prefix": name}).json
    assert [model["name"] for model in listed["models"]] == [name]


def a_record_is_edited_once(deployment: Deployment) -> None:
    name, key = new_name(), new_key()
    upload(deployment, name)
    change = {"description": "mine"}
    for _ in range(2):
        ask(deployment, PATCH_MODEL, 200, change, headers=key, id=name)
    assert ask(deployment, GET_MODEL, 200, id=name).json["description"] == "mine"
    assert events(deployment, name) == ["upload", "edit"]


def a_refused_edit_frees_its_key(deployment: Deployment) -> None:
    name, key = new_name(), new_key()
    upload(deployment, name)
    change = {"description": "mine"}
    wrong = {**key, "If-Match": '"99"'}
    ask(deployment, PATCH_MODEL, 412, change, headers=wrong, id=name)
    ask(deployment, PATCH_MODEL, 200, change, headers=key, id=name)


def a_model_is_deleted_with_all_that_it_had(deployment: Deployment) -> None:
    name = new_name()
    upload(deployment, name)
    upload(deployment, name)
    ask(deployment, DELETE_MODEL, 204, id=name)
    assert (deployment.keys(name), rows(deployment, name, "version/")) == ([], [])
    assert events(deployment, name) == ["upload", "upload", "delete_model"]


# Versions


def versions_are_listed(deployment: Deployment) -> None:
    name = new_name()
    upload(deployment, name)
    listed = ask(deployment, LIST_VERSIONS, 200, id=name).json
    assert [version["version"] for version in listed["versions"]] == [1]


def an_alias_is_set_once_and_removed(deployment: Deployment) -> None:
    name, key = new_name(), new_key()
    upload(deployment, name)
    target = {"id": name, "alias": "prod"}
    for _ in range(2):
        ask(deployment, PUT_ALIAS, 200, {"version": 1}, headers=key, **target)
    assert download(deployment, name, version="prod").body == SMALL["config.json"]
    ask(deployment, DELETE_ALIAS, 204, **target)
    assert events(deployment, name) == ["upload", "set_alias", "download", "remove_alias"]


def a_refused_alias_frees_its_key(deployment: Deployment) -> None:
    name, key = new_name(), new_key()
    upload(deployment, name)
    target = {"id": name, "alias": "prod"}
    ask(deployment, PUT_ALIAS, 404, {"version": 2}, headers=key, **target)
    ask(deployment, PUT_ALIAS, 200, {"version": 1}, headers=key, **target)


def a_version_is_deleted_with_its_objects(deployment: Deployment) -> None:
    name = new_name()
    upload(deployment, name)
    upload(deployment, name, ("a.json", b"{}"), ("b.json", b"[]"))
    ask(deployment, DELETE_VERSION, 204, id=name, query={"version": "2"})
    assert len(deployment.keys(name)) == len(rows(deployment, name, "version/")) == 1
    assert events(deployment, name) == ["upload", "upload", "delete_version"]


def a_version_is_inspected_again(deployment: Deployment) -> None:
    name = new_name()
    upload(deployment, name)
    ask(deployment, RESCAN, 202, id=name)
    assert events(deployment, name) == ["upload", "rescan"]


# Audit


def the_audit_trail_is_read(deployment: Deployment) -> None:
    name = new_name()
    upload(deployment, name)
    kept = ask(deployment, MODEL_AUDIT, 200, id=name).json["events"]
    assert [event["action"] for event in kept] == ["upload"]
    ask(deployment, AUDIT, 200)


def a_look_at_the_trail_that_a_token_does_not_grant_is_kept(deployment: Deployment) -> None:
    name = new_name()
    ask(deployment, MODEL_AUDIT, 403, id=name, grants="read:other")
    assert events(deployment, name) == ["call"]


# Tokens


def a_token_is_made_listed_and_revoked(deployment: Deployment) -> None:
    made = ask(deployment, CREATE_TOKEN, 201, {"grants": ["read:other"]}).json
    listed = ask(deployment, LIST_TOKENS, 200, query={"limit": "100"}).json["tokens"]
    assert made["token_id"] in [token["token_id"] for token in listed]
    ask(deployment, REVOKE_TOKEN, 204, token_id=made["token_id"])
    assert rows(deployment, TOKENS_PREFIX, made["token_id"]) == []
    assert events(deployment, "")[-2:] == ["create_token", "revoke_token"]


# Authorizer


def a_token_is_accepted(deployment: Deployment) -> None:
    made = ask(deployment, CREATE_TOKEN, 201, {"grants": ["read:other"]}).json
    event = {
        "type": "TOKEN",
        "authorizationToken": f"Bearer {made['token']}",
        "methodArn": "arn:aws:execute-api:us-east-1:111122223333:abc/prod/GET/models",
    }
    answer = deployment.run("Authorizer", event)
    assert answer["context"] == {"grants": "read:other"}


# Docs


def the_api_is_alive_and_described(deployment: Deployment) -> None:
    for route in (HEALTH, OPENAPI, DOCS):
        ask(deployment, route, 200)


Scenario = Callable[[Deployment], None]
SCENARIOS: dict[str, tuple[Scenario, ...]] = {
    "UploadArtifact": (
        an_upload_of_several_files_is_one_version_and_repeating_it_none,
        a_refused_upload_frees_its_key,
    ),
    "GetArtifact": (
        the_newest_version_is_downloaded_and_that_is_kept,
        a_numbered_version_is_downloaded,
        a_large_file_is_downloaded_from_the_bucket,
        a_download_that_a_token_does_not_grant_is_kept,
    ),
    "Uploads": (
        a_session_is_begun_once_resumed_and_completed,
        what_a_version_holds_is_not_sent_again,
        an_aborted_session_leaves_nothing,
        a_file_in_parts_is_resumed_and_completed,
        a_refused_session_frees_its_key,
    ),
    "Sweep": (
        a_dead_upload_is_swept,
        a_dead_upload_of_a_known_name_is_swept,
        an_expired_session_is_swept,
        a_completed_session_is_forgotten,
        a_deleted_model_is_purged,
        a_missing_inspection_is_asked_for_again,
        new_rules_are_asked_for_everywhere,
    ),
    "Inspector": (a_pushed_version_is_inspected,),
    "Models": (
        models_are_listed,
        a_record_is_edited_once,
        a_refused_edit_frees_its_key,
        a_model_is_deleted_with_all_that_it_had,
    ),
    "Versions": (
        versions_are_listed,
        an_alias_is_set_once_and_removed,
        a_refused_alias_frees_its_key,
        a_version_is_deleted_with_its_objects,
        a_version_is_inspected_again,
    ),
    "Audit": (
        the_audit_trail_is_read,
        a_look_at_the_trail_that_a_token_does_not_grant_is_kept,
    ),
    "Tokens": (a_token_is_made_listed_and_revoked,),
    "Authorizer": (a_token_is_accepted,),
    "Docs": (the_api_is_alive_and_described,),
}
"""Of each function of the contract, all that it is there for."""


# What happens only at the right moment, which takes a deployment in this process.


def uploads_that_meet_take_turns(deployment: InMemory) -> None:
    name = new_name()
    with deployment.meanwhile("dynamodb", "TransactWriteItems", lambda: upload(deployment, name)):
        upload(deployment, name)
    assert len(rows(deployment, name, "version/")) == 2


def an_upload_whose_answer_was_lost_is_kept(deployment: InMemory) -> None:
    name = new_name()
    with deployment.lost_answer():
        upload(deployment, name)
    assert len(deployment.keys(name)) == len(rows(deployment, name, "version/")) == 1


def a_download_that_meets_a_deletion_is_told_so(deployment: InMemory) -> None:
    """It meets a 403 of S3, unless the function may list the bucket."""
    name = new_name()
    upload(deployment, name)
    upload(deployment, name)
    gone = {"version": "1"}

    def delete() -> None:
        ask(deployment, DELETE_VERSION, 204, id=name, query=gone)

    with deployment.meanwhile("s3", "GetObject", delete):
        download(deployment, name, 404, **gone)


RACES: dict[str, tuple[Callable[[InMemory], None], ...]] = {
    "UploadArtifact": (
        uploads_that_meet_take_turns,
        an_upload_whose_answer_was_lost_is_kept,
    ),
    "GetArtifact": (a_download_that_meets_a_deletion_is_told_so,),
}
