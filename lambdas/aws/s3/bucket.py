"""Objects in S3: the only place that knows S3."""

import base64
from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import ClientError

from lambdas.aws.failures import error_code, s3_failures
from lambdas.registry.errors import BucketError
from lambdas.registry.gate import ClearedFile
from lambdas.registry.ports import GoneError
from lambdas.registry.version import File

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_GONE: Final = frozenset({"AccessDenied", "NoSuchKey", "NoSuchVersion"})
"""What S3 says of an object that is not there; the first to a role that may not list the bucket."""
_DELETED_AT_ONCE: Final = 1_000
"""Most objects that S3 deletes in one call."""


@dataclass(frozen=True, slots=True)
class S3Bucket:
    """The registry's bucket; implements `lambdas.registry.ports.Bucket`."""

    client: "S3Client"
    name: str

    def put(self, key: str, content: bytes, *, sha256: str, content_type: str) -> str:
        """Store a new object; S3 refuses other bytes than `sha256` (hex) and a taken key.

        A key is made for one upload, so one that is taken by the same bytes is this upload's own:
        botocore sent it again because the first answer was lost.
        """
        checksum = base64.b64encode(bytes.fromhex(sha256)).decode()
        with s3_failures():
            try:
                answer = self.client.put_object(
                    Bucket=self.name,
                    Key=key,
                    Body=content,
                    ContentType=content_type,
                    ChecksumAlgorithm="SHA256",
                    ChecksumSHA256=checksum,
                    IfNoneMatch="*",
                )
            except ClientError as error:
                if error_code(error) != "PreconditionFailed":
                    raise
                stored = self.client.head_object(Bucket=self.name, Key=key, ChecksumMode="ENABLED")
                if stored.get("ChecksumSHA256") != checksum:
                    raise
                return stored.get("VersionId", "")
        return answer.get("VersionId", "")

    def read(self, cleared: ClearedFile) -> bytes:
        """Return the object's bytes; botocore compares them with the stored checksum."""
        with s3_failures():
            try:
                answer = self.client.get_object(**self._pinned(cleared.file))
            except ClientError as error:
                if error_code(error) in _GONE:
                    raise GoneError from error
                raise
            return answer["Body"].read()

    def remove(self, files: Collection[File]) -> None:
        """Delete the pinned object versions, or fail when any of them stays."""
        pins: list[Any] = [
            {"Key": key, **({"VersionId": s3_version} if s3_version else {})}
            for key, s3_version in dict.fromkeys((file.s3_key, file.s3_version) for file in files)
        ]
        for start in range(0, len(pins), _DELETED_AT_ONCE):
            batch = pins[start : start + _DELETED_AT_ONCE]
            with s3_failures():
                answer = self.client.delete_objects(
                    Bucket=self.name, Delete={"Objects": batch, "Quiet": True}
                )
            if answer.get("Errors"):
                raise BucketError("The object store did not delete all objects")

    def download_url(self, cleared: ClearedFile, *, disposition: str, seconds: int) -> str:
        """Return a presigned GET that answers with the file's own type and name."""
        return self.client.generate_presigned_url(
            "get_object",
            Params={
                **self._pinned(cleared.file),
                "ResponseContentDisposition": disposition,
                "ResponseContentType": cleared.file.content_type,
            },
            ExpiresIn=seconds,
        )

    def _pinned(self, file: File) -> dict[str, Any]:
        """Address the object version; a bucket without versioning has no version ids."""
        pin = {"VersionId": file.s3_version} if file.s3_version else {}
        return {"Bucket": self.name, "Key": file.s3_key, **pin}
