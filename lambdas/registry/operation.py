"""The operations that the audit trail records."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Self

from lambdas.registry.version import Version


class Action(StrEnum):
    """The kind of operation: every change that a reader can see, and every download."""

    UPLOAD = "upload"
    DOWNLOAD = "download"
    EDIT = "edit"
    DELETE_MODEL = "delete_model"
    DELETE_VERSION = "delete_version"
    SET_ALIAS = "set_alias"
    REMOVE_ALIAS = "remove_alias"
    RESCAN = "rescan"
    CREATE_TOKEN = "create_token"  # noqa: S105 - an action's name
    REVOKE_TOKEN = "revoke_token"  # noqa: S105 - an action's name
    CALL = "call"
    """Anything else, recorded only if it is refused."""


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation; members that do not apply are empty.

    `name` is the model's, `sha256` (hex) that of `file` or of a version's largest file, `verdict`
    the one that a download was served or refused under, and `error_code` says that it was refused,
    and why.
    """

    action: Action
    name: str = ""
    artifact_type: str = ""
    version: int = 0
    file: str = ""
    sha256: str = ""
    alias: str = ""
    unverified: bool = False
    verdict: str = ""
    token_id: str = ""
    grants: tuple[str, ...] = ()
    error_code: str = ""

    @classmethod
    def upload(cls, name: str, version: Version) -> Self:
        """Return the operation that commits a version."""
        return cls.on_version(Action.UPLOAD, name, version)

    @classmethod
    def on_version(cls, action: Action, name: str, version: Version) -> Self:
        """Return an operation on a whole version."""
        return cls(
            action,
            name,
            version.artifact_type,
            version.number,
            sha256=version.largest.sha256,
        )
