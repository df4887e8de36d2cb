"""Buckets over HTTP: create, delete, head, list, location, versioning."""

from __future__ import annotations

from mesh_core.localaws.aws_error import AwsError
from mesh_core.localaws.http import Reply
from mesh_core.localaws.request_context import asking, tag_keys
from mesh_core.localaws.s3 import headers, xml
from mesh_core.localaws.s3.call import Call
from mesh_core.localaws.s3.errors import malformed_xml, not_implemented
from mesh_core.localaws.s3.names import check_tags
from mesh_core.localaws.s3.settings_api import BUCKET_TAG_LIMIT, new_bucket_settings

_LIST_LIMIT = 10_000
_ALSO_NEEDED = {"x-amz-acl": "s3:PutBucketAcl", "x-amz-object-ownership": "s3:PutBucketOwnershipControls"}


def list_buckets(call: Call) -> Reply:
    """GET /: the account's buckets, by name."""
    prefix, token = call.text("prefix"), call.text("continuation-token")
    region = call.arg("bucket-region")
    limit = call.number("max-buckets", _LIST_LIMIT, _LIST_LIMIT)
    rest = [
        bucket
        for bucket in call.objects.buckets.all()
        if bucket.name.startswith(prefix) and bucket.name > token and region in (None, bucket.region)
    ]
    page = rest[:limit]
    items: list[tuple[str, xml.Value]] = [
        ("Bucket", [("Name", bucket.name), ("CreationDate", bucket.created), ("BucketRegion", bucket.region)])
        for bucket in page
    ]
    return xml.reply(
        "ListAllMyBucketsResult",
        [
            ("Owner", [("ID", call.owner)]),
            ("Buckets", items),
            ("ContinuationToken", page[-1].name if 0 < limit < len(rest) else None),
            ("Prefix", prefix or None),
        ],
    )


def create_bucket(call: Call) -> Reply:
    """PUT /bucket."""
    if (call.header("x-amz-bucket-object-lock-enabled") or "").lower() == "true":
        raise not_implemented("Object Lock")
    headers.check_acl(call.request.headers)
    tags = _configuration(call)
    for header, action in _ALSO_NEEDED.items():
        if header in call.request.headers:
            call.require(action)
    if tags:
        with asking(tag_keys(tags)):
            call.require("s3:TagResource")
    settings = new_bucket_settings(call.header("x-amz-object-ownership"), tags)
    created = call.objects.buckets.create(call.bucket, call.region, settings)
    if not created and call.region != "us-east-1":
        raise AwsError(
            "BucketAlreadyOwnedByYou",
            "Your previous request to create the named bucket succeeded and you already own it.",
            409,
            BucketName=call.bucket,
        )
    return Reply(200, {"location": f"/{call.bucket}"})


def _configuration(call: Call) -> dict[str, str]:
    """Checks the region asked for; returns the tags. AwsError IllegalLocationConstraintException, ..."""
    body = call.request.body.read(xml.BODY_LIMIT_BYTES + 1)
    document = xml.parse(body, "CreateBucketConfiguration") if body else None
    place = None if document is None else xml.text_of(document, "LocationConstraint")
    if document is not None and document.find("Location") is not None:
        raise not_implemented("A directory bucket")
    if place == "us-east-1":
        raise AwsError("InvalidLocationConstraint", "The specified location-constraint is not valid", 400)
    if (place or "us-east-1") != call.region:
        raise AwsError(
            "IllegalLocationConstraintException",
            f"The {place or 'unspecified'} location constraint is incompatible for the region specific endpoint "
            "this request was sent to.",
            400,
        )
    pairs = (
        []
        if document is None
        else [(xml.required(t, "Key"), xml.required(t, "Value")) for t in document.iterfind("Tags/Tag")]
    )
    return check_tags(pairs, BUCKET_TAG_LIMIT)


def delete_bucket(call: Call) -> Reply:
    """DELETE /bucket: only an empty one."""
    call.objects.buckets.delete(call.bucket)
    return Reply(204)


def head_bucket(call: Call) -> Reply:
    """HEAD /bucket."""
    found = call.objects.buckets.get(call.bucket)
    return Reply(200, {"x-amz-bucket-region": found.region, "content-type": "application/xml"})


def get_bucket_location(call: Call) -> Reply:
    """GET ?location; us-east-1 is said by an empty element."""
    region = call.objects.buckets.get(call.bucket).region
    text = "" if region == "us-east-1" else region
    body = f'{xml.HEADER}<LocationConstraint xmlns="{xml.NAMESPACE}">{text}</LocationConstraint>'
    return Reply(200, {"content-type": "application/xml"}, body.encode())


def get_bucket_versioning(call: Call) -> Reply:
    """GET ?versioning; no status when it was never on."""
    status = call.objects.buckets.get(call.bucket).versioning
    return xml.reply("VersioningConfiguration", [("Status", status or None)])


def put_bucket_versioning(call: Call) -> Reply:
    """PUT ?versioning."""
    document = xml.read(call.request.body, "VersioningConfiguration")
    if (xml.text_of(document, "MfaDelete") or "Disabled") != "Disabled":
        raise not_implemented("MFA delete")
    status = xml.required(document, "Status")
    if status not in ("Enabled", "Suspended"):
        raise malformed_xml(f"Status must be Enabled or Suspended, not {status}")
    call.objects.buckets.set_versioning(call.bucket, status)
    return Reply(200)
