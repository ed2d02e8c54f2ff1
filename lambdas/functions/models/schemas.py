"""The JSON bodies of the models endpoints."""

from dataclasses import asdict
from typing import Self

from pydantic import BaseModel, ConfigDict

from lambdas.registry.catalogue.editing import Edit
from lambdas.registry.catalogue.ports import ListedModel
from lambdas.registry.model import Record
from lambdas.registry.scores import scored
from lambdas.web.schemas import ModelBody


class ListedBody(BaseModel):
    """A model in a listing."""

    name: str
    created_at: str
    license: str


class ModelsBody(BaseModel):
    """A page of models, sorted by name; `next` is absent on the last page."""

    models: list[ListedBody]
    next: str | None = None

    @classmethod
    def of(cls, models: tuple[ListedModel, ...], next_token: str | None) -> Self:
        """Return the body of a page."""
        return cls(models=[ListedBody(**asdict(model)) for model in models], next=next_token)


class NewestBody(BaseModel):
    """The newest version of an artifact type; `size` in bytes, `files` is the number of files."""

    version: int
    created_at: str
    size: int
    verdict: str
    files: int


class RecordBody(ModelBody):
    """A model's full record; `versions` (the newest ones) and `aliases` are by artifact type."""

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
    """An edit of a record: absent members remain unchanged; `tags` replaces all tags."""

    model_config = ConfigDict(extra="forbid", strict=True)

    # The defaults are never used: only members that were sent are read.
    license: str = ""
    description: str = ""
    tags: dict[str, str] = {}

    def edit(self) -> Edit:
        """Return the edit that the client sent."""
        return Edit(**self.model_dump(exclude_unset=True))
