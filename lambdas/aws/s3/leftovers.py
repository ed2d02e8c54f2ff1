"""Removal of what unfinished uploads left in S3."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import ClientError

from lambdas.aws.failures import error_code, s3_failures
from lambdas.registry.errors import BucketError
from lambdas.registry.parallel import parallel_map

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_MAX_PER_DELETE: Final = 1_000


@dataclass(frozen=True, slots=True)
class S3Leftovers:
    """Implements `lambdas.registry.uploads.ports.Leftovers`."""

    client: "S3Client"
    name: str

    def remove_objects(self, keys: Iterable[str]) -> None:
        """Delete every version and delete marker of these keys, with one listing per key."""
        found = list(chain.from_iterable(parallel_map(self._versions, keys)))
        for at in range(0, len(found), _MAX_PER_DELETE):
            with s3_failures():
                answer = self.client.delete_objects(
                    Bucket=self.name,
                    Delete={"Objects": found[at : at + _MAX_PER_DELETE], "Quiet": True},
                )
            if answer.get("Errors"):
                raise BucketError("The object store failed to delete some objects")

    def abort_multiparts(self, keys: Iterable[str]) -> None:
        """Abort every multipart upload to these keys, with one listing per key."""
        parallel_map(self._abort, chain.from_iterable(parallel_map(self._multiparts, keys)))

    def _versions(self, key: str) -> list[Any]:
        pages = self.client.get_paginator("list_object_versions").paginate(
            Bucket=self.name, Prefix=key
        )
        with s3_failures():
            return [
                {"Key": key, "VersionId": entry["VersionId"]}
                for page in pages
                for entry in (*page.get("Versions", []), *page.get("DeleteMarkers", []))
                if entry["Key"] == key
            ]

    def _multiparts(self, key: str) -> list[tuple[str, str]]:
        pages = self.client.get_paginator("list_multipart_uploads").paginate(
            Bucket=self.name, Prefix=key
        )
        with s3_failures():
            return [
                (key, upload["UploadId"])
                for page in pages
                for upload in page.get("Uploads", [])
                if upload["Key"] == key
            ]

    def _abort(self, multipart: tuple[str, str]) -> None:
        key, multipart_id = multipart
        with s3_failures():
            try:
                self.client.abort_multipart_upload(Bucket=self.name, Key=key, UploadId=multipart_id)
            except ClientError as error:
                if error_code(error) != "NoSuchUpload":
                    raise
