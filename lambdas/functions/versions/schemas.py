"""The JSON bodies of the versions and aliases endpoints."""

from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field

from lambdas.registry.model import Record
from lambdas.registry.version import Version


class ListedVersionBody(BaseModel):
    """A version in a listing; `size` is in bytes, `files` is the number of files."""

    version: int
    created_at: str
    size: int
    verdict: str
    message: str
    files: int
    aliases: list[str]


class VersionsBody(BaseModel):
    """A page of versions, newest first; `next` is absent on the last page."""

    versions: list[ListedVersionBody]
    next: str | None = None

    @classmethod
    def of(cls, record: Record, versions: tuple[Version, ...], next_token: str | None) -> Self:
        """Return the body of a page."""
        return cls(
            versions=[
                ListedVersionBody(
                    version=version.number,
                    created_at=version.created_at,
                    size=version.size,
                    verdict=version.inspection.verdict.value,
                    message=version.message,
                    files=len(version.files),
                    aliases=list(record.aliases_of(version.artifact_type, version.number)),
                )
                for version in versions
            ],
            next=next_token,
        )


class AliasRequest(BaseModel):
    """The version that an alias is to point to."""

    model_config = ConfigDict(extra="forbid", strict=True)

    version: Annotated[int, Field(ge=1, le=9_999_999_999)]


class AliasBody(BaseModel):
    """An alias and the version it points to."""

    alias: str
    version: int


class RescanBody(BaseModel):
    """A version that will be inspected again, and its present verdict."""

    artifact_type: str
    version: int
    verdict: str

    @classmethod
    def of(cls, version: Version) -> Self:
        """Return the body of a version."""
        return cls(
            artifact_type=version.artifact_type,
            version=version.number,
            verdict=version.inspection.verdict.value,
        )
