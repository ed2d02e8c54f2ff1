"""Use case: find the version and the file that a request refers to."""

from dataclasses import dataclass

from lambdas.registry import names
from lambdas.registry.errors import (
    BucketError,
    FileNotInVersionError,
    FileRequiredError,
    InvalidRequestError,
    VersionNotFoundError,
)
from lambdas.registry.gate import ClearedFile
from lambdas.registry.model import Record
from lambdas.registry.ports import Bucket, GoneError, Table
from lambdas.registry.record_checks import record_of_type
from lambdas.registry.version import File, Version


@dataclass(frozen=True, slots=True)
class FoundVersion:
    """The record of a name, and the requested version."""

    record: Record
    version: Version

    def file(self, path: str | None) -> File:
        """Return the file at `path`, or the only file if no path is given.

        Raises:
            RegistryError: FILE_REQUIRED, FILE_NOT_FOUND.
        """
        if path is None:
            if len(self.version.files) > 1:
                raise FileRequiredError(
                    "The version has several files; choose one with the query parameter 'file'"
                )
            return self.version.files[0]
        for file in self.version.files:
            if file.path == path:
                return file
        raise FileNotInVersionError("The version has no such file")


@dataclass(frozen=True, slots=True)
class Finder:
    """Looks up versions in one read, or two for an alias or a large manifest that is the newest."""

    table: Table

    def find(self, artifact_type: str, name: str, selector: str = names.LATEST) -> FoundVersion:
        """Return the version that `selector` names: a number, an alias or `latest`.

        Raises:
            RegistryError: INVALID_ARTIFACT_TYPE, MISSING_ID, INVALID_NAME, INVALID_REQUEST,
                MODEL_NOT_FOUND, ARTIFACT_NOT_FOUND, VERSION_NOT_FOUND.
        """
        names.artifact_type(artifact_type)
        names.model_name(name)
        requested = names.version_number(selector)
        if requested is not None:
            return self._numbered(artifact_type, name, requested)
        if selector != names.LATEST:
            _check_alias(selector)
        record = record_of_type(self.table.record(name), artifact_type, name)
        head = record.heads[artifact_type]
        number = head.number
        if selector != names.LATEST:
            number = _aliased(record, artifact_type, selector)
        if number == head.number and head.version is not None:
            return FoundVersion(record, head.version)
        version = self.table.version(name, artifact_type, number)
        if version is None:
            raise VersionNotFoundError(f"Version {number} was just deleted")
        return FoundVersion(record, version)

    def _numbered(self, artifact_type: str, name: str, number: int) -> FoundVersion:
        record, version = self.table.record_and_version(name, artifact_type, number)
        found = record_of_type(record, artifact_type, name)
        if version is None or found.gone(artifact_type, number):
            raise VersionNotFoundError(f"This artifact has no version {number}")
        return FoundVersion(found, version)


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads found files, distinguishing one that was just deleted from one that was lost."""

    finder: Finder
    bucket: Bucket

    def read(self, found: FoundVersion, cleared: ClearedFile) -> bytes:
        """Return the bytes of a small file.

        Raises:
            RegistryError: As `Finder.find` if the version has been deleted since; S3_ERROR.
        """
        try:
            return self.bucket.read(cleared)
        except GoneError as error:
            version = found.version
            self.finder.find(version.artifact_type, found.record.model.name, str(version.number))
            raise BucketError("The object store failed; try again") from error


def _check_alias(selector: str) -> None:
    try:
        names.alias(selector)
    except InvalidRequestError as error:
        raise InvalidRequestError(
            f"A version must be a number from 1, an alias or '{names.LATEST}'", field="version"
        ) from error


def _aliased(record: Record, artifact_type: str, alias: str) -> int:
    number = record.aliases.get(artifact_type, {}).get(alias)
    if number is None:
        raise VersionNotFoundError(f"This artifact has no alias {alias}")
    return number
