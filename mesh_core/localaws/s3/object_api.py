"""GetObject, HeadObject, PutObject, CopyObject: an object's bytes in and out."""

from __future__ import annotations

from dataclasses import replace

from mesh_core.localaws.aws_error import AwsError
from mesh_core.localaws.http import FileBody, Reply
from mesh_core.localaws.s3 import conditions, headers, xml
from mesh_core.localaws.s3.call import Call, whole_number
from mesh_core.localaws.s3.checksums import announced
from mesh_core.localaws.s3.conditions import Span
from mesh_core.localaws.s3.errors import invalid_request, method_not_allowed, no_such_key
from mesh_core.localaws.s3.records import Details, Version
from mesh_core.localaws.s3.versions import Target

LARGEST_PUT_BYTES = 5 * 1024**3


def get_object(call: Call) -> Reply:
    """GET: the bytes, whole, as a range, or as one part of a multipart object."""
    version = readable(call)
    conditions.check_read(version, call.request.headers)
    part, asked = _span(call, version), headers.overrides(dict(call.request.query))
    version, stream = call.objects.versions.open(call.bucket, call.key, version.version_id)
    whole = part or Span(0, version.size_bytes, version.size_bytes)
    found = _describe(call, version, part) | asked
    return Reply(206 if part else 200, found, FileBody(stream, whole.start, whole.stop - whole.start))


def head_object(call: Call) -> Reply:
    """HEAD: the same headers as GET."""
    version = readable(call)
    conditions.check_read(version, call.request.headers)
    part = _span(call, version)
    return Reply(206 if part else 200, _describe(call, version, part) | headers.overrides(dict(call.request.query)))


def readable(call: Call) -> Version:
    """The version that a request reads. AwsError NoSuchKey, NoSuchVersion, AccessDenied, MethodNotAllowed."""
    if call.version_id is None:
        call.objects.hide_missing(call.caller, call.bucket, call.key)
        current = call.objects.versions.current(call.bucket, call.key)
        if current is None:
            raise no_such_key(call.key)
        if current.is_marker:
            error = no_such_key(call.key)
            error.fields["headers"] = {"x-amz-delete-marker": "true", **call.version_headers(current)}
            raise error
        return current
    version = call.objects.versions.find(call.bucket, call.key, call.version_id)
    if version.is_marker:
        error = method_not_allowed(call.request.method)
        error.fields["headers"] = {"x-amz-delete-marker": "true", "allow": "DELETE", **call.version_headers(version)}
        raise error
    return version


def _span(call: Call, version: Version) -> Span | None:
    number = call.arg("partNumber")
    if number is None:
        return conditions.span(call.header("range"), version.size_bytes)
    if call.header("range"):
        raise invalid_request("Cannot specify both Range header and partNumber query parameter")
    sizes = [part.size_bytes for part in version.details.parts] or [version.size_bytes]
    index = whole_number(number)
    if index is None or not 1 <= index <= len(sizes):
        raise AwsError("InvalidPartNumber", "The requested partnumber is not satisfiable", 416)
    start = sum(sizes[: index - 1])
    return Span(start, start + sizes[index - 1], version.size_bytes)


def _describe(call: Call, version: Version, part: Span | None) -> dict[str, str]:
    asked = call.header("x-amz-checksum-mode") == "ENABLED"
    found = headers.describing(version, asked and part is None) | call.version_headers(version)
    if part is None:
        return found | {"content-length": str(version.size_bytes)}
    if version.details.parts and call.arg("partNumber"):
        found["x-amz-mp-parts-count"] = str(len(version.details.parts))
    return found | {"content-length": str(part.stop - part.start), "content-range": part.content_range}


def put_object(call: Call) -> Reply:
    """PUT: store the body."""
    if (whole_number(call.header("content-length") or "0") or 0) > LARGEST_PUT_BYTES:
        raise AwsError("EntityTooLarge", "Your proposed upload exceeds the maximum allowed size", 400)
    if call.header("if-match"):
        call.require("s3:GetObject")
    _require_acl(call)
    target = _target(call)
    version = call.objects.versions.put(target, call.request.body, announced(call.request.headers))
    return Reply(200, {"etag": headers.quoted(version.etag), **written_headers(call, version)})


def _require_acl(call: Call) -> None:
    """A write with an ACL, though it can only be the owner's, takes the permission to set one."""
    if "x-amz-acl" in call.request.headers:
        headers.check_acl(call.request.headers)
        call.require("s3:PutObjectAcl")


def _target(call: Call) -> Target:
    tags = headers.tags(call.request.headers)
    if tags:
        call.require("s3:PutObjectTagging")
    found = default_encryption(call, headers.details(call.request.headers))
    return Target(call.bucket, call.key, found, tags, conditions.for_write(call.request.headers))


