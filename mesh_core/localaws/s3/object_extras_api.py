"""What else an object has: tags, attributes, an ACL (the owner's, always)."""

from __future__ import annotations

from mesh_core.localaws.http import Reply
from mesh_core.localaws.request_context import asking
from mesh_core.localaws.s3 import headers, xml
from mesh_core.localaws.s3.call import Call, whole_number
from mesh_core.localaws.s3.errors import invalid_argument, invalid_request, method_not_allowed
from mesh_core.localaws.s3.names import check_tags
from mesh_core.localaws.s3.object_api import readable
from mesh_core.localaws.s3.records import Version
from mesh_core.localaws.s3.request_keys import request_tag_keys

_ATTRIBUTES = ("ETag", "Checksum", "ObjectParts", "StorageClass", "ObjectSize")
_OWNER_ONLY = "http://www.w3.org/2001/XMLSchema-instance"


def get_object_tagging(call: Call) -> Reply:
    """GET ?tagging."""
    version = readable(call)
    items: list[tuple[str, xml.Value]] = [("Tag", [("Key", k), ("Value", v)]) for k, v in version.tags.items()]
    return xml.reply("Tagging", [("TagSet", items)], call.version_headers(version))


def put_object_tagging(call: Call) -> Reply:
    """PUT ?tagging: replaces the tags."""
    tags = check_tags(list(xml.tags(xml.read(call.request.body, "Tagging"))), headers.OBJECT_TAG_LIMIT)
    with asking(request_tag_keys(tags)):
        call.require("s3:PutObjectVersionTagging" if call.version_id else "s3:PutObjectTagging")
    return Reply(200, call.version_headers(_set_tags(call, tags)))


def delete_object_tagging(call: Call) -> Reply:
    """DELETE ?tagging."""
    return Reply(204, call.version_headers(_set_tags(call, {})))


def _set_tags(call: Call, tags: dict[str, str]) -> Version:
    version = readable(call)
    if version.is_marker:
        raise method_not_allowed(call.request.method)
    return call.objects.versions.set_tags(call.bucket, call.key, version.version_id, tags)


def get_object_attributes(call: Call) -> Reply:
    """GET ?attributes: those that x-amz-object-attributes names."""
    call.require("s3:GetObjectVersion" if call.version_id else "s3:GetObject")
    version = readable(call)
    wanted = {name.strip() for name in (call.header("x-amz-object-attributes") or "").split(",") if name.strip()}
    if not wanted or not wanted <= set(_ATTRIBUTES):
        raise invalid_argument("Invalid attribute name specified.", "x-amz-object-attributes", ",".join(sorted(wanted)))
    values = [(name, value) for name, value in _attributes(call, version) if name in wanted]
    found = {"last-modified": headers.describing(version, False)["last-modified"], **call.version_headers(version)}
    return xml.reply("GetObjectAttributesResponse", values, found)


def _attributes(call: Call, version: Version) -> list[tuple[str, xml.Value]]:
    sums: list[tuple[str, xml.Value]] = [
        (f"Checksum{name.upper()}", value.partition("-")[0]) for name, value in version.details.checksums.items()
    ]
    return [
        ("ETag", version.etag),
        ("Checksum", [*sums, ("ChecksumType", version.details.checksum_type)] if sums else None),
        ("ObjectParts", _parts(call, version) if version.details.parts else None),
        ("StorageClass", version.details.headers.get("x-amz-storage-class", "STANDARD")),
        ("ObjectSize", version.size_bytes),
    ]


def _parts(call: Call, version: Version) -> list[tuple[str, xml.Value]]:
    limit, marker = _number(call, "x-amz-max-parts", 1000), _number(call, "x-amz-part-number-marker", 0)
    parts = list(enumerate(version.details.parts, 1))[marker : marker + limit]
    items: list[tuple[str, xml.Value]] = [
        (
            "Part",
            [
                *[(f"Checksum{name.upper()}", value) for name, value in part.checksums.items()],
                *[("PartNumber", number), ("Size", part.size_bytes)],
            ],
        )
        for number, part in parts
    ]
    last = parts[-1][0] if parts else marker
    return [
        *[("PartNumberMarker", marker), ("NextPartNumberMarker", last), ("MaxParts", limit)],
        *[("IsTruncated", last < len(version.details.parts)), ("PartsCount", len(version.details.parts))],
        *(items if version.details.checksums else []),
    ]


def _number(call: Call, name: str, default: int) -> int:
    text = call.header(name)
    found = default if not text else whole_number(text)
    if found is None:
        raise invalid_argument(f"Provided {name} not an integer or within integer range", name, text or "")
    return found


def get_object_acl(call: Call) -> Reply:
    """GET ?acl of an object."""
    readable(call)
    return _acl(call)


def get_bucket_acl(call: Call) -> Reply:
    """GET ?acl of a bucket."""
    call.objects.buckets.get(call.bucket)
    return _acl(call)


def put_acl(call: Call) -> Reply:
    """PUT ?acl: the owner's full control is all that can be asked for. AwsError AccessControlListNotSupported."""
    if call.key:
        readable(call)
    headers.check_acl(call.request.headers)
    if "x-amz-acl" not in call.request.headers:
        _check_document(call)
    return Reply(200)


def _check_document(call: Call) -> None:
    grants = xml.read(call.request.body, "AccessControlPolicy").findall("AccessControlList/Grant")
    if not grants:
        raise invalid_request("An ACL needs a canned name or a list of grants.")
    for grant in grants:
        if grant.findtext("Grantee/ID") != call.owner or grant.findtext("Permission") != "FULL_CONTROL":
            headers.check_acl({"x-amz-acl": "other"})


def _acl(call: Call) -> Reply:
    owner = f"<ID>{call.owner}</ID>"
    body = (
        f'{xml.HEADER}<AccessControlPolicy xmlns="{xml.NAMESPACE}"><Owner>{owner}</Owner><AccessControlList><Grant>'
        f'<Grantee xmlns:xsi="{_OWNER_ONLY}" xsi:type="CanonicalUser">{owner}</Grantee>'
        "<Permission>FULL_CONTROL</Permission></Grant></AccessControlList></AccessControlPolicy>"
    )
    return Reply(200, {"content-type": "application/xml"}, body.encode())
