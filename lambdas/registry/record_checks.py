"""Checks on the record that a request reads: visibility, artifact type and revision."""

from lambdas.registry.errors import (
    ArtifactNotFoundError,
    ModelNotFoundError,
    PreconditionFailedError,
)
from lambdas.registry.model import Record

Revisions = frozenset[int] | None
"""The revisions that a request accepts; None accepts all."""


def visible_record(record: Record | None, name: str) -> Record:
    """Return the record if it is visible, or raise MODEL_NOT_FOUND."""
    if record is None or not record.visible:
        raise ModelNotFoundError(f"There is no model named {name}")
    return record


def record_of_type(record: Record | None, artifact_type: str, name: str) -> Record:
    """Return the record if it has an artifact of the type.

    Raises:
        RegistryError: MODEL_NOT_FOUND, ARTIFACT_NOT_FOUND.
    """
    record = visible_record(record, name)
    if artifact_type not in record.heads:
        raise ArtifactNotFoundError(f"The model {name} has no {artifact_type}")
    return record


def check_revision(record: Record, revisions: Revisions) -> None:
    """Raise PRECONDITION_FAILED if the record is at none of the revisions."""
    if revisions is not None and record.revision not in revisions:
        raise PreconditionFailedError("The model has changed since it was read; read it again")
