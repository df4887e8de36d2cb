"""S3 closed as on AWS: which permission each operation needs, which conditions hold, and no way beside a key."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote, unquote_to_bytes

import pytest
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from tests.localaws.inside import PORT, URL, Inside, Key, allow, code_of, deny, text_of

BUCKET, OTHER = "rights", "rights-other"
HERE, ALL = f"arn:aws:s3:::{BUCKET}", f"arn:aws:s3:::{BUCKET}/*"
PUBLIC_BLOCK = {"BlockPublicAcls": True, "IgnorePublicAcls": True, "BlockPublicPolicy": True,
                "RestrictPublicBuckets": True}  # fmt: skip


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Inside]:
    made = Inside(tmp_path_factory.mktemp("s3"))
    s3 = made.client("s3")
    for bucket in (BUCKET, OTHER):
        s3.create_bucket(Bucket=bucket)
        s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
        s3.put_object(Bucket=bucket, Key="sales/a", Body=b"a", Tagging="team=sales")
        s3.put_object(Bucket=bucket, Key="hr/b", Body=b"b", Tagging="team=hr")
        s3.put_object(Bucket=bucket, Key="plain", Body=b"c")
    for team in ("sales", "hr"):
        s3.put_object(Bucket=BUCKET, Key=f"tagged/{team}", Body=b"x", Tagging=f"team={team}")
    parts = {"Bucket": BUCKET, "Key": "parts"}
    upload = {**parts, "UploadId": s3.create_multipart_upload(**parts)["UploadId"]}
    part = s3.upload_part(**upload, PartNumber=1, Body=b"x")["ETag"]
    s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": part}]})
    made.version = s3.head_object(Bucket=BUCKET, Key="sales/a")["VersionId"]  # type: ignore[attr-defined]
    made.user("somebody")
    yield made
    made.close()


def as_user(world: Inside, name: str, *statements: Any) -> Any:
    """S3 as a new user with these statements."""
    return world.client("s3", world.user(name, *statements))


# -- operations and what they need. Each is done on objects of its own.

OBJ = {"Bucket": BUCKET, "Key": "sales/a"}
NEW = {"Bucket": BUCKET, "Key": "made/x"}
ON_BUCKET = {"Bucket": BUCKET}
TAGS = {"Tagging": {"TagSet": [{"Key": "a", "Value": "b"}]}}
FROM = {"CopySource": {"Bucket": OTHER, "Key": "plain"}}
TAGGED = {"CopySource": {"Bucket": OTHER, "Key": "sales/a"}}
THERE = f"arn:aws:s3:::{OTHER}/*"

NEEDS: list[tuple[str, dict[str, Any], list[tuple[str, str]]]] = [
    ("get_object", OBJ, [("s3:GetObject", ALL)]),
    ("get_object", OBJ | {"VersionId": "{v}"}, [("s3:GetObjectVersion", ALL)]),
    ("head_object", OBJ, [("s3:GetObject", ALL)]),
    ("head_object", OBJ | {"VersionId": "{v}"}, [("s3:GetObjectVersion", ALL)]),
    ("get_object_tagging", OBJ, [("s3:GetObjectTagging", ALL)]),
    ("get_object_tagging", OBJ | {"VersionId": "{v}"}, [("s3:GetObjectVersionTagging", ALL)]),
    ("get_object_acl", OBJ, [("s3:GetObjectAcl", ALL)]),
    ("get_object_attributes", OBJ | {"ObjectAttributes": ["ETag"]},
     [("s3:GetObject", ALL), ("s3:GetObjectAttributes", ALL)]),
    ("get_object_attributes", OBJ | {"ObjectAttributes": ["ETag"], "VersionId": "{v}"},
     [("s3:GetObjectVersion", ALL), ("s3:GetObjectVersionAttributes", ALL)]),
    ("put_object", NEW | {"Body": b"x"}, [("s3:PutObject", ALL)]),
    ("put_object", NEW | {"Body": b"x", "Tagging": "a=b"}, [("s3:PutObject", ALL), ("s3:PutObjectTagging", ALL)]),
    ("put_object", NEW | {"Body": b"x", "ACL": "bucket-owner-full-control"},
     [("s3:PutObject", ALL), ("s3:PutObjectAcl", ALL)]),
    ("put_object_tagging", OBJ | TAGS, [("s3:PutObjectTagging", ALL)]),
    ("put_object_tagging", OBJ | TAGS | {"VersionId": "{v}"}, [("s3:PutObjectVersionTagging", ALL)]),
    ("delete_object_tagging", {"Bucket": BUCKET, "Key": "plain"}, [("s3:DeleteObjectTagging", ALL)]),
    ("put_object_acl", OBJ | {"ACL": "private"}, [("s3:PutObjectAcl", ALL)]),
    ("copy_object", NEW | FROM, [("s3:PutObject", ALL), ("s3:GetObject", THERE)]),
    ("copy_object", NEW | TAGGED,
     [("s3:PutObject", ALL), ("s3:PutObjectTagging", ALL), ("s3:GetObject", THERE), ("s3:GetObjectTagging", THERE)]),
    ("copy_object", NEW | {"CopySource": {"Bucket": BUCKET, "Key": "sales/a", "VersionId": "{v}"}},
     [("s3:PutObject", ALL), ("s3:PutObjectTagging", ALL), ("s3:GetObjectVersion", ALL),
      ("s3:GetObjectVersionTagging", ALL)]),
    ("create_multipart_upload", NEW, [("s3:PutObject", ALL)]),
    ("create_multipart_upload", NEW | {"Tagging": "a=b"}, [("s3:PutObject", ALL), ("s3:PutObjectTagging", ALL)]),
    ("upload_part", NEW | {"UploadId": "{u}", "PartNumber": 1, "Body": b"x"}, [("s3:PutObject", ALL)]),
    ("upload_part_copy", NEW | FROM | {"UploadId": "{u}", "PartNumber": 2},
     [("s3:PutObject", ALL), ("s3:GetObject", THERE)]),
    ("list_parts", NEW | {"UploadId": "{u}"}, [("s3:ListMultipartUploadParts", ALL)]),
    ("abort_multipart_upload", NEW | {"UploadId": "{u}"}, [("s3:AbortMultipartUpload", ALL)]),
    ("list_multipart_uploads", ON_BUCKET, [("s3:ListBucketMultipartUploads", HERE)]),
    ("delete_object", NEW, [("s3:DeleteObject", ALL)]),
    ("delete_object", NEW | {"VersionId": "null"}, [("s3:DeleteObjectVersion", ALL)]),
    ("list_objects", ON_BUCKET, [("s3:ListBucket", HERE)]),
    ("list_objects_v2", ON_BUCKET, [("s3:ListBucket", HERE)]),
    ("head_bucket", ON_BUCKET, [("s3:ListBucket", HERE)]),
    ("list_object_versions", ON_BUCKET, [("s3:ListBucketVersions", HERE)]),
    ("get_bucket_location", ON_BUCKET, [("s3:GetBucketLocation", HERE)]),
    ("get_bucket_versioning", ON_BUCKET, [("s3:GetBucketVersioning", HERE)]),
    ("put_bucket_versioning", ON_BUCKET | {"VersioningConfiguration": {"Status": "Enabled"}},
     [("s3:PutBucketVersioning", HERE)]),
    ("get_bucket_acl", ON_BUCKET, [("s3:GetBucketAcl", HERE)]),
    ("put_bucket_acl", ON_BUCKET | {"ACL": "private"}, [("s3:PutBucketAcl", HERE)]),
    ("get_bucket_encryption", ON_BUCKET, [("s3:GetEncryptionConfiguration", HERE)]),
    ("delete_bucket_encryption", ON_BUCKET, [("s3:PutEncryptionConfiguration", HERE)]),
    ("get_public_access_block", ON_BUCKET, [("s3:GetBucketPublicAccessBlock", HERE)]),
    ("put_public_access_block", ON_BUCKET | {"PublicAccessBlockConfiguration": PUBLIC_BLOCK},
     [("s3:PutBucketPublicAccessBlock", HERE)]),
    ("get_bucket_ownership_controls", ON_BUCKET, [("s3:GetBucketOwnershipControls", HERE)]),
    ("put_bucket_tagging", ON_BUCKET | TAGS, [("s3:PutBucketTagging", HERE)]),
    ("get_bucket_tagging", ON_BUCKET, [("s3:GetBucketTagging", HERE)]),
    ("delete_bucket_tagging", ON_BUCKET, [("s3:PutBucketTagging", HERE)]),
    ("delete_bucket_lifecycle", ON_BUCKET, [("s3:PutLifecycleConfiguration", HERE)]),
    ("delete_bucket_cors", ON_BUCKET, [("s3:PutBucketCORS", HERE)]),
    ("delete_bucket_policy", ON_BUCKET, [("s3:DeleteBucketPolicy", HERE)]),
    ("get_bucket_logging", ON_BUCKET, [("s3:GetBucketLogging", HERE)]),
    ("get_bucket_notification_configuration", ON_BUCKET, [("s3:GetBucketNotification", HERE)]),
    ("create_bucket", {"Bucket": "rights-made"}, [("s3:CreateBucket", "arn:aws:s3:::rights-made")]),
    ("create_bucket", {"Bucket": "rights-owned", "ObjectOwnership": "ObjectWriter"},
     [("s3:CreateBucket", "arn:aws:s3:::rights-owned"),
      ("s3:PutBucketOwnershipControls", "arn:aws:s3:::rights-owned")]),
    ("create_bucket", {"Bucket": "rights-tagged",
                       "CreateBucketConfiguration": {"Tags": [{"Key": "a", "Value": "b"}]}},
     [("s3:CreateBucket", "arn:aws:s3:::rights-tagged"), ("s3:TagResource", "arn:aws:s3:::rights-tagged")]),
    ("delete_bucket", {"Bucket": "rights-made"}, [("s3:DeleteBucket", "arn:aws:s3:::rights-made")]),
    ("list_buckets", {}, [("s3:ListAllMyBuckets", "*")]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("operation", "arguments", "needs"), NEEDS, ids=[f"{n}-{case[0]}" for n, case in enumerate(NEEDS)]
)
def test_an_operation_needs_these_permissions_and_no_others(
    world: Inside, request: pytest.FixtureRequest, operation: str, arguments: dict[str, Any], needs: list[Any]
) -> None:
    name = request.node.callspec.id.replace("_", "-")
    upload = world.client("s3").create_multipart_upload(**NEW)["UploadId"]
    text = json.dumps(arguments, default=lambda body: body.decode())
    filled = json.loads(text.replace("{v}", world.version).replace("{u}", upload))  # type: ignore[attr-defined]
    statements = [allow(action, resource=resource) for action, resource in needs]
    for index, (action, _) in enumerate(needs):
        rest = [*statements[:index], *statements[index + 1 :], allow("s3:*", resource="arn:aws:s3:::elsewhere*")]
        lacking = getattr(as_user(world, f"{name}-{index}", *rest), operation)
        assert code_of(lacking, **filled) in ("AccessDenied", "403"), f"without {action}"
    assert code_of(getattr(as_user(world, f"{name}-has", *statements), operation), **filled) == ""


def test_a_batch_of_deletes_asks_for_each_key(world: Inside) -> None:
    s3 = as_user(world, "batch", allow("s3:DeleteObject", resource=f"{HERE}/sales/*"))
    keys = [{"Key": "sales/gone"}, {"Key": "hr/b"}, {"Key": "sales/a", "VersionId": "1" * 32}]
    answer = s3.delete_objects(Bucket=BUCKET, Delete={"Objects": keys})
    assert [each["Key"] for each in answer["Deleted"]] == ["sales/gone"]
    assert [(each["Key"], each["Code"]) for each in answer["Errors"]] == [
        ("hr/b", "AccessDenied"),
        ("sales/a", "AccessDenied"),
    ]


# -- conditions

NO = "AccessDenied"
IN_SALES = {"StringLike": {"s3:prefix": "sales/*"}}
OF_SALES = {"StringEquals": {"s3:ExistingObjectTag/team": "sales"}}
AS_SALES = {"StringEquals": {"s3:RequestObjectTag/team": "sales"}}
CONDITIONS: list[tuple[str, str, str, dict[str, Any], dict[str, Any], str]] = [
    # operation, action, resource, condition, arguments, code
    ("list_objects_v2", "s3:ListBucket", HERE, IN_SALES, {"Prefix": "sales/a"}, ""),
    ("list_objects_v2", "s3:ListBucket", HERE, IN_SALES, {"Prefix": "hr/"}, NO),
    ("list_objects_v2", "s3:ListBucket", HERE, IN_SALES, {}, NO),
    ("list_objects", "s3:ListBucket", HERE, {"StringEquals": {"s3:prefix": ""}}, {"Prefix": ""}, ""),
    ("list_objects_v2", "s3:ListBucket", HERE, {"StringEquals": {"s3:delimiter": "/"}}, {"Delimiter": "/"}, ""),
    ("list_objects_v2", "s3:ListBucket", HERE, {"StringEquals": {"s3:delimiter": "/"}}, {}, NO),
    ("list_objects_v2", "s3:ListBucket", HERE, {"NumericLessThanEquals": {"s3:max-keys": "10"}}, {"MaxKeys": 10}, ""),
    ("list_objects_v2", "s3:ListBucket", HERE, {"NumericLessThanEquals": {"s3:max-keys": "10"}}, {"MaxKeys": 11},
     NO),
    ("list_objects_v2", "s3:ListBucket", HERE, {"NumericLessThanEquals": {"s3:max-keys": "10"}}, {}, NO),
    ("get_object", "s3:GetObject", ALL, OF_SALES, {"Key": "tagged/sales"}, ""),
    ("get_object", "s3:GetObject", ALL, OF_SALES, {"Key": "tagged/hr"},
     NO),
    ("get_object", "s3:GetObject", ALL, OF_SALES, {"Key": "plain"},
     NO),
    ("head_object", "s3:GetObject", ALL, OF_SALES, {"Key": "tagged/hr"}, "403"),
    ("get_object_tagging", "s3:GetObjectTagging", ALL, OF_SALES,
     {"Key": "tagged/hr"}, NO),
    ("put_object_tagging", "s3:PutObjectTagging", ALL, AS_SALES,
     {"Key": "plain", "Tagging": {"TagSet": [{"Key": "team", "Value": "sales"}]}}, ""),
    ("put_object_tagging", "s3:PutObjectTagging", ALL, AS_SALES,
     {"Key": "plain", "Tagging": {"TagSet": [{"Key": "team", "Value": "hr"}]}}, NO),
    ("put_object", "s3:Put*", ALL, AS_SALES,
     {"Key": "t", "Tagging": "team=sales"}, ""),
    ("put_object", "s3:Put*", ALL, AS_SALES,
     {"Key": "t", "Tagging": "team=hr"}, NO),
    ("put_object", "s3:Put*", ALL, AS_SALES, {"Key": "t"}, NO),
    ("put_object", "s3:Put*", ALL, {"ForAllValues:StringEquals": {"s3:RequestObjectTagKeys": ["team"]}},
     {"Key": "t", "Tagging": "team=x&other=y"}, NO),
    ("put_object", "s3:PutObject", ALL, {"StringEquals": {"s3:x-amz-server-side-encryption": "aws:kms"}},
     {"Key": "e", "ServerSideEncryption": "aws:kms"}, ""),
    ("put_object", "s3:PutObject", ALL, {"StringEquals": {"s3:x-amz-server-side-encryption": "aws:kms"}},
     {"Key": "e", "ServerSideEncryption": "AES256"}, NO),
    ("put_object", "s3:PutObject", ALL, {"StringEquals": {"s3:x-amz-server-side-encryption": "aws:kms"}}, {"Key": "e"},
     NO),
    ("put_object", "s3:PutObject", ALL, {"StringEquals": {"s3:x-amz-storage-class": "STANDARD_IA"}}, {"Key": "e"},
     NO),
    ("get_object", "s3:GetObjectVersion", ALL, {"StringEquals": {"s3:VersionId": "x"}},
     {"Key": "sales/a", "VersionId": "{v}"}, NO),
    ("copy_object", "s3:*", "*", {"StringLikeIfExists": {"s3:x-amz-copy-source": f"{OTHER}/pl*"}},
     {"Key": "c", "CopySource": f"{OTHER}/plain"}, ""),
    ("copy_object", "s3:*", "*", {"StringLikeIfExists": {"s3:x-amz-copy-source": f"{OTHER}/pl*"}},
     {"Key": "c", "CopySource": f"{OTHER}/hr/b"}, NO),
    ("get_object", "s3:GetObject", ALL, {"StringEquals": {"s3:authType": "REST-HEADER"}}, {"Key": "plain"}, ""),
    ("get_object", "s3:GetObject", ALL, {"StringEquals": {"s3:authType": "REST-QUERY-STRING"}}, {"Key": "plain"},
     NO),
    ("get_object", "s3:GetObject", ALL, {"NumericLessThan": {"s3:signatureAge": "600000"}}, {"Key": "plain"}, ""),
    ("get_object", "s3:GetObject", ALL, {"NumericGreaterThanEquals": {"s3:TlsVersion": "1.2"}}, {"Key": "plain"}, ""),
    ("get_object", "s3:GetObject", ALL, {"StringEquals": {"s3:ResourceAccount": "{account}"}}, {"Key": "plain"}, ""),
    ("get_object", "s3:GetObject", ALL, {"StringEquals": {"aws:ResourceAccount": "1"}}, {"Key": "plain"}, NO),
    ("get_object", "s3:GetObject", ALL, {"StringEquals": {"aws:CalledViaFirst": "athena.amazonaws.com"}},
     {"Key": "plain"}, NO),
    ("get_object", "s3:GetObject", ALL, {"Bool": {"aws:ViaAWSService": "false"}}, {"Key": "plain"}, ""),
    ("get_object", "s3:GetObject", ALL, {"StringEquals": {"aws:SourceVpce": "vpce-1"}}, {"Key": "plain"}, NO),
    ("get_object", "s3:GetObject", ALL, {"StringNotEquals": {"aws:SourceVpce": "vpce-1"}}, {"Key": "plain"}, ""),
    ("get_object", "s3:GetObject", ALL, {"StringEquals": {"s3:LocationConstraint": "x"}}, {"Key": "plain"}, NO),
    ("get_object", "s3:GetObject", ALL, {"StringLike": {"aws:UserAgent": "*Botocore*"}}, {"Key": "plain"}, ""),
]  # fmt: skip


@pytest.mark.parametrize(
    ("operation", "action", "resource", "condition", "arguments", "code"),
    CONDITIONS,
    ids=[f"{n}-{case[0]}" for n, case in enumerate(CONDITIONS)],
)
def test_a_condition_holds_for_what_is_asked(
    world: Inside,
    request: pytest.FixtureRequest,
    operation: str,
    action: str,
    resource: str,
    condition: Any,
    arguments: Any,
    code: str,
) -> None:
    name = "cond-" + request.node.callspec.id.replace("_", "-")
    s3 = as_user(world, name, allow(action, resource=resource, Condition=condition))
    text = json.dumps(arguments).replace("{v}", world.version)  # type: ignore[attr-defined]
    assert code_of(getattr(s3, operation), Bucket=BUCKET, **json.loads(text)) == code


def raw(world: Inside, key: Key, method: str, uri: str, body: bytes = b"", **headers: str) -> tuple[int, str]:
    """A request signed with exactly this path and query; status and document."""
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    path, _, query = uri.partition("?")
    plain = quote(unquote_to_bytes(path), safe="/~") + (f"?{query}" if query else "")
    request = AWSRequest(method, URL + plain, headers=sent, data=body)
    request.context["payload_signing_enabled"] = True
    credentials = Credentials(key["aws_access_key_id"], key["aws_secret_access_key"], key.get("aws_session_token"))
    S3SigV4Auth(credentials, "s3", "us-east-1").add_auth(request)
    signed = {k.lower(): str(v) for k, v in request.headers.items()} | {"host": f"127.0.0.1:{PORT}"}
    status, _, document = world.raw(method, uri, signed, body)
    return status, document.decode("utf-8", "replace")


@pytest.mark.parametrize(
    "query",
    [
        "prefix=hr%2F&prefix=sales%2F",
        "prefix=sales%2F&Prefix=hr%2F",
        "Prefix=sales%2F",
        "prefix=hr%2F&list-type=2&prefix=sales%2F",
        "list-type=2&start-after=a",
        "list-type=2&prefix=sales%2F..%2Fhr",
        "versions&prefix=sales%2F",
        "uploads&prefix=sales%2F",
    ],
)
def test_an_argument_given_twice_or_in_another_way_opens_no_other_prefix(world: Inside, query: str) -> None:
    name = f"twice-{abs(hash(query))}"
    key = world.user(name, allow("s3:ListBucket", resource=HERE, Condition={"StringLike": {"s3:prefix": "sales/*"}}))
    status, document = raw(world, key, "GET", f"/{BUCKET}?{query}")
    assert "hr/b" not in document
    assert status == 403 or "<KeyCount>0" in document or "sales/a" in document


@pytest.mark.parametrize(
    "source",
    [f"/{OTHER}/hr/b", f"{OTHER}/%68r/b", f"%2F{OTHER}%2Fhr%2Fb", f"{OTHER}/hr/b?versionId="],
)
def test_a_copys_source_is_judged_as_it_is_read(world: Inside, source: str) -> None:
    name = f"copy-{abs(hash(source))}"
    forbidden = deny("s3:PutObject", Condition={"StringLike": {"s3:x-amz-copy-source": f"{OTHER}/hr/*"}})
    key = world.user(name, allow("s3:*"), forbidden)
    assert raw(world, key, "PUT", f"/{BUCKET}/copied", x_amz_copy_source=source)[0] == 403


# -- keys that try to be something else

PATHS = [
    f"/{BUCKET}/sales/../hr/b", f"/{BUCKET}/sales/..%2Fhr/b", f"/{BUCKET}/sales/%2e%2e/hr/b", f"/{BUCKET}/sales//a",
    f"/{BUCKET}/sales/a/", f"/{BUCKET}/sales/./a", f"/{BUCKET}/SALES/a", f"/{BUCKET}/sales/a%00",
    f"/{BUCKET}/sales/a%20",
    f"/{BUCKET}/sales%5Ca", f"/{BUCKET}/sales%2F..%2F..%2F{OTHER}%2Fhr%2Fb", f"/{BUCKET}//{OTHER}/hr/b",
    f"/{BUCKET}/../{OTHER}/hr/b", f"//{OTHER}/hr/b", f"/{BUCKET}%2F..%2F{OTHER}/hr/b", "/../../../../etc/passwd",
    "/%2e%2e/%2e%2e/etc/passwd", f"/{BUCKET}/..%2F..%2F..%2Fstate.sqlite", f"/{BUCKET}/%2E%2E/credentials",
    f"/{BUCKET}/file:%2F%2F%2Fetc%2Fpasswd", "/state.sqlite", "/credentials", "/objects/00",
    f"/{BUCKET.upper()}/sales/a",
    f"/{BUCKET}/{'a' * 1024}", f"/{BUCKET}/{quote(chr(0x1F600)) * 256}",
]  # fmt: skip


@pytest.mark.parametrize("path", PATHS)
def test_a_path_names_its_own_key_and_no_other_file(world: Inside, path: str) -> None:
    everything = {"aws_access_key_id": world.root["aws_access_key_id"], **world.root}
    status, document = raw(world, everything, "GET", path)
    assert (status in (400, 404), "root:" in document, "SQLite" in document) == (True, False, False), document
    if not path.startswith(f"/{BUCKET}/"):
        return
    name = f"path-{abs(hash(path))}"
    own = world.user(name, allow("s3:GetObject", resource=f"{HERE}/sales/a"))
    assert raw(world, own, "GET", path)[0] in (400, 403)


@pytest.mark.parametrize(
    "key",
    [
        "../x",
        "a//b",
        "/a",
        "a/",
        ".",
        "..",
        "a\u0001b",
        "a\u0000b",
        "A",
        "\u00fc",
        "\U0001f600",
        "a" * 1024,
        "%2e",
        "a+b",
    ],
)
def test_each_key_is_itself(world: Inside, key: str) -> None:
    s3, body = world.client("s3"), key.encode()
    s3.put_object(Bucket=OTHER, Key=key, Body=body)
    assert s3.get_object(Bucket=OTHER, Key=key)["Body"].read() == body
    s3.delete_object(Bucket=OTHER, Key=key)


def test_a_key_of_more_than_1024_bytes_is_too_long(world: Inside) -> None:
    put = world.client("s3").put_object
    for key in ("a" * 1025, "\u00fc" * 513):
        assert code_of(put, Bucket=OTHER, Key=key, Body=b"") == "KeyTooLongError"


# -- policies of buckets

Change = Callable[[dict[str, Any]], dict[str, Any]]
GOOD = {
    "Sid": "one",
    "Effect": "Allow",
    "Principal": {"AWS": "{somebody}"},
    "Action": "s3:GetObject",
    "Resource": ALL,
}
MALFORMED: list[tuple[str, dict[str, Any], str]] = [
    ("no effect", {"Effect": None}, "Effect"),
    ("another effect", {"Effect": "Permit"}, "Effect"),
    ("no principal", {"Principal": None}, "Principal"),
    ("no action", {"Action": None}, "action"),
    ("an action of another service", {"Action": "glue:GetTable"}, "action"),
    ("an action of S3's objects on the bucket", {"Resource": HERE}, "does not apply to any resource"),
    ("an action of the bucket on objects", {"Action": "s3:ListBucket"}, "does not apply to any resource"),
    ("no resource", {"Resource": None}, "resource"),
    ("another bucket", {"Resource": f"arn:aws:s3:::{OTHER}/*"}, "resource"),
    ("a bucket that begins the same", {"Resource": f"arn:aws:s3:::{BUCKET}*"}, "resource"),
    ("everything", {"Resource": "*"}, "resource"),
    ("somebody who is not there", {"Principal": {"AWS": "arn:aws:iam::{account}:user/nobody-here"}}, "principal"),
    ("a wildcard in a principal", {"Principal": {"AWS": "arn:aws:iam::{account}:user/*"}}, "principal"),
    ("a principal of no kind", {"Principal": {"Person": "x"}}, "principal"),
    ("a principal that is nobody", {"Principal": {"AWS": []}}, "principal"),
    ("a canonical user", {"Principal": {"CanonicalUser": "0" * 64}}, "CanonicalUser runs on AWS"),
    ("allow for all but some", {"Principal": None, "NotPrincipal": {"AWS": "{somebody}"}}, "NotPrincipal"),
    ("an operator that is none", {"Condition": {"StringSounds": {"aws:username": "x"}}}, "Condition type"),
    ("a key that is none", {"Condition": {"StringEquals": {"aws:Weather": "x"}}}, "condition key"),
    ("a condition that is a text", {"Condition": "x"}, ""),
    ("an element that is none", {"Foo": "bar"}, "Foo"),
    ("action and not-action", {"NotAction": "s3:PutObject"}, ""),
]


@pytest.mark.parametrize(("change", "text"), [pytest.param(c, t, id=name) for name, c, t in MALFORMED])
def test_a_policy_that_says_nothing_sensible_is_not_kept(world: Inside, change: dict[str, Any], text: str) -> None:
    statement = {name: value for name, value in {**GOOD, **change}.items() if value is not None}
    document = world.policy(statement).replace("{somebody}", world.arn("user", "somebody"))
    put = world.client("s3").put_bucket_policy
    assert code_of(put, Bucket=BUCKET, Policy=document) == "MalformedPolicy"
    assert text in text_of(put, Bucket=BUCKET, Policy=document)


@pytest.mark.parametrize(
    "document",
    [
        "", "[]", "{}", "null", '"x"', "{", "[" * 10_000, '{"Statement": []}', '{"Statement": [1]}',
        '{"Version": "2020-01-01", "Statement": [{good}]}',
        '{"Version": "2012-10-17", "Statement": [{good}, {good}]}',
        '{"Version": "2012-10-17", "Statement": [{good}], "Statement": []}',
        '{"Version": "2012-10-17", "Statement": [{good}], "Comment": "x"}',
        '{"Version": "2012-10-17", "Statement": [{good}], "Id": "' + "x" * 20_480 + '"}',
    ],
)  # fmt: skip
def test_what_is_no_policy_is_not_kept(world: Inside, document: str) -> None:
    text = document.replace("{good}", json.dumps(GOOD)).replace("{somebody}", world.arn("user", "somebody"))
    put = world.client("s3", parameter_validation=False).put_bucket_policy
    assert code_of(put, Bucket=BUCKET, Policy=text) in ("MalformedPolicy", "MissingRequestBodyError")


PUBLIC = [
    ({"Principal": "*"}, True),
    ({"Principal": {"AWS": "*"}}, True),
    ({"Principal": {"AWS": ["*"]}}, True),
    ({"Principal": "*", "Condition": {"StringLike": {"aws:PrincipalArn": "*"}}}, True),
    ({"Principal": "*", "Condition": {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/x"}}}, True),
    ({"Principal": "*", "Condition": {"StringNotEquals": {"aws:SourceVpc": "vpc-1"}}}, True),
    ({"Principal": "*", "Condition": {"IpAddress": {"aws:SourceIp": "0.0.0.0/0"}}}, True),
    ({"Principal": "*", "Condition": {"Bool": {"aws:SecureTransport": "true"}}}, True),
    ({"Principal": "*", "Condition": {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}}, False),
    ({"Principal": "*", "Condition": {"StringEquals": {"aws:PrincipalAccount": "{account}"}}}, False),
    ({"Principal": {"AWS": "{somebody}"}}, False),
    ({"Principal": "*", "Effect": "Deny"}, False),
]


@pytest.mark.parametrize(("change", "public"), PUBLIC)
def test_a_public_policy_is_told_and_blocked(world: Inside, change: dict[str, Any], public: bool) -> None:
    s3, name = world.client("s3"), "rights-public"
    if code_of(s3.head_bucket, Bucket=name):
        s3.create_bucket(Bucket=name)
    text = world.policy({**GOOD, "Resource": f"arn:aws:s3:::{name}/*", **change})
    text = text.replace("{somebody}", world.arn("user", "somebody"))
    s3.put_public_access_block(Bucket=name, PublicAccessBlockConfiguration=PUBLIC_BLOCK)
    assert code_of(s3.put_bucket_policy, Bucket=name, Policy=text) == ("AccessDenied" if public else "")
    s3.delete_public_access_block(Bucket=name)
    s3.put_bucket_policy(Bucket=name, Policy=text)
    assert s3.get_bucket_policy_status(Bucket=name)["PolicyStatus"]["IsPublic"] is public


def test_a_public_bucket_is_open_to_its_account_and_to_nobody_without_a_signature(world: Inside) -> None:
    s3, name = world.client("s3"), "rights-open"
    s3.create_bucket(Bucket=name)
    s3.put_object(Bucket=name, Key="k", Body=b"x")
    s3.delete_public_access_block(Bucket=name)
    everybody = {**GOOD, "Principal": "*", "Resource": f"arn:aws:s3:::{name}/*"}
    s3.put_bucket_policy(Bucket=name, Policy=world.policy(everybody))
    assert code_of(as_user(world, "passer-by").get_object, Bucket=name, Key="k") == ""
    status, _, body = world.raw("GET", f"/{name}/k", {"host": f"127.0.0.1:{PORT}"})
    assert (status, b"AccessDenied" in body) == (403, True)


def test_an_upload_by_a_web_form_is_refused_by_name(world: Inside) -> None:
    form = world.client("s3").generate_presigned_post(BUCKET, "by-form")["fields"]
    body = "".join(f'--x\r\nContent-Disposition: form-data; name="{k}"\r\n\r\n{v}\r\n' for k, v in form.items())
    headers = {"host": f"127.0.0.1:{PORT}", "content-type": "multipart/form-data; boundary=x"}
    status, _, answer = world.raw("POST", f"/{BUCKET}", headers, body + "--x--\r\n")
    assert (status, b"Uploads by a form (POST) run on AWS" in answer) == (501, True)


@pytest.mark.parametrize(
    ("operation", "arguments"),
    [
        ("put_object_acl", {"Key": "plain", "ACL": "public-read"}),
        ("put_object", {"Key": "plain", "ACL": "public-read"}),
        ("put_object", {"Key": "plain", "GrantRead": "uri=http://acs.amazonaws.com/groups/global/AllUsers"}),
        ("put_bucket_acl", {"ACL": "public-read"}),
        ("create_multipart_upload", {"Key": "plain", "ACL": "authenticated-read"}),
    ],
)
def test_access_control_lists_are_off(world: Inside, operation: str, arguments: dict[str, Any]) -> None:
    call = getattr(world.client("s3"), operation)
    assert code_of(call, Bucket=BUCKET, **arguments) == "AccessControlListNotSupported"


@pytest.mark.parametrize("operation", ["get_object", "put_object", "delete_object", "list_objects_v2"])
def test_another_account_is_not_the_owner(world: Inside, operation: str) -> None:
    call = getattr(world.client("s3"), operation)
    key = {} if operation == "list_objects_v2" else {"Key": "plain"}
    assert code_of(call, Bucket=BUCKET, ExpectedBucketOwner="999999999999", **key) == "AccessDenied"


def test_a_copy_may_expect_the_owner_of_its_source(world: Inside) -> None:
    copy = world.client("s3").copy_object
    arguments = {"Bucket": BUCKET, "Key": "copied", "CopySource": f"{OTHER}/plain"}
    assert code_of(copy, **arguments, ExpectedSourceBucketOwner="999999999999") == "AccessDenied"
    assert code_of(copy, **arguments, ExpectedSourceBucketOwner=world.account_id) == ""


# -- numbers, dates and documents that are none: refused, and nothing breaks

BROKEN = [
    ("GET", f"/{BUCKET}?max-keys={'9' * 5000}", {}),
    ("GET", f"/{BUCKET}?max-keys=%C2%B2", {}),
    ("GET", f"/{BUCKET}/plain?partNumber=%C2%B2", {}),
    ("GET", f"/{BUCKET}/plain?partNumber={'9' * 5000}", {}),
    ("PUT", f"/{BUCKET}/x?partNumber={'9' * 5000}&uploadId=1", {}),
    ("GET", f"/{BUCKET}/parts?attributes", {"x_amz_object_attributes": "ObjectParts", "x_amz_max_parts": "many"}),
    ("GET", f"/{BUCKET}/plain?response-content-type=a%0D%0ASet-Cookie%3A%20a%3Db", {}),
    ("GET", f"/{BUCKET}/plain?response-content-disposition=%F0%9F%98%80", {}),
    ("GET", f"/{BUCKET}?continuation-token=%FF", {}),
    ("GET", f"/{BUCKET}?list-type=2&continuation-token=gICA", {}),
    ("GET", f"/{BUCKET}?list-type=2&encoding-type=html", {}),
    ("GET", f"/{BUCKET}?versions&version-id-marker=x", {}),
    ("PUT", f"/{BUCKET}/x?versionId=1", {}),
    ("PUT", f"/{BUCKET}/x", {"x_amz_copy_source": "\u00ff"}),
    ("PUT", f"/{BUCKET}/x", {"x_amz_copy_source": "/"}),
    ("PUT", f"/{BUCKET}/x", {"x_amz_tagging": "a=%FF"}),
    ("PUT", f"/{BUCKET}/x", {"x_amz_tagging": "&".join(f"k{n}=v" for n in range(11))}),
    ("PUT", f"/{BUCKET}/x", {"content_md5": "!"}),
    ("PUT", f"/{BUCKET}/x", {"x_amz_checksum_crc32": "\u00b2"}),
    ("POST", f"/{BUCKET}?delete", {}),
    ("POST", f"/{BUCKET}", {"content_type": "multipart/form-data; boundary=x"}),
    ("PATCH", f"/{BUCKET}/x", {}),
    ("GET", "/%FF/x", {}),
]


@pytest.mark.parametrize(("method", "uri", "headers"), BROKEN)
def test_what_makes_no_sense_is_the_clients_fault(
    world: Inside, method: str, uri: str, headers: dict[str, str]
) -> None:
    status, document = raw(world, world.root, method, uri, **headers)
    assert 400 <= status < 500 or status == 501, document


@pytest.mark.parametrize(
    ("method", "uri", "headers"),
    [
        ("GET", f"/{BUCKET}/plain", {"range": f"bytes={'9' * 5000}-"}),
        ("GET", f"/{BUCKET}/plain", {"range": f"bytes=0-{'9' * 5000}"}),
        ("GET", f"/{BUCKET}/plain", {"if_modified_since": "Sat, 99 Nov 99999 99:99:99 GMT"}),
    ],
)
def test_headers_that_make_no_sense_do_no_harm(world: Inside, method: str, uri: str, headers: dict[str, str]) -> None:
    assert raw(world, world.root, method, uri, **headers)[0] in (200, 206, 416)


DEEP = b"<a>" * 200_000
DOCUMENTS = [
    pytest.param(b"<Delete>" + DEEP, id="deep"),
    pytest.param(b"<Delete>" + DEEP + b"</a>" * 200_000 + b"</Delete>", id="deep and closed"),
    pytest.param(b'<!DOCTYPE Delete [<!ENTITY a "aaaa">]><Delete>&a;</Delete>', id="entities"),
    pytest.param('<!DOCTYPE Delete [<!ENTITY a "aaaa">]><Delete>&a;</Delete>'.encode("utf-16"), id="in UTF-16"),
    pytest.param(b'<?xml version="1.0" encoding="utf-7"?><Delete/>', id="another encoding"),
    pytest.param(b'<!DOCTYPE Delete SYSTEM "file:///etc/passwd"><Delete/>', id="a file"),
    pytest.param(b"<Delete><Object><Key>\xff</Key></Object></Delete>", id="not UTF-8"),
    pytest.param(b"<Delete " + b" ".join(b'a%d="x"' % n for n in range(50_000)) + b"/>", id="many attributes"),
    pytest.param(b"<Delete>" + b"<Object/>" * 100_000 + b"</Delete>", id="many objects"),
    pytest.param(b"", id="nothing"),
    pytest.param(b"x" * 9_000_000, id="too large"),
]


@pytest.mark.parametrize("document", DOCUMENTS)
@pytest.mark.parametrize("where", ["?delete", "?tagging", "?lifecycle", "?cors", "?versioning"])
def test_a_hostile_document_is_malformed(world: Inside, document: bytes, where: str) -> None:
    body = document.replace(b"Delete", {"?delete": b"Delete", "?tagging": b"Tagging", "?cors": b"CORSConfiguration",
                                        "?lifecycle": b"LifecycleConfiguration",
                                        "?versioning": b"VersioningConfiguration"}[where])  # fmt: skip
    status, answer = raw(world, world.root, "POST" if where == "?delete" else "PUT", f"/{BUCKET}{where}", body)
    assert (status, "MalformedXML" in answer) == (400, True), answer[:300]
