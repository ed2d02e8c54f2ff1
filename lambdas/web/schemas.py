"""JSON response bodies that several endpoints share."""

from dataclasses import asdict
from typing import Any, Self

from pydantic import BaseModel

from lambdas.registry.model import Model
from lambdas.registry.verdict import Inspection
from lambdas.registry.version import Version


class ModelBody(BaseModel):
    """A model; `size` is the total size in bytes of its newest version of the type `model`."""

    name: str
    size: int
    license: str
    model_key: str
    code_key: str
    dataset_key: str
    scores: dict[str, float | dict[str, float]]
    scores_latency: dict[str, float]


class FileBody(BaseModel):
    """One file of a version; `size` is in bytes, `sha256` in hex."""

    path: str
    size: int
    sha256: str
    s3_key: str
    content_type: str


class FindingBody(BaseModel):
    """One finding: `rule` is a stable id, `advice` says what to do about it."""

    file: str
    what: str
    where: str
    severity: str
    rule: str
    advice: str


class InspectionBody(BaseModel):
    """Versions of the scanner and its rules, and how many of the version's bytes they read."""

    engine: str
    rules: str
    bytes_read: int
    bytes_total: int

    @classmethod
    def of(cls, inspection: Inspection) -> Self:
        """Return the body of an inspection."""
        return cls(
            engine=inspection.engine,
            rules=inspection.rules,
            bytes_read=inspection.bytes_read,
            bytes_total=inspection.bytes_total,
        )


class VersionBody(BaseModel):
    """A version; `s3_key` and `sha256` are those of its largest file, `size` is the total size."""

    artifact_type: str
    model_name: str
    s3_key: str
    model: ModelBody
    version: int
    sha256: str
    size: int
    verdict: str
    findings: list[FindingBody]
    facts: dict[str, Any]
    inspection: InspectionBody
    files: list[FileBody]
    created_at: str
    message: str

    @classmethod
    def of(cls, model: Model, version: Version, message: str) -> Self:
        """Return the body of a version and the model it belongs to."""
        largest = version.largest
        return cls(
            artifact_type=version.artifact_type,
            model_name=model.name,
            s3_key=largest.s3_key,
            model=ModelBody(**model.to_dict()),
            version=version.number,
            sha256=largest.sha256,
            size=version.size,
            verdict=version.inspection.verdict.value,
            findings=[FindingBody(**asdict(finding)) for finding in version.inspection.findings],
            facts=dict(version.inspection.facts),
            inspection=InspectionBody.of(version.inspection),
            files=[FileBody(**asdict(file)) for file in version.files],
            created_at=version.created_at,
            message=message,
        )


class ErrorBody(BaseModel):
    """The body of every error response; `error_code` is stable, `error` is for humans."""

    error: str
    error_code: str