def written_headers(call: Call, version: Version) -> dict[str, str]:
    """What the answer to a write says about the version made."""
    return {
        **headers.encryption_headers(version.details),
        **headers.checksum_headers(version),
        **call.version_headers(version),
    }


def default_encryption(call: Call, found: Details) -> Details:
    """The details with the bucket's default encryption, unless the request names one."""
    name = "x-amz-server-side-encryption"
    document = call.objects.buckets.setting(call.bucket, "encryption")
    if name in found.headers or document is None:
        return found
    rule = xml.parse(document.encode(), "ServerSideEncryptionConfiguration").find(
        "Rule/ApplyServerSideEncryptionByDefault"
    )
    if rule is None:
        return found
    extra = {name: xml.text_of(rule, "SSEAlgorithm"), f"{name}-aws-kms-key-id": xml.text_of(rule, "KMSMasterKeyID")}
    return replace(found, headers={**found.headers, **{key: value for key, value in extra.items() if value}})


def copy_object(call: Call) -> Reply:
    """PUT with x-amz-copy-source: another object's bytes, with its metadata and tags or new ones."""
    bucket, key, version_id = headers.copy_source(call.request.headers)
    _require_acl(call)
    with call.objects.reading():
        source = copyable(call, bucket, key, version_id)
        version = call.objects.versions.copy(source, _copy_target(call, source, version_id))
    result: xml.Pairs = [
        ("LastModified", version.last_modified),
        ("ETag", headers.quoted(version.etag)),
        *checksum_pairs(version),
    ]
    found = {**headers.encryption_headers(version.details), **call.version_headers(version)}
    if "x-amz-version-id" in call.version_headers(source):
        found["x-amz-copy-source-version-id"] = source.version_id
    return xml.reply("CopyObjectResult", result, found)


def copyable(call: Call, bucket: str, key: str, version_id: str | None) -> Version:
    """A copy's source, when the caller may read it and the request's conditions on it hold."""
    call.objects.buckets.get(bucket)
    call.require_owner("x-amz-source-expected-bucket-owner")
    call.require("s3:GetObjectVersion" if version_id else "s3:GetObject", bucket, key, version_id)
    if version_id is None:
        call.objects.hide_missing(call.caller, bucket, key)
    source = call.objects.versions.find(bucket, key, version_id)
    if source.is_marker:
        raise invalid_request(
            "The source of a copy request may not specifically refer to a delete marker by version id."
        )
    conditions.check_copy_source(source, call.request.headers)
    return source


def _copy_target(call: Call, source: Version, version_id: str | None) -> Target:
    sent = call.request.headers
    replaces = headers.directive(sent, "x-amz-metadata-directive") == "REPLACE"
    given = headers.details(sent, call.header("x-amz-checksum-algorithm"))
    itself = (source.bucket, source.key) == (call.bucket, call.key) and source.is_current
    changed = {name for name in given.headers if name.startswith("x-amz-")}
    if itself and not replaces and not changed:
        raise invalid_request(
            "This copy request is illegal because it is trying to copy an object to itself without changing the "
            "object's metadata, storage class, website redirect location or encryption attributes."
        )
    details = given if replaces else replace(given, headers=_copied(source, given), metadata=source.details.metadata)
    tags = _copied_tags(call, source, version_id)
    return Target(call.bucket, call.key, default_encryption(call, details), tags, conditions.for_write(sent))


def _copied(source: Version, given: Details) -> dict[str, str]:
    """A copy keeps what describes the content; storage class and encryption are the request's own."""
    kept = {name: value for name, value in source.details.headers.items() if not name.startswith("x-amz-")}
    return kept | {name: value for name, value in given.headers.items() if name.startswith("x-amz-")}


def _copied_tags(call: Call, source: Version, version_id: str | None) -> dict[str, str]:
    if headers.directive(call.request.headers, "x-amz-tagging-directive") == "REPLACE":
        tags = headers.tags(call.request.headers)
    else:
        tags = dict(source.tags)
        if tags:
            action = "s3:GetObjectVersionTagging" if version_id else "s3:GetObjectTagging"
            call.require(action, source.bucket, source.key, version_id)
    if tags:
        call.require("s3:PutObjectTagging")
    return tags


def checksum_pairs(version: Version) -> list[tuple[str, xml.Value]]:
    """An object's checksums as children of a result document."""
    if not version.details.checksums:
        return []
    values: list[tuple[str, xml.Value]] = [
        (f"Checksum{name.upper()}", value) for name, value in version.details.checksums.items()
    ]
    return [*values, ("ChecksumType", version.details.checksum_type)]
