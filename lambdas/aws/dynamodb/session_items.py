"""Conversion between upload sessions and their DynamoDB items."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any, Final

from lambdas.aws.dynamodb.attribute_values import typed
from lambdas.aws.dynamodb.layout import SESSION, SWEPT, key
from lambdas.aws.dynamodb.packing import pack, unpack
from lambdas.contract.limits import SESSION_TTL_SECONDS
from lambdas.contract.table import SWEEP_KEY, SWEEP_SORT_KEY, TABLE_SORT_KEY, TABLE_TTL_ATTRIBUTE
from lambdas.registry.model import Model
from lambdas.registry.ports import Completion
from lambdas.registry.uploads.session import PlannedFile, Session, State
from lambdas.registry.version import Version

_CHUNK_BYTES: Final = 350 * 1024


def partition(upload_id: str) -> str:
    """Return the partition key of a session; no model name contains '#'."""
    return f"upload#{upload_id}"


def upload_id_of(name: str) -> str:
    """Return the id of the session with this partition key."""
    return name.partition("#")[2]


def session_items(session: Session) -> list[dict[str, Any]]:
    """Return the items of a new session."""
    name = partition(session.upload_id)
    ttl = {TABLE_TTL_ATTRIBUTE: session.expires_at + SESSION_TTL_SECONDS}
    head = {
        "state": session.state.value,
        "artifact_type": session.artifact_type,
        "model_name": session.name,
        "message": session.message,
        "ends_at": session.expires_at,
        "revision": session.revision,
        SWEEP_KEY: SWEPT,
        SWEEP_SORT_KEY: session.sweep_at,
        **ttl,
    }
    if session.license is not None:
        head["license"] = session.license
    packed = pack([asdict(file) for file in session.files])
    chunks = [packed[at : at + _CHUNK_BYTES] for at in range(0, len(packed), _CHUNK_BYTES)]
    return [
        {**key(name, SESSION), **typed(head)},
        *(
            {**key(name, f"chunk/{index:04d}"), **typed({"data": chunk, **ttl})}
            for index, chunk in enumerate(chunks)
        ),
    ]


def to_session(upload_id: str, items: Sequence[Mapping[str, Any]]) -> Session | None:
    """Return the session from its plain items in the order of their sort keys, if there is one."""
    head = next((item for item in items if item[TABLE_SORT_KEY] == SESSION), None)
    if head is None:
        return None
    packed = b"".join(item["data"] for item in items if item is not head)
    return Session(
        upload_id=upload_id,
        artifact_type=head["artifact_type"],
        name=head["model_name"],
        files=tuple(_to_file(file) for file in unpack(packed)),
        expires_at=head["ends_at"],
        license=head.get("license"),
        message=head["message"],
        state=State(head["state"]),
        multiparts=unpack(head["multiparts"]) if "multiparts" in head else {},
        revision=head["revision"],
        version=head.get("version"),
        model=Model.from_dict(unpack(head["model"])) if "model" in head else None,
    )


def completion_update(table: str, completion: Completion, version: Version) -> Any:
    """Return the Update that completes an open session with its version."""
    return {
        "TableName": table,
        "Key": key(partition(completion.upload_id), SESSION),
        "UpdateExpression": "SET #state = :done, #version = :version, #model = :model",
        "ConditionExpression": "#state = :open",
        "ExpressionAttributeNames": {
            "#state": "state",
            "#version": "version",
            "#model": "model",
        },
        "ExpressionAttributeValues": typed(
            {
                ":done": State.DONE.value,
                ":open": State.OPEN.value,
                ":version": version.number,
                ":model": pack(completion.model.to_dict()),
            }
        ),
    }


def _to_file(file: dict[str, Any]) -> PlannedFile:
    return PlannedFile(**{**file, "part_sha256": tuple(file["part_sha256"])})
