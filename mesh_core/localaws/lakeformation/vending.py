"""What vended credentials may do in S3: a policy over the prefixes of the tables' data and nothing else. Pure.

The keys below a table's location are all of its data, so the scope is a prefix that ends with a slash: listing it shows
no neighbour whose name begins the same.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from mesh_core.localaws.aws_error import invalid

_SCHEMES = ("s3://", "s3a://", "s3n://")
_ACTIONS = {
    "SELECT": ("s3:GetObject", "s3:GetObjectVersion"),
    "INSERT": ("s3:PutObject", "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"),
    "DELETE": ("s3:DeleteObject",),
}
OPENING = frozenset(_ACTIONS)
"""The permissions on a table that open anything in S3."""


@dataclass(frozen=True)
class Prefix:
    """A folder in S3: its bucket, and the prefix of its keys, which ends with "/" unless it is the whole bucket."""

    bucket: str
    keys: str

    @classmethod
    def of(cls, path: str) -> Prefix:
        """`s3://bucket/folder/` or its ARN. AwsError InvalidInputException for anything else.

        Characters that policies read as wildcards are refused: they would open more than the folder.
        """
        rest = next((path.removeprefix(start) for start in (*_SCHEMES, "arn:aws:s3:::") if path.startswith(start)), "")
        bucket, _, keys = rest.partition("/")
        if not bucket:
            raise invalid(f"{path!r} is no path in S3 (s3://BUCKET/PREFIX).")
        if any(mark in rest for mark in ("*", "?", "${")):
            raise invalid(f"{path!r} can't be the scope of credentials: policies read *, ? and ${{ as wildcards.")
        return cls(bucket, keys if keys.endswith("/") or not keys else f"{keys}/")

    def __str__(self) -> str:
        return f"s3://{self.bucket}/{self.keys}"

    def covers(self, other: Prefix) -> bool:
        """Whether the other folder is this one or lies in it."""
        return self.bucket == other.bucket and other.keys.startswith(self.keys)


def scope(prefixes: Iterable[Prefix], permissions: Iterable[str]) -> str:
    """The policy of credentials for folders and SELECT, INSERT, DELETE on them."""
    actions = sorted(action for permission in permissions for action in _ACTIONS.get(permission, ()))
    found: list[dict[str, Any]] = []
    for prefix in prefixes:
        bucket = f"arn:aws:s3:::{prefix.bucket}"
        inside = {"Condition": {"StringLike": {"s3:prefix": [prefix.keys, f"{prefix.keys}*"]}}} if prefix.keys else {}
        found += [
            {"Effect": "Allow", "Action": actions, "Resource": f"{bucket}/{prefix.keys}*"},
            {"Effect": "Allow", "Action": "s3:ListBucket", "Resource": bucket, **inside},
            {"Effect": "Allow", "Action": "s3:GetBucketLocation", "Resource": bucket},
        ]
    return json.dumps({"Version": "2012-10-17", "Statement": found})
