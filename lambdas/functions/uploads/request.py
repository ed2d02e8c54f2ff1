"""Conversion of the JSON of a new upload session to a declaration."""

from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field

from lambdas.registry.uploads.session import Declaration, DeclaredFile


class FileDeclaration(BaseModel):
    """A file to be uploaded; digests are 64 lower-case hexadecimal digits."""

    model_config = ConfigDict(extra="forbid", strict=True)

    path: str = Field(description="Relative path with '/' between segments")
    size: int = Field(description="Size in bytes")
    sha256: str
    part_sha256: list[str] = Field(
        default=[],
        description=(
            "For a file larger than 64 MiB, the SHA-256 of each part. A part has 16 MiB, or as "
            "many whole MiB as it takes to stay within 10,000 parts"
        ),
    )


class UploadDeclaration(BaseModel):
    """All files of a new version, the model's name, and optional metadata."""

    model_config = ConfigDict(extra="forbid", strict=True)

    model_name: str
    files: list[FileDeclaration]
    license: str | None = None
    message: str = ""

    def declaration(self, artifact_type: str) -> Declaration:
        """Return the declaration in the domain's form, not yet validated."""
        return Declaration(
            artifact_type=artifact_type,
            name=self.model_name,
            files=tuple(
                DeclaredFile(file.path, file.size, file.sha256, tuple(file.part_sha256))
                for file in self.files
            ),
            license=self.license or None,
            message=self.message,
        )


def _request_body() -> dict[str, Any]:
    """Return the OpenAPI request body, with the file's schema inlined."""
    schema = UploadDeclaration.model_json_schema()
    schema["properties"]["files"]["items"] = schema.pop("$defs")["FileDeclaration"]
    return {"required": True, "content": {"application/json": {"schema": schema}}}


REQUEST_BODY: Final = _request_body()
