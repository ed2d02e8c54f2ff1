"""Artifact types and limits: sizes in bytes, times in seconds."""

from typing import Final

ARTIFACT_TYPES: Final = ("model", "code", "dataset")

INLINE_LIMIT_BYTES: Final = 4_500_000
"""Maximum size of a small upload (decoded) and of a download returned in the response."""
LAMBDA_EVENT_LIMIT_BYTES: Final = 6_291_456
LAMBDA_RESPONSE_LIMIT_BYTES: Final = 6_291_556
MAX_FILES_PER_VERSION: Final = 1_000
MAX_PATH_BYTES: Final = 255
"""Maximum length of a path in UTF-8; 1,000 such paths, packed, fit into a 400 KB DynamoDB item."""
MAX_FILE_BYTES: Final = 5 * 1024**4
SINGLE_PUT_LIMIT_BYTES: Final = 64 * 1024**2
"""Maximum size of a file sent by a single presigned PUT; larger files are uploaded in parts."""
MIN_PART_BYTES: Final = 16 * 1024**2
MAX_PARTS_PER_FILE: Final = 10_000
MAX_URLS_PER_ANSWER: Final = 1_500
"""As many as fit into a Lambda response, with a session token in each."""
MAX_FILES_COMPARED: Final = 100_000
"""Stored files that a new session is compared with, newest first; bounds the cost of beginning a
session for a model with a long history."""
MAX_LICENSE_CHARS: Final = 200
MAX_MESSAGE_CHARS: Final = 2_000
MAX_DESCRIPTION_CHARS: Final = 4_000
MAX_TAGS: Final = 50
MAX_TAG_KEY_CHARS: Final = 64
MAX_TAG_CHARS: Final = 256
MAX_ALIASES: Final = 100
"""Maximum number of aliases per artifact type; together with the tags they stay far below the 400
KB of an item."""
MAX_PAGE: Final = 100
DEFAULT_PAGE: Final = 50
MAX_IDEMPOTENCY_KEY_CHARS: Final = 255
ANSWER_SECONDS: Final = 24 * 60 * 60
"""How long the answer to a write with an Idempotency-Key is kept."""
HOLD_SECONDS: Final = 30
"""How long a write may hold its Idempotency-Key: one second more than an API function may run."""
SWEEP_NOW_SECONDS: Final = 15
"""How long a delete removes objects itself before leaving the rest to the sweep."""
GET_URL_SECONDS: Final = 15 * 60
PUT_URL_SECONDS: Final = 60 * 60
SMALL_INSPECTION_SECONDS: Final = 15
"""Time limit for inspecting the files of a small upload, which happens in the request."""
INSPECTION_SECONDS: Final = 600
"""Time limit for inspecting the files of any other version."""
INSPECTION_GRACE_SECONDS: Final = 60 * 60
"""How long a version waits for its inspection before the sweep follows up."""
INTENT_SECONDS: Final = 60 * 60
"""Maximum time between the first and the last AWS call of a small upload."""
SESSION_SECONDS: Final = 24 * 60 * 60
SESSION_MARGIN_SECONDS: Final = 2 * PUT_URL_SECONDS
"""How long the sweep waits after a session has expired: its last URL is valid for an hour, and a
transfer that starts within that hour may take another."""
SESSION_TTL_SECONDS: Final = 7 * 24 * 60 * 60
"""When DynamoDB deletes an expired session itself, in case the sweep has not been running."""
MAX_GRANTS: Final = 10
"""Maximum number of grants per token; a page of models costs at most one query for each."""
MAX_TOKEN_DAYS: Final = 366
DEFAULT_TOKEN_DAYS: Final = 90
MAX_TOKEN_DESCRIPTION_CHARS: Final = 200
TOKEN_CACHE_SECONDS: Final = 30
"""How long the gateway may keep accepting a token that has been revoked or has expired."""
TOKEN_PATTERN: Final = "mgt_[0-9a-f]{16}_[A-Za-z0-9_-]{43}"  # noqa: S105 - a pattern, no secret
"""A token consists of its public id and 256 random bits in base64url."""
