"""An object version that the scanner reads by ranges."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lambdas.aws.failures import s3_failures
from lambdas.registry.errors import RegistryError
from lambdas.registry.version import File

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


@dataclass(frozen=True, slots=True)
class ObjectSource:
    """The object version that a file pins; implements `modelguard_scanner.Source`."""

    client: "S3Client"
    bucket: str
    file: File

    @property
    def size(self) -> int:
        """The size in bytes, according to the record."""
        return self.file.size

    def read_at(self, offset: int, length: int) -> bytes:
        """Read one range; failures are raised as OSError, which never turns into a verdict."""
        end = min(offset + length, self.size) - 1
        if end < offset:
            return b""
        pin: dict[str, Any] = {"VersionId": self.file.s3_version} if self.file.s3_version else {}
        try:
            with s3_failures():
                answer = self.client.get_object(
                    Bucket=self.bucket,
                    Key=self.file.s3_key,
                    Range=f"bytes={offset}-{end}",
                    **pin,
                )
                return answer["Body"].read()
        except RegistryError as error:
            raise OSError(str(error)) from error
