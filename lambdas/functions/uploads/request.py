"""From the JSON of a new upload to a declaration."""

from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field

from lambdas.registry.uploads.session import Declaration, DeclaredFile


class FileDeclaration(BaseModel):
    """A file to come: `size` in bytes, digests as 64 lower-case hex digits."""

    model_config = ConfigDict(extra="forbid", strict=True)

    path: str = Field(description="Relative, with '/' between segments")
    size: int = Field(description="In bytes")
    sha256: str
    part_sha256: list[str] = Field(
        default=[],
        description=(
            "For a file over 64 MiB, the SHA-256 of each of its parts. A part has 16 MiB, or as "
            "many whole MiB as it takes to stay within 10,000 parts"
        ),
    )


class UploadDeclaration(BaseModel):
    """All files of a new version, with a name for it, and what is known of it."""

    model_config = ConfigDict(extra="forbid", strict=True)

    model_name: str
    files: list[FileDeclaration]
    license: str | None = None
    message: str = ""

    def declaration(self, artifact_type: str) -> Declaration:
        """Return what the registry checks."""
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
    """Return the OpenAPI request body, with the file's schema where it is referred to."""
    schema = UploadDeclaration.model_json_schema()
    schema["properties"]["files"]["items"] = schema.pop("$defs")["FileDeclaration"]
    return {"required": True, "content": {"application/json": {"schema": schema}}}


REQUEST_BODY: Final = _request_body()
