"""The layout of the table: its items, and the names of their keys and attributes.

There is one table with the partition key `name` and the sort key `item`. The items are:

- `record`: the record of a name. Besides the seed's attributes it holds, per artifact type,
  `count_{type}` (the highest number assigned), `head_{type}` (the newest version),
  `generation_{type}` (grows with every delete) and `purge_{type}` (versions up to this number are
  deleted and still to be purged); `alias/{type}/{alias}` (a version number); `open_{upload_id}`
  for each upload or delete in progress, which the sweep renames to `taken_{upload_id}` once it is
  overdue; `intents`, the number of intents ever opened; and `revision`, which grows with every
  change that readers can see.
- `version/{type}/{number}`: one committed version, with its manifest and inspection packed. The
  number is padded to ten digits, so that versions sort. While it waits to be inspected, it has
  `due`, the mark of the request.
- `session` and `chunk/{index}` in the partition `upload#{upload_id}`: an upload session, and its
  declared files, packed and split into pieces that fit an item.
- `answer` in the partition `once#{hash}`: the stored answer to a write with an Idempotency-Key.
- `{time}/{request_id}` in the partition `audit#{name}`: an event of the audit trail; those that
  belong to no model are in the partition `audit#`.
- `{token_id}` in the partition `tokens#`: a bearer token's hash and grants.
- `progress` in the partition `guard#rules`: how far the latest reinspection has come.

No model name contains '#', so these partitions never collide with a model's.
"""

from typing import Any, Final

from lambdas.aws.dynamodb.attribute_values import typed
from lambdas.aws.dynamodb.packing import pack
from lambdas.contract.limits import ARTIFACT_TYPES
from lambdas.contract.table import (
    LISTING_KEY,
    SWEEP_KEY,
    SWEEP_SORT_KEY,
    TABLE_PARTITION_KEY,
    TABLE_SORT_KEY,
)
from lambdas.registry.ports import Intent

RECORD: Final = "record"
ANSWER: Final = "answer"
SESSION: Final = "session"
VERSION: Final = "version"
OPEN_PREFIX: Final = "open_"
TAKEN_PREFIX: Final = "taken_"
INTENTS: Final = "intents"
REVISION: Final = "revision"
LISTED: Final = "models"
"""The only partition of the listing index."""
SWEPT: Final = "due"
"""The only partition of the sweep index."""
ALIAS_PREFIX: Final = "alias/"
LAST_NUMBER: Final = 9_999_999_999
VISIBLE_ATTRIBUTES: Final = (
    LISTING_KEY,
    "created_at",
    "updated_at",
    "license",
    "description",
    "tags",
    "size",
    "scores",
    "scores_latency",
    *(f"head_{kind}" for kind in ARTIFACT_TYPES),
    *(f"{kind}_key" for kind in ARTIFACT_TYPES),
)
"""What deleting a model removes from its record, besides the aliases."""


def key(name: str, item: str) -> dict[str, Any]:
    """Return an item's key in DynamoDB's typed form."""
    return typed({TABLE_PARTITION_KEY: name, TABLE_SORT_KEY: item})


def version_item(artifact_type: str, number: int) -> str:
    """Return the sort key of a version; no number sorts after `LAST_NUMBER`."""
    return f"{VERSION}/{artifact_type}/{number:010d}"


def alias_attribute(artifact_type: str, alias: str) -> str:
    """Return the name of the record's attribute for an alias; concurrent aliases need one each."""
    return f"{ALIAS_PREFIX}{artifact_type}/{alias}"


def intent_attribute(intent: Intent) -> str:
    """Return the name of the record's attribute for an intent."""
    return f"{OPEN_PREFIX}{intent.upload_id}"


def intent_value(intent: Intent) -> dict[str, Any]:
    """Return the value of the record's attribute for an intent."""
    return {"expires_at": intent.expires_at, "keys": pack(intent.keys)}


SWEEP_NAMES: Final = {"#sweep": SWEEP_KEY, "#sweep_at": SWEEP_SORT_KEY}
"""Placeholders for the sweep's attributes in update expressions."""
