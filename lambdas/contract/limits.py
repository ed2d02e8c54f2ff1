"""Artifact types and limits: sizes in bytes, times in seconds."""

from typing import Final

ARTIFACT_TYPES: Final = ("model", "code", "dataset")

INLINE_LIMIT_BYTES: Final = 4_500_000
"""Most bytes of a small upload (decoded) and of a download that is answered inline."""
LAMBDA_EVENT_LIMIT_BYTES: Final = 6_291_456
LAMBDA_RESPONSE_LIMIT_BYTES: Final = 6_291_556
MAX_FILES_PER_VERSION: Final = 1_000
MAX_PATH_BYTES: Final = 255
"""Longest file path in UTF-8: 1,000 of them, packed, still fit one 400 KB DynamoDB item."""
MAX_FILE_BYTES: Final = 5 * 1024**4
SINGLE_PUT_LIMIT_BYTES: Final = 64 * 1024**2
"""Largest file that one presigned PUT sends; a larger one goes up in parts."""
MIN_PART_BYTES: Final = 16 * 1024**2
MAX_PARTS_PER_FILE: Final = 10_000
MAX_URLS_PER_ANSWER: Final = 1_500
"""With a session token in each, so many still fit a Lambda response."""
MAX_FILES_COMPARED: Final = 100_000
"""How many stored files a new session is compared with, the newest first: what it costs to begin
one does not grow with a model's history for ever."""
MAX_LICENSE_CHARS: Final = 200
MAX_MESSAGE_CHARS: Final = 2_000
MAX_DESCRIPTION_CHARS: Final = 4_000
MAX_TAGS: Final = 50
MAX_TAG_KEY_CHARS: Final = 64
MAX_TAG_CHARS: Final = 256
MAX_ALIASES: Final = 100
"""Most aliases per artifact type; with the tags they stay far below an item's 400 KB."""
MAX_PAGE: Final = 100
DEFAULT_PAGE: Final = 50
MAX_IDEMPOTENCY_KEY_CHARS: Final = 255
ANSWER_SECONDS: Final = 24 * 60 * 60
"""How long the answer to an Idempotency-Key is kept."""
HOLD_SECONDS: Final = 30
"""How long a write may hold its Idempotency-Key: a second more than any function runs."""
SWEEP_NOW_SECONDS: Final = 15
"""How long a delete removes objects itself before it leaves the rest to the sweep."""
GET_URL_SECONDS: Final = 15 * 60
PUT_URL_SECONDS: Final = 60 * 60
SMALL_INSPECTION_SECONDS: Final = 15
"""How long the files of a small upload may be inspected, in the request."""
INSPECTION_SECONDS: Final = 600
"""How long the files of any other version may be inspected."""
INSPECTION_GRACE_SECONDS: Final = 60 * 60
"""When the clean-up asks again for an inspection that did not come."""
INTENT_SECONDS: Final = 60 * 60
"""How long a small upload may take between its first and its last AWS call."""
SESSION_SECONDS: Final = 24 * 60 * 60
SESSION_MARGIN_SECONDS: Final = 2 * PUT_URL_SECONDS
"""The clean-up waits so long after a session's end: its last URL lives an hour, and a transfer that
began in that hour may take another."""
SESSION_TTL_SECONDS: Final = 7 * 24 * 60 * 60
"""DynamoDB forgets a session by itself then, should the clean-up have been off all the time."""
MAX_GRANTS: Final = 10
"""Most grants of a token: a page of models takes at most one query for each."""
MAX_TOKEN_DAYS: Final = 366
DEFAULT_TOKEN_DAYS: Final = 90
MAX_TOKEN_DESCRIPTION_CHARS: Final = 200
TOKEN_CACHE_SECONDS: Final = 30
"""How long the gateway may go on accepting a token that was revoked or has expired."""
TOKEN_PATTERN: Final = "mgt_[0-9a-f]{16}_[A-Za-z0-9_-]{43}"  # noqa: S105 - how one is written
"""A token: its public id, and 256 random bits in base64url."""
