"""DeleteObject and DeleteObjects."""

from __future__ import annotations

from xml.etree.ElementTree import Element

from mesh_core.localaws.aws_error import AwsError
from mesh_core.localaws.http import Reply
from mesh_core.localaws.s3 import xml
from mesh_core.localaws.s3.call import Call
from mesh_core.localaws.s3.checksums import Digests, announced
from mesh_core.localaws.s3.errors import malformed_xml
from mesh_core.localaws.s3.headers import unquoted
from mesh_core.localaws.s3.versions import Deleted

_LIMIT = 1000


def delete_object(call: Call) -> Reply:
    """DELETE: erase the named version, or delete the object (a marker in a versioned bucket)."""
    match = call.header("if-match")
    if match:
        call.require("s3:GetObject")
    done = call.objects.versions.delete(call.bucket, call.key, call.version_id, unquoted(match) if match else None)
    return Reply(204, _headers(done))


def _headers(done: Deleted) -> dict[str, str]:
    found = {} if done.version_id is None else {"x-amz-version-id": done.version_id}
    return found | ({"x-amz-delete-marker": "true"} if done.is_marker else {})


def delete_objects(call: Call) -> Reply:
    """POST ?delete: up to 1,000 keys, each with its own permission and its own outcome."""
    body = call.request.body.read(xml.BODY_LIMIT_BYTES + 1)
    _verify(call, body)
    request = xml.parse(body, "Delete")
    items = request.findall("Object")
    if not 1 <= len(items) <= _LIMIT:
        raise malformed_xml(f"Delete must name 1 to {_LIMIT} objects, not {len(items)}")
    quiet = (xml.text_of(request, "Quiet") or "").lower() == "true"
    outcomes = [_delete_one(call, item) for item in items]
    return xml.reply("DeleteResult", [pair for pair in outcomes if pair[0] == "Error" or not quiet])


def _verify(call: Call, body: bytes) -> None:
    claims = announced(call.request.headers)
    digests = Digests(claims.checksums)
    digests.update(body)
    claims.verify(digests)


def _delete_one(call: Call, item: Element) -> tuple[str, xml.Value]:
    key, version_id, etag = xml.required(item, "Key"), xml.text_of(item, "VersionId") or None, xml.text_of(item, "ETag")
    try:
        call.require("s3:DeleteObjectVersion" if version_id else "s3:DeleteObject", key=key)
        if etag:
            call.require("s3:GetObject", key=key)
        done = call.objects.versions.delete(call.bucket, key, version_id, unquoted(etag) if etag else None)
    except AwsError as error:
        return "Error", [("Key", key), ("VersionId", version_id), ("Code", error.code), ("Message", error.message)]
    marker = done.version_id if done.is_marker else None
    return "Deleted", [
        ("Key", key),
        ("VersionId", version_id),
        ("DeleteMarker", True if done.is_marker else None),
        ("DeleteMarkerVersionId", marker),
    ]
