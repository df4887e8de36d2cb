"""Conditional requests and byte ranges, as RFC 9110 and S3 read them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from mesh_core.localaws.aws_error import AwsError
from mesh_core.localaws.s3.errors import invalid_request, not_implemented, not_modified, precondition_failed
from mesh_core.localaws.s3.headers import unquoted
from mesh_core.localaws.s3.records import Version
from mesh_core.localaws.s3.versions import Condition

_RANGE = re.compile(r"bytes=([0-9]{0,18})-([0-9]{0,18})")


def for_write(headers: Mapping[str, str]) -> Condition:
    """The condition of a PUT. AwsError NotImplemented for those that S3 does not know either."""
    match, none_match = headers.get("if-match"), headers.get("if-none-match")
    if match and none_match:
        raise not_implemented("A write with both If-Match and If-None-Match")
    if none_match and none_match != "*":
        raise AwsError("NotImplemented", "A header you provided implies functionality that is not implemented", 501)
    return Condition(unquoted(match) if match else None, bool(none_match))


def check_read(version: Version, headers: Mapping[str, str]) -> None:
    """AwsError PreconditionFailed (412) or NotModified (304) of a GET or HEAD."""
    match, none_match = headers.get("if-match"), headers.get("if-none-match")
    if match is not None and not _names(match, version.etag):
        raise precondition_failed("If-Match")
    unmodified_since = _date(headers.get("if-unmodified-since"))
    if match is None and unmodified_since is not None and version.last_modified > unmodified_since:
        raise precondition_failed("If-Unmodified-Since")
    if none_match is not None and _names(none_match, version.etag):
        raise not_modified()
    modified_since = _date(headers.get("if-modified-since"))
    if none_match is None and modified_since is not None and version.last_modified <= modified_since:
        raise not_modified()


def check_copy_source(version: Version, headers: Mapping[str, str]) -> None:
    """The same for a copy's source, where every failure is PreconditionFailed."""
    prefix = "x-amz-copy-source-"
    own = {name.removeprefix(prefix): value for name, value in headers.items() if name.startswith(prefix + "if-")}
    try:
        check_read(version, own)
    except AwsError as error:
        raise precondition_failed("x-amz-copy-source-If-") from error


def _names(header: str, etag: str) -> bool:
    return any(unquoted(item) in ("*", etag) for item in header.split(","))


def _date(text: str | None) -> datetime | None:
    """A date that can't be read counts as absent, as RFC 9110 says."""
    if text is None:
        return None
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Span:
    """Bytes `start` to `stop` (exclusive) of `size_bytes`."""

    start: int
    stop: int
    size_bytes: int

    @property
    def content_range(self) -> str:
        """As the Content-Range header says it."""
        return f"bytes {self.start}-{self.stop - 1}/{self.size_bytes}"


def span(header: str | None, size_bytes: int) -> Span | None:
    """The range of a GET; None for the whole object, also when the header is malformed or has several ranges.

    AwsError InvalidRange (416) for one that begins behind the end.
    """
    found = _RANGE.fullmatch(header.replace(" ", "")) if header else None
    if found is None or found[1] == found[2] == "":
        return None
    if found[1] == "":
        start, stop = max(0, size_bytes - int(found[2])), size_bytes
    else:
        start, stop = int(found[1]), min(size_bytes, int(found[2]) + 1 if found[2] else size_bytes)
        if found[2] and int(found[2]) < start:
            return None
    if start >= size_bytes:
        raise AwsError(
            "InvalidRange",
            "The requested range is not satisfiable",
            416,
            RangeRequested=header,
            ActualObjectSize=size_bytes,
            headers={"content-range": f"bytes */{size_bytes}"},
        )
    return Span(start, stop, size_bytes)


def copy_span(header: str, size_bytes: int) -> Span:
    """The range of UploadPartCopy: whole, and inside the source. AwsError InvalidRequest, InvalidArgument."""
    found = _RANGE.fullmatch(header)
    if found is None or not found[1] or not found[2] or int(found[1]) > int(found[2]):
        raise AwsError(
            "InvalidArgument",
            "The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are the "
            "zero-based offsets of the first and last bytes to copy",
        )
    if int(found[2]) >= size_bytes:
        raise invalid_request(f"Range specified is not valid for source object of size: {size_bytes}")
    return Span(int(found[1]), int(found[2]) + 1, size_bytes)
