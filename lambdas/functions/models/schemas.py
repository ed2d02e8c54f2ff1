"""The JSON bodies of models."""

from dataclasses import asdict
from typing import Self

from pydantic import BaseModel, ConfigDict

from lambdas.registry.catalogue.ports import Edit, Listed
from lambdas.registry.model import Record
from lambdas.registry.scores import scored
from lambdas.web.schemas import ModelBody


class ListedBody(BaseModel):
    """A model in a listing."""

    name: str
    created_at: str
    license: str


class ModelsBody(BaseModel):
    """A page of models by name; `next` is absent on the last one."""

    models: list[ListedBody]
    next: str | None = None

    @classmethod
    def of(cls, models: tuple[Listed, ...], next_token: str | None) -> Self:
        """Return the body of a page."""
        return cls(models=[ListedBody(**asdict(model)) for model in models], next=next_token)


class NewestBody(BaseModel):
    """The newest version of an artifact type: `size` in bytes, `files` is their number."""

    version: int
    created_at: str
    size: int
    verdict: str
    files: int


class RecordBody(ModelBody):
    """A model's whole record; `versions` and `aliases` are by artifact type."""

    description: str
    tags: dict[str, str]
    versions: dict[str, NewestBody]
    aliases: dict[str, dict[str, int]]
    created_at: str
    updated_at: str

    @classmethod
    def of(cls, record: Record) -> Self:
        """Return the body of a record."""
        summaries = {kind: head.summary for kind, head in record.heads.items()}
        return cls(
            **scored(record).to_dict(),
            description=record.description,
            tags=dict(record.tags),
            versions={
                kind: NewestBody(
                    version=summary.number,
                    created_at=summary.created_at,
                    size=summary.size,
                    verdict=summary.verdict.value,
                    files=summary.files,
                )
                for kind, summary in summaries.items()
            },
            aliases={kind: dict(sorted(named.items())) for kind, named in record.aliases.items()},
            created_at=record.created_at,
            updated_at=record.updated_at,
        )


class EditBody(BaseModel):
    """An edit: a member that is absent stays as it is; `tags` replaces all tags."""

    model_config = ConfigDict(extra="forbid", strict=True)

    # The empty defaults are never used: only members that were sent are read.
    license: str = ""
    description: str = ""
    tags: dict[str, str] = {}

    def edit(self) -> Edit:
        """Return what was sent."""
        return Edit(**self.model_dump(exclude_unset=True))
