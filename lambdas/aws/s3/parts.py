"""Objects and parts that clients send directly to S3, through presigned URLs."""

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import ClientError

from lambdas.aws.failures import error_code, s3_failures
from lambdas.registry.uploads.ports import SignedRequest, StoredObject, StoredPart
from lambdas.registry.uploads.session import PlannedFile

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_NONE_MATCH: Final = "*"
# Error codes if another attempt has assembled the parts, or if they changed since being listed.
_OVERTAKEN: Final = frozenset(
    {"PreconditionFailed", "NoSuchUpload", "ConditionalRequestConflict", "InvalidPart"}
)


_UPLOADERS_WORD: Final = (
    "CacheControl",
    "ContentDisposition",
    "ContentEncoding",
    "ContentLanguage",
    "Expires",
    "Metadata",
    "WebsiteRedirectLocation",
)
"""What an uploader can say of an object without a signature, and S3 repeats to every reader."""


@dataclass(frozen=True, slots=True)
class S3Parts:
    """Implements `lambdas.registry.uploads.ports.Parts`."""

    client: "S3Client"
    name: str

    def put_url(self, file: PlannedFile, *, seconds: int) -> SignedRequest:
        """Return a PUT that S3 accepts once, with exactly these bytes under this key."""
        checksum = _base64(file.sha256)
        url = self.client.generate_presigned_url(
            "put_object",
            Params={
                "Bucket": self.name,
                "Key": file.key,
                "ChecksumSHA256": checksum,
                "ContentLength": file.size,
                "IfNoneMatch": _NONE_MATCH,
            },
            ExpiresIn=seconds,
        )
        return SignedRequest(url, {**_headers(file.size, checksum), "If-None-Match": _NONE_MATCH})

    def part_url(
        self, file: PlannedFile, multipart_id: str, number: int, *, seconds: int
    ) -> SignedRequest:
        """Return a PUT that S3 accepts with exactly the bytes of this part."""
        checksum, size = _base64(file.part_sha256[number - 1]), file.part_bytes(number)
        url = self.client.generate_presigned_url(
            "upload_part",
            Params={
                "Bucket": self.name,
                "Key": file.key,
                "UploadId": multipart_id,
                "PartNumber": number,
                "ChecksumSHA256": checksum,
                "ContentLength": size,
            },
            ExpiresIn=seconds,
        )
        return SignedRequest(url, _headers(size, checksum))

    def start(self, key: str) -> str:
        """Start a multipart upload whose parts S3 verifies by SHA-256."""
        with s3_failures():
            answer = self.client.create_multipart_upload(
                Bucket=self.name, Key=key, ChecksumAlgorithm="SHA256", ChecksumType="COMPOSITE"
            )
        return answer["UploadId"]

    def parts(self, key: str, multipart_id: str) -> tuple[StoredPart, ...] | None:
        """Return the parts that have arrived, with one call per thousand parts."""
        pages = self.client.get_paginator("list_parts").paginate(
            Bucket=self.name, Key=key, UploadId=multipart_id
        )
        with s3_failures():
            try:
                return tuple(_part(part) for page in pages for part in page.get("Parts", []))
            except ClientError as error:
                if error_code(error) == "NoSuchUpload":
                    return None
                raise

    def describe(self, key: str) -> StoredObject | None:
        """Return the size, checksum and version id of an object."""
        with s3_failures():
            try:
                answer = self.client.head_object(Bucket=self.name, Key=key, ChecksumMode="ENABLED")
            except ClientError as error:
                if error_code(error) in {"404", "NoSuchKey"}:
                    return None
                raise
        return StoredObject(
            size=answer["ContentLength"],
            checksum=_hex(answer.get("ChecksumSHA256", "")),
            s3_version=answer.get("VersionId", ""),
            plain=not any(answer.get(name) for name in _UPLOADERS_WORD),
        )

    def assemble(self, file: PlannedFile, multipart_id: str, etags: Sequence[str]) -> None:
        """Combine the parts into one object; S3 verifies checksums, size, and that the key is free.

        If another request was faster, this does nothing: the caller looks at what is stored.
        """
        parts: list[Any] = [
            {"PartNumber": number, "ETag": etag, "ChecksumSHA256": _base64(sha256)}
            for number, (etag, sha256) in enumerate(
                zip(etags, file.part_sha256, strict=True), start=1
            )
        ]
        with s3_failures():
            try:
                self.client.complete_multipart_upload(
                    Bucket=self.name,
                    Key=file.key,
                    UploadId=multipart_id,
                    MultipartUpload={"Parts": parts},
                    ChecksumType="COMPOSITE",
                    MpuObjectSize=file.size,
                    IfNoneMatch=_NONE_MATCH,
                )
            except ClientError as error:
                if error_code(error) not in _OVERTAKEN:
                    raise


def _headers(size: int, checksum: str) -> dict[str, str]:
    return {"Content-Length": str(size), "x-amz-checksum-sha256": checksum}


def _part(part: Any) -> StoredPart:
    return StoredPart(
        number=part["PartNumber"],
        size=part["Size"],
        checksum=_hex(part.get("ChecksumSHA256", "")),
        etag=part["ETag"],
    )


def _base64(sha256: str) -> str:
    return base64.b64encode(bytes.fromhex(sha256)).decode()


def _hex(checksum: str) -> str:
    """Return a checksum in hex, without the number of parts that S3 appends to composite ones."""
    return base64.b64decode(checksum.partition("-")[0]).hex()
