"""What S3 accepts as the name of a bucket, a key, a tag. Source: Amazon S3 User Guide, naming rules."""

from __future__ import annotations

import re

from mesh_core.localaws.aws_error import AwsError
from mesh_core.localaws.s3.errors import invalid_argument

KEY_LIMIT_BYTES = 1024
_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_ADDRESS = re.compile(r"\d+\.\d+\.\d+\.\d+")
_RESERVED_PREFIXES = ("xn--", "sthree-", "amzn-s3-demo-")
_RESERVED_SUFFIXES = ("-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3")
_TAG = re.compile(r"[\w\s+\-=._:/@]*")


def check_bucket_name(name: str) -> None:
    """AwsError InvalidBucketName for a name that AWS would not create."""
    well_formed = _BUCKET.fullmatch(name) and ".." not in name and not _ADDRESS.fullmatch(name)
    if not well_formed or name.startswith(_RESERVED_PREFIXES) or name.endswith(_RESERVED_SUFFIXES):
        raise AwsError("InvalidBucketName", "The specified bucket is not valid.", 400, BucketName=name)


def check_key(key: str) -> None:
    """AwsError KeyTooLongError for more than 1,024 bytes of UTF-8, InvalidArgument for text that is not Unicode."""
    try:
        size_bytes = len(key.encode())
    except UnicodeEncodeError as error:
        raise invalid_argument("The key is not valid UTF-8.", "key", ascii(key)) from error
    if size_bytes > KEY_LIMIT_BYTES:
        raise AwsError("KeyTooLongError", "Your key is too long", 400, Size=size_bytes, MaxSizeAllowed=KEY_LIMIT_BYTES)


def check_tags(tags: list[tuple[str, str]], limit: int) -> dict[str, str]:
    """The tags by key; AwsError BadRequest or InvalidTag when there are too many, twice the same, or bad ones."""
    if len(tags) > limit:
        raise AwsError("BadRequest", f"Object tags cannot be greater than {limit}", 400)
    if len({key for key, _ in tags}) < len(tags):
        raise AwsError("InvalidTag", "Cannot provide multiple Tags with the same key", 400)
    for key, value in tags:
        if not 1 <= len(key) <= 128 or not _TAG.fullmatch(key) or key.startswith("aws:"):
            raise AwsError("InvalidTag", "The TagKey you have provided is invalid", 400, TagKey=key)
        if len(value) > 256 or not _TAG.fullmatch(value):
            raise AwsError("InvalidTag", "The TagValue you have provided is invalid", 400, TagKey=key, TagValue=value)
    return dict(tags)
