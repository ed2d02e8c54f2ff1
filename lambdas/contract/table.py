"""The table's key schema and indexes; the partition key is the seed's `name`."""

from typing import Final

TABLE_PARTITION_KEY: Final = "name"
TABLE_SORT_KEY: Final = "item"
TABLE_TTL_ATTRIBUTE: Final = "expires_at"
AUDIT_PREFIX: Final = "audit#"
"""Begins the partitions of the audit trail; no model's name has a '#'."""
TOKENS_PREFIX: Final = "tokens#"
"""Begins the partition of the tokens."""
LISTING_INDEX: Final = "listing"
LISTING_KEY: Final = "listing"
LISTING_ATTRIBUTES: Final = ("created_at", "license")
"""Projected besides the keys: they change rarely, so an upload does not write to the index."""
SWEEP_INDEX: Final = "sweep"
SWEEP_KEY: Final = "sweep"
SWEEP_SORT_KEY: Final = "sweep_at"
DUE_ATTRIBUTE: Final = "due"
"""A version has it while it waits for an inspection; the stream is filtered by it."""
REQUEST_ID_ATTRIBUTE: Final = "request_id"
"""The request that a version waits for an inspection since; the inspector logs under its id."""
