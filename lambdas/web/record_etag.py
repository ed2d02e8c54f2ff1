"""Conditional requests on a model's record, whose entity tag is its revision."""

import re
from typing import Annotated, Final

from aws_lambda_powertools.event_handler.openapi.params import Header

from lambdas.registry.model import Record
from lambdas.registry.record_checks import Revisions

# If-Match uses the strong comparison, so a weak tag never matches.
_REVISION: Final = re.compile(r'(?<!W/)"([0-9]{1,15})"')

IfMatch = Annotated[
    str | None,
    Header(alias="If-Match", description="Change the record only if it has this entity tag"),
]
IfNoneMatch = Annotated[
    str | None,
    Header(alias="If-None-Match", description="Entity tags of the copies the client already has"),
]


def record_etag(record: Record) -> str:
    """Return the strong entity tag of a record."""
    return f'"{record.revision}"'


def accepted_revisions(if_match: str | None) -> Revisions:
    """Return the revisions that an If-Match header accepts."""
    if if_match is None or if_match.strip() == "*":
        return None
    return frozenset(int(revision) for revision in _REVISION.findall(if_match))
