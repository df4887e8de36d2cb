"""S3 as StorageReader and StorageWriter."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from mesh_core.errors import ConflictError, NameTakenError, NotFoundError
from mesh_core.gateways.aws_errors import code_of, translated
from mesh_core.services.ports import Listing, ObjectInfo, Versioned

DELETE_BATCH = 1000  # DeleteObjects' limit
# The first: another version stands there; the second: two conditional writes met. S3 user guide, conditional writes.
LOST_RACE = frozenset({"PreconditionFailed", "ConditionalRequestConflict", "412", "409"})


class Storage:
    """`client` gives an S3 client that acts as the portal; `allowed` are the ARNs that a domain's bucket lets in."""

    def __init__(self, client: Callable[[], Any], region: str, allowed: tuple[str, ...], control_bucket: str) -> None:
        self._client, self._region, self._allowed, self._control = client, region, allowed, control_bucket

    def buckets(self) -> tuple[str, ...]:
        """The mesh's own, by their prefix."""
        with translated("the buckets"):
            names = (one["Name"] for one in self._client().list_buckets()["Buckets"])
            return tuple(sorted(name for name in names if name.startswith("mesh-")))

    def listing(self, bucket: str, prefix: str = "") -> Listing:
        """Every version counted."""
        objects = versions = size = 0
        for one in self._versions(bucket, prefix):
            versions += 1
            objects += bool(one["IsLatest"] and "Size" in one)
            size += one.get("Size", 0)
        return Listing(objects, versions, size)

    def _versions(self, bucket: str, prefix: str) -> Iterable[dict[str, Any]]:
        try:
            with translated(f"the bucket {bucket}"):
                pages = self._client().get_paginator("list_object_versions").paginate(Bucket=bucket, Prefix=prefix)
                return [one for page in pages for one in (*page.get("Versions", []), *page.get("DeleteMarkers", []))]
        except NotFoundError:
            return []

    def objects(self, bucket: str, prefix: str = "") -> tuple[ObjectInfo, ...]:
        """Current objects, in key order."""
        try:
            with translated(f"the bucket {bucket}"):
                pages = self._client().get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
                return tuple(
                    ObjectInfo(one["Key"], one["Size"], one["LastModified"])
                    for page in pages
                    for one in page.get("Contents", [])
                )
        except NotFoundError:
            return ()

    def get_text(self, bucket: str, key: str) -> str | None:
        """UTF-8 text."""
        found = self.get_versioned(bucket, key)
        return found.text if found else None

    def get_versioned(self, bucket: str, key: str) -> Versioned | None:
        """UTF-8 text and its ETag."""
        try:
            with translated(f"s3://{bucket}/{key}"):
                got = self._client().get_object(Bucket=bucket, Key=key)
                return Versioned(got["Body"].read().decode(), got["ETag"])
        except NotFoundError:
            return None

    def get_file(self, bucket: str, key: str, path: Path) -> None:
        """Download, in parts when it is large."""
        with translated(f"s3://{bucket}/{key}"):
            self._client().download_file(bucket, key, str(path))

    def create_bucket(self, bucket: str) -> None:
        """Idempotent: settings are put each time."""
        client = self._client()
        where = {} if self._region == "us-east-1" else {"LocationConstraint": self._region}
        try:
            with translated(f"the bucket {bucket}"):
                client.create_bucket(Bucket=bucket, **({"CreateBucketConfiguration": where} if where else {}))
        except NameTakenError:
            with translated(f"the bucket {bucket}"):
                client.head_bucket(Bucket=bucket)
        with translated(f"the bucket {bucket}"):
            self._close(client, bucket)

    def _close(self, client: Any, bucket: str) -> None:
        blocked = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
        rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}
        client.put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration=dict.fromkeys(blocked, True))
        client.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration={"Rules": [rule]})
        client.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
        client.put_bucket_policy(Bucket=bucket, Policy=json.dumps(self._policy(bucket)))

    def _policy(self, bucket: str) -> dict[str, Any]:
        arns = [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"]
        deny = {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": arns}
        statements = [{"Sid": "OnlyTls", **deny, "Condition": {"Bool": {"aws:SecureTransport": "false"}}}]
        if bucket != self._control:
            who = {"StringNotLike": {"aws:PrincipalArn": list(self._allowed)}}
            statements.append({"Sid": "OnlyPortalAndLakeFormation", **deny, "Condition": who})
        return {"Version": "2012-10-17", "Statement": statements}

    def put_text(self, bucket: str, key: str, text: str) -> None:
        """Write a document."""
        with translated(f"s3://{bucket}/{key}"):
            self._client().put_object(Bucket=bucket, Key=key, Body=text.encode())

    def put_if(self, bucket: str, key: str, text: str, etag: str | None) -> str:
        """Write a document where the condition holds."""
        condition = {"IfNoneMatch": "*"} if etag is None else {"IfMatch": etag}
        with translated(f"s3://{bucket}/{key}"):
            try:
                got = self._client().put_object(Bucket=bucket, Key=key, Body=text.encode(), **condition)
            except ClientError as error:
                # A document that is gone answers 404 where a version of it was asked for.
                if code_of(error) in LOST_RACE or (etag is not None and code_of(error) == "NoSuchKey"):
                    raise ConflictError(f"s3://{bucket}/{key}") from error
                raise
        return str(got["ETag"])

    def put_file(self, bucket: str, key: str, path: Path) -> None:
        """Upload a file, in parts when it is large."""
        with translated(f"s3://{bucket}/{key}"):
            self._client().upload_file(str(path), bucket, key)

    def copy(self, source: tuple[str, str], target: tuple[str, str]) -> None:
        """Inside S3, in parts when it is large."""
        with translated(f"s3://{target[0]}/{target[1]}"):
            self._client().copy({"Bucket": source[0], "Key": source[1]}, target[0], target[1])

    def purge(self, bucket: str, prefix: str = "") -> None:
        """Gone already is no error."""
        client = self._client()
        doomed = [{"Key": one["Key"], "VersionId": one["VersionId"]} for one in self._versions(bucket, prefix)]
        for start in range(0, len(doomed), DELETE_BATCH):
            batch = doomed[start : start + DELETE_BATCH]
            with translated(f"s3://{bucket}/{prefix}"):
                client.delete_objects(Bucket=bucket, Delete={"Objects": batch, "Quiet": True})
        if not prefix:
            self._delete_bucket(client, bucket)

    def _delete_bucket(self, client: Any, bucket: str) -> None:
        try:
            with translated(f"the bucket {bucket}"):
                client.delete_bucket(Bucket=bucket)
        except NotFoundError:
            return
