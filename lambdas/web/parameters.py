"""Parameters that several endpoints share."""

import re
from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Path, Query
from pydantic import BeforeValidator

from lambdas.contract.limits import ARTIFACT_TYPES, MAX_PAGE

_NUMBER = re.compile(r"^[1-9][0-9]*\Z")


def _plain(text: object) -> object:
    """Reject what a lenient parser would accept as a number: `1_0`, `2.0`, ` 1`, `+1`, `01`."""
    if isinstance(text, str) and not _NUMBER.match(text):
        raise ValueError("not a positive number in plain digits")
    return text


Digits = BeforeValidator(_plain)
"""A positive whole number, written in plain digits."""
ArtifactType = Annotated[str, Path(description=f"One of {', '.join(ARTIFACT_TYPES)}")]
ModelId = Annotated[str, Path(alias="id", description="The model's name")]
Limit = Annotated[
    int, Digits, Query(description="Maximum number of items on the page", ge=1, le=MAX_PAGE)
]
NextToken = Annotated[str | None, Query(description="The `next` token of the previous page")]
