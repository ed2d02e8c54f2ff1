"""Parameters that several endpoints take."""

from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Path, Query

from lambdas.contract import ARTIFACT_TYPES, MAX_PAGE

ArtifactType = Annotated[str, Path(description=f"One of {', '.join(ARTIFACT_TYPES)}")]
ModelId = Annotated[str, Path(alias="id", description="The model's name")]
Limit = Annotated[int, Query(description="Most items of the page", ge=1, le=MAX_PAGE)]
NextToken = Annotated[str | None, Query(description="The token of the page before this one")]
