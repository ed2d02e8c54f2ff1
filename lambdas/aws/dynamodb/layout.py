"""The table's layout: which items there are, and how keys and attributes are spelled.

One table. Partition key `name`, sort key `item`:

- `record`: what a name stands for, the only item that changes. Besides the seed's attributes it
  holds, per artifact type, `count_{type}` (highest number given out), `head_{type}` (newest
  version), `generation_{type}` (grows with every delete) and `purge_{type}` (versions up to this
  number are deleted, and their objects still wait for it); `alias/{type}/{alias}` (a number);
  `open_{upload_id}` for each upload or delete that has begun and not ended, which the clean-up
  renames to `taken_{upload_id}` once it is overdue; `intents`, how many were ever opened; and
  `revision`, which grows with every change that a reader can see.
- `version/{type}/{number}`: one committed version. The number has ten digits, so that versions
  sort; manifest and inspection are packed.
- `session` and `chunk/{index}`, in the partition `upload#{upload_id}`, which no name can be: an
  upload session, and its declared files, packed and cut to pieces that fit an item.
- `answer`, in a partition of its own: the first answer to a write with an Idempotency-Key.
- `{time}/{request_id}`, in the partition `audit#{name}`: an event of the audit trail; those that
  belong to no model are in the partition `audit#`.
- `{token_id}`, in the partition `tokens#`: a bearer token's hash and grants.
"""

from typing import Any, Final

from lambdas.aws.dynamodb.packing import pack
from lambdas.aws.dynamodb.values import typed
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
"""The one partition of the listing index."""
SWEPT: Final = "due"
"""The one partition of the sweep index."""
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
"""What a deleted model loses at once, besides its aliases."""


def key(name: str, item: str) -> dict[str, Any]:
    """Return an item's key as DynamoDB takes it."""
    return typed({TABLE_PARTITION_KEY: name, TABLE_SORT_KEY: item})


def version_item(artifact_type: str, number: int) -> str:
    """Return the sort key of a version; no number sorts after `LAST_NUMBER`."""
    return f"{VERSION}/{artifact_type}/{number:010d}"


def alias_attribute(artifact_type: str, alias: str) -> str:
    """Return the record's attribute of an alias: one each, so that none overwrites another."""
    return f"{ALIAS_PREFIX}{artifact_type}/{alias}"


def intent_attribute(intent: Intent) -> str:
    """Return the record's attribute of an intent."""
    return f"{OPEN_PREFIX}{intent.upload_id}"


def intent_value(intent: Intent) -> dict[str, Any]:
    """Return what the record holds of an intent."""
    return {"expires_at": intent.expires_at, "keys": pack(intent.keys)}


SWEEP_NAMES: Final = {"#sweep": SWEEP_KEY, "#sweep_at": SWEEP_SORT_KEY}
"""The sweep's attributes, as update expressions name them."""
