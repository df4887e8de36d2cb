"""One request to S3, taken apart: which bucket and key, who asks, and the arguments that many operations share."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes

from mesh_core.localaws.aws_error import AwsError
from mesh_core.localaws.caller import Caller
from mesh_core.localaws.context import Iam
from mesh_core.localaws.http import Reply, Request
from mesh_core.localaws.s3.errors import invalid_argument
from mesh_core.localaws.s3.objects import ObjectStore
from mesh_core.localaws.s3.records import Version


@dataclass(frozen=True)
class Call:
    """bucket and key are "" where the request names none."""

    request: Request
    caller: Caller
    bucket: str
    key: str
    objects: ObjectStore
    region: str
    account_id: str
    iam: Iam

    def header(self, name: str) -> str | None:
        """A header by its lower-case name."""
        return self.request.headers.get(name)

    def arg(self, name: str) -> str | None:
        """A query argument."""
        return self.request.arg(name)

    def text(self, name: str) -> str:
        """A query argument, "" when absent."""
        return self.request.arg(name) or ""

    def number(self, name: str, default: int, largest: int) -> int:
        """A query argument from 0 up, cut to `largest`. AwsError InvalidArgument."""
        text = self.request.arg(name)
        if text is None or text == "":
            return default
        found = whole_number(text)
        if found is None:
            raise invalid_argument(f"Provided {name} not an integer or within integer range", name, text[:100])
        return min(found, largest)

    @property
    def version_id(self) -> str | None:
        """The version that the request names."""
        return self.request.arg("versionId") or None

    @property
    def owner(self) -> str:
        """The canonical id that stands for the account in ACLs and listings."""
        return self.account_id.rjust(64, "0")

    def require(
        self, action: str, bucket: str | None = None, key: str | None = None, version_id: str | None = None
    ) -> None:
        """AwsError AccessDenied unless the caller may do this to the call's bucket and key, or to others.

        `version_id` is of those others.
        """
        if bucket is None:
            bucket, version_id = self.bucket, self.version_id
        self.objects.require(self.caller, action, bucket, self.key if key is None else key, version_id)

    def require_owner(self, header: str) -> None:
        """AwsError AccessDenied when a header expects another account to own the bucket."""
        if self.header(header) not in (None, self.account_id):
            raise AwsError("AccessDenied", "Access Denied", 403)

    def version_headers(self, version: Version) -> dict[str, str]:
        """x-amz-version-id, which a bucket that was never versioned does not give."""
        if version.version_id == "null" and not self.objects.buckets.get(version.bucket).versioning:
            return {}
        return {"x-amz-version-id": version.version_id}


Handler = Callable[[Call], Reply]


def whole_number(text: str) -> int | None:
    """A number from 0 up in ASCII digits; None for anything else, and for what no counter reaches."""
    return int(text) if re.fullmatch(r"[0-9]{1,15}", text) else None


def locate(request: Request) -> tuple[str, str]:
    """Bucket and key of a request in path style (the gate brings others into it). AwsError InvalidURI."""
    try:
        path = unquote_to_bytes(request.raw_path).decode()
    except UnicodeDecodeError as error:
        raise AwsError("InvalidURI", "Couldn't parse the specified URI.", 400) from error
    bucket, _, key = path[1:].partition("/")
    return bucket, key
