"""The registry at the level of events: each verb sends one of the gateway's events to a handler.

Tests write `events.upload(…)`, so that the call says its level.
"""

from tests.support.events.artifacts import fetch, metadata, upload, upload_form
from tests.support.events.catalogue import (
    all_pages,
    delete_alias,
    delete_model,
    delete_version,
    get_model,
    list_models,
    list_versions,
    patch_model,
    put_alias,
    rescan,
)
from tests.support.events.stream import inspect_due, stream_events
from tests.support.events.tokens import (
    authorization,
    carrying,
    create_token,
    list_tokens,
    revoke_token,
)
from tests.support.events.uploads import abort, begin, begin_with, complete, push, resume, send

__all__ = [
    "abort",
    "all_pages",
    "authorization",
    "begin",
    "begin_with",
    "carrying",
    "complete",
    "create_token",
    "delete_alias",
    "delete_model",
    "delete_version",
    "fetch",
    "get_model",
    "inspect_due",
    "list_models",
    "list_tokens",
    "list_versions",
    "metadata",
    "patch_model",
    "push",
    "put_alias",
    "rescan",
    "resume",
    "revoke_token",
    "send",
    "stream_events",
    "upload",
    "upload_form",
]
