"""The table's key schema and indexes; the partition key is the seed's `name`."""

from typing import Final

TABLE_PARTITION_KEY: Final = "name"
TABLE_SORT_KEY: Final = "item"
TABLE_TTL_ATTRIBUTE: Final = "expires_at"
AUDIT_PREFIX: Final = "audit#"
"""Prefix of the audit trail's partition keys; no model name contains '#'."""
TOKENS_PREFIX: Final = "tokens#"
"""Partition key of the tokens."""
LISTING_INDEX: Final = "listing"
LISTING_KEY: Final = "listing"
LISTING_ATTRIBUTES: Final = ("created_at", "license")
"""Projected besides the keys; they rarely change, so most uploads do not write to the index."""
SWEEP_INDEX: Final = "sweep"
SWEEP_KEY: Final = "sweep"
SWEEP_SORT_KEY: Final = "sweep_at"
DUE_ATTRIBUTE: Final = "due"
"""Present on a version while it waits to be inspected; the stream is filtered by it."""
REQUEST_ID_ATTRIBUTE: Final = "request_id"
"""The id of the request that caused the inspection, under which the inspector logs."""
