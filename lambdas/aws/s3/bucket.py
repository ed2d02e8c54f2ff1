"""Stored objects in S3: put, read, signed for download, and deleted."""

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
"""S3's error codes for a missing object; roles that may not list the bucket get AccessDenied."""
_MAX_PER_DELETE: Final = 1_000
"""S3's limit on the objects of one DeleteObjects call."""


@dataclass(frozen=True, slots=True)
class S3Bucket:
    """Implements `lambdas.registry.ports.Bucket` and `…catalogue.deleting.ObjectRemover`."""

    client: "S3Client"
    name: str

    def put(self, key: str, content: bytes, *, sha256: str, content_type: str) -> str:
        """Store a new object; S3 rejects bytes that do not match `sha256` (hex), and a taken key.

        Each key belongs to one upload. If the key is taken by the same bytes, then botocore has
        repeated the request because the first response was lost, and the upload has succeeded.
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
        """Return the object's bytes, which botocore verifies against the stored checksum."""
        with s3_failures():
            try:
                answer = self.client.get_object(**self._pinned(cleared.file))
            except ClientError as error:
                if error_code(error) in _GONE:
                    raise GoneError from error
                raise
            return answer["Body"].read()

    def remove(self, files: Collection[File]) -> None:
        """Delete the pinned object versions; raise S3_ERROR if any of them remains."""
        pins: list[Any] = [
            {"Key": key, **({"VersionId": s3_version} if s3_version else {})}
            for key, s3_version in dict.fromkeys((file.s3_key, file.s3_version) for file in files)
        ]
        for start in range(0, len(pins), _MAX_PER_DELETE):
            batch = pins[start : start + _MAX_PER_DELETE]
            with s3_failures():
                answer = self.client.delete_objects(
                    Bucket=self.name, Delete={"Objects": batch, "Quiet": True}
                )
            if answer.get("Errors"):
                raise BucketError("The object store failed to delete some objects")

    def download_url(self, cleared: ClearedFile, *, disposition: str, seconds: int) -> str:
        """Return a presigned GET whose response has the file's own content type and name."""
        return self.client.generate_presigned_url(
            "get_object",
            Params={
                **self._pinned(cleared.file),
                "ResponseContentDisposition": disposition,
                "ResponseContentType": cleared.file.content_type,
                # Clients decode by this header, so that the bytes would not be the inspected ones.
                "ResponseContentEncoding": "identity",
                "ResponseCacheControl": "private",
            },
            ExpiresIn=seconds,
        )

    def _pinned(self, file: File) -> dict[str, Any]:
        """Return the parameters that address the object version.

        A bucket without versioning has no version ids.
        """
        pin = {"VersionId": file.s3_version} if file.s3_version else {}
        return {"Bucket": self.name, "Key": file.s3_key, **pin}
