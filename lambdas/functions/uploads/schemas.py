"""The JSON bodies of upload sessions: what the registry has, and where to send the rest."""

from datetime import UTC, datetime
from typing import Literal, Self

from pydantic import BaseModel, Field

from lambdas.registry.clock import timestamp
from lambdas.registry.uploads.offers import FileOffer, Offer
from lambdas.registry.uploads.ports import SignedRequest


class PartBody(BaseModel):
    """One part to send: PUT its bytes to `url`, with exactly these headers."""

    part_number: int
    url: str
    headers: dict[str, str]


class FileOfferBody(BaseModel):
    """One file: nothing to do if `have`; if `need`, a `url` for one PUT, or `parts` to PUT."""

    path: str
    state: Literal["have", "need"]
    url: str | None = None
    headers: dict[str, str] | None = None
    parts: list[PartBody] | None = None
    part_size: int | None = Field(
        default=None, description="Size in bytes of each part but the last"
    )

    @classmethod
    def of(cls, file: FileOffer) -> Self:
        """Return the body of one file."""
        if file.have:
            return cls(path=file.path, state="have")
        if file.part_size:
            parts = [_part(number, request) for number, request in file.parts]
            return cls(path=file.path, state="need", parts=parts, part_size=file.part_size)
        if file.put is None:
            return cls(path=file.path, state="need")
        return cls(path=file.path, state="need", url=file.put.url, headers=dict(file.put.headers))


class UploadBody(BaseModel):
    """An upload session, valid until `expires_at`; if `more`, resume it to get further URLs."""

    upload_id: str
    files: list[FileOfferBody]
    expires_at: str
    more: bool | None = None

    @classmethod
    def of(cls, offer: Offer) -> Self:
        """Return the body of an offer."""
        return cls(
            upload_id=offer.upload_id,
            files=[FileOfferBody.of(file) for file in offer.files],
            expires_at=timestamp(datetime.fromtimestamp(offer.expires_at, UTC)),
            more=offer.more or None,
        )


def _part(number: int, request: SignedRequest) -> PartBody:
    return PartBody(part_number=number, url=request.url, headers=dict(request.headers))
