"""S3 over boto3 on a running endpoint: the operations, their errors, their permissions."""

import hashlib
import io
import json
import urllib.error
import urllib.request
from collections.abc import Callable
from typing import Any

import boto3
import pytest
from boto3.s3.transfer import TransferConfig
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.exceptions import ClientError
from botocore.httpsession import URLLib3Session

from .conftest import EndpointProcess, policy

MIB = 1024 * 1024
CRC_OF_DATA = "rfPzYw=="


@pytest.fixture(scope="session")
def s3(endpoint: EndpointProcess) -> Any:
    return endpoint.client("s3")


@pytest.fixture
def bucket(s3: Any, request: pytest.FixtureRequest) -> str:
    """A bucket named after the test."""
    name = "s3-" + hashlib.sha1(request.node.nodeid.encode(), usedforsecurity=False).hexdigest()[:20]
    s3.create_bucket(Bucket=name)
    return name


def code_of(action: Callable[[], Any]) -> tuple[str, int]:
    with pytest.raises(ClientError) as caught:
        action()
    response = caught.value.response
    return response["Error"]["Code"], response["ResponseMetadata"]["HTTPStatusCode"]


def body(got: dict[str, Any]) -> bytes:
    data: bytes = got["Body"].read()
    return data


def test_an_object_comes_back_with_its_headers_and_metadata(s3: Any, bucket: str) -> None:
    put = s3.put_object(
        Bucket=bucket,
        Key="a/ü b+&.csv",
        Body=b"1,2",
        ContentType="text/csv",
        CacheControl="no-store",
        ContentDisposition="inline",
        ContentEncoding="gzip",
        Metadata={"owner-Name": "ann", "under_score": "x"},
        Tagging="team=sales&x=",
    )
    got = s3.get_object(Bucket=bucket, Key="a/ü b+&.csv")
    assert body(got) == b"1,2"
    assert got["Metadata"] == {"owner-name": "ann", "under_score": "x"}
    assert {k: got[k] for k in ("ContentType", "CacheControl", "ContentDisposition", "ContentEncoding")} == {
        "ContentType": "text/csv",
        "CacheControl": "no-store",
        "ContentDisposition": "inline",
        "ContentEncoding": "gzip",
    }
    assert (got["ETag"], got["TagCount"], got["ServerSideEncryption"]) == (put["ETag"], 2, "AES256")
    assert got["ChecksumCRC32"] == put["ChecksumCRC32"]
    assert "VersionId" not in put


@pytest.mark.parametrize(("span", "expected"), [("bytes=0-3", b"0123"), ("bytes=-2", b"89"), ("bytes=7-99", b"789")])
def test_a_range_is_read(s3: Any, bucket: str, span: str, expected: bytes) -> None:
    s3.put_object(Bucket=bucket, Key="a", Body=b"0123456789")
    got = s3.get_object(Bucket=bucket, Key="a", Range=span)
    assert (body(got), got["ResponseMetadata"]["HTTPStatusCode"]) == (expected, 206)
    assert got["ContentRange"].endswith("/10")
    assert code_of(lambda: s3.get_object(Bucket=bucket, Key="a", Range="bytes=10-")) == ("InvalidRange", 416)


def test_a_conditional_read_of_what_is_known_is_not_modified(s3: Any, bucket: str) -> None:
    etag = s3.put_object(Bucket=bucket, Key="a", Body=b"x")["ETag"]
    assert code_of(lambda: s3.get_object(Bucket=bucket, Key="a", IfNoneMatch=etag)) == ("304", 304)
    assert code_of(lambda: s3.head_object(Bucket=bucket, Key="a", IfMatch='"other"')) == ("412", 412)
    assert code_of(lambda: s3.get_object(Bucket=bucket, Key="a", IfMatch='"other"')) == ("PreconditionFailed", 412)


def test_a_get_answers_with_the_headers_it_asks_for(s3: Any, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="a", Body=b"x")
    got = s3.get_object(Bucket=bucket, Key="a", ResponseContentType="text/x", ResponseContentDisposition="attachment")
    assert (got["ContentType"], got["ContentDisposition"]) == ("text/x", "attachment")


def test_what_is_not_there_is_said_in_s3s_words(s3: Any, bucket: str) -> None:
    cases: list[tuple[Callable[[], Any], tuple[str, int]]] = [
        (lambda: s3.get_object(Bucket=bucket, Key="none"), ("NoSuchKey", 404)),
        (lambda: s3.head_object(Bucket=bucket, Key="none"), ("404", 404)),
        (lambda: s3.get_object(Bucket="no-such-bucket-here", Key="a"), ("NoSuchBucket", 404)),
        (lambda: s3.head_bucket(Bucket="no-such-bucket-here"), ("404", 404)),
        (lambda: s3.list_objects_v2(Bucket="no-such-bucket-here"), ("NoSuchBucket", 404)),
        (lambda: s3.get_object(Bucket=bucket, Key="a", VersionId="v" * 32), ("NoSuchVersion", 404)),
        (lambda: s3.list_parts(Bucket=bucket, Key="a", UploadId="u"), ("NoSuchUpload", 404)),
        (lambda: s3.get_bucket_policy(Bucket=bucket), ("NoSuchBucketPolicy", 404)),
        (lambda: s3.get_bucket_policy_status(Bucket=bucket), ("NoSuchBucketPolicy", 404)),
        (lambda: s3.get_bucket_tagging(Bucket=bucket), ("NoSuchTagSet", 404)),
        (lambda: s3.get_bucket_cors(Bucket=bucket), ("NoSuchCORSConfiguration", 404)),
        (lambda: s3.get_bucket_lifecycle_configuration(Bucket=bucket), ("NoSuchLifecycleConfiguration", 404)),
        (lambda: s3.get_bucket_website(Bucket=bucket), ("NoSuchWebsiteConfiguration", 404)),
        (lambda: s3.get_bucket_replication(Bucket=bucket), ("ReplicationConfigurationNotFoundError", 404)),
        (lambda: s3.get_object_lock_configuration(Bucket=bucket), ("ObjectLockConfigurationNotFoundError", 404)),
    ]
    assert [code_of(action) for action, _ in cases] == [expected for _, expected in cases]


def test_what_only_aws_has_is_refused_by_name_and_not_taken_for_something_else(s3: Any, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="a", Body=b"x")
    for action in (
        lambda: s3.put_bucket_website(Bucket=bucket, WebsiteConfiguration={"IndexDocument": {"Suffix": "i.html"}}),
        lambda: s3.restore_object(Bucket=bucket, Key="a"),
        lambda: s3.get_object_torrent(Bucket=bucket, Key="a"),
        lambda: s3.put_object(Bucket=bucket, Key="a", Body=b"y", ObjectLockLegalHoldStatus="ON"),
    ):
        assert code_of(action) == ("NotImplemented", 501)
    assert body(s3.get_object(Bucket=bucket, Key="a")) == b"x"


def test_a_new_bucket_is_private_and_encrypted_as_on_aws(s3: Any, bucket: str) -> None:
    block = s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"]
    rules = s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]["Rules"]
    ownership = s3.get_bucket_ownership_controls(Bucket=bucket)["OwnershipControls"]["Rules"]
    assert set(block.values()) == {True}
    assert rules[0]["ApplyServerSideEncryptionByDefault"] == {"SSEAlgorithm": "AES256"}
    assert ownership == [{"ObjectOwnership": "BucketOwnerEnforced"}]
    assert s3.get_bucket_acl(Bucket=bucket)["Grants"][0]["Permission"] == "FULL_CONTROL"
    assert code_of(lambda: s3.put_bucket_acl(Bucket=bucket, ACL="public-read")) == (
        "AccessControlListNotSupported",
        400,
    )


SETTINGS = [
    (
        "bucket_encryption",
        {
            "ServerSideEncryptionConfiguration": {
                "Rules": [
                    {
                        "ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": "k"},
                        "BucketKeyEnabled": True,
                    }
                ]
            }
        },
    ),
    (
        "public_access_block",
        {
            "PublicAccessBlockConfiguration": {
                "BlockPublicAcls": True,
                "IgnorePublicAcls": False,
                "BlockPublicPolicy": False,
                "RestrictPublicBuckets": True,
            }
        },
    ),
    ("bucket_ownership_controls", {"OwnershipControls": {"Rules": [{"ObjectOwnership": "ObjectWriter"}]}}),
    ("bucket_tagging", {"Tagging": {"TagSet": [{"Key": "mesh", "Value": "yes"}]}}),
    (
        "bucket_lifecycle_configuration",
        {
            "LifecycleConfiguration": {
                "Rules": [{"ID": "old", "Status": "Enabled", "Filter": {"Prefix": "tmp/"}, "Expiration": {"Days": 3}}]
            }
        },
    ),
    (
        "bucket_cors",
        {"CORSConfiguration": {"CORSRules": [{"AllowedMethods": ["GET"], "AllowedOrigins": ["https://x"]}]}},
    ),
    ("bucket_logging", {"BucketLoggingStatus": {"LoggingEnabled": {"TargetBucket": "b", "TargetPrefix": "p"}}}),
    ("bucket_versioning", {"VersioningConfiguration": {"Status": "Suspended"}}),
]


@pytest.mark.parametrize(("name", "document"), SETTINGS, ids=[name for name, _ in SETTINGS])
def test_a_setting_is_answered_as_it_was_put_and_can_be_removed(
    s3: Any, bucket: str, name: str, document: dict[str, Any]
) -> None:
    before = answer(s3, name, bucket)
    getattr(s3, f"put_{name}")(Bucket=bucket, **document)
    got = answer(s3, name, bucket)
    assert isinstance(got, dict)
    assert got == document or got in document.values() or got == next(iter(document.values()))
    remove = {"bucket_lifecycle_configuration": "delete_bucket_lifecycle"}.get(name, f"delete_{name}")
    if name in ("bucket_logging", "bucket_versioning"):
        return
    getattr(s3, remove)(Bucket=bucket)
    after = answer(s3, name, bucket)
    removed = {
        "public_access_block": "NoSuchPublicAccessBlockConfiguration",
        "bucket_ownership_controls": "OwnershipControlsNotFoundError",
    }
    assert after == removed.get(name, before)


def answer(s3: Any, name: str, bucket: str) -> Any:
    try:
        got = getattr(s3, f"get_{name}")(Bucket=bucket)
    except ClientError as error:
        return error.response["Error"]["Code"]
    del got["ResponseMetadata"]
    return got


NOBODY = policy(
    {
        "Effect": "Allow",
        "Principal": {"AWS": "arn:aws:iam::000000000000:role/nobody"},
        "Action": "s3:GetObject",
        "Resource": "arn:aws:s3:::BUCKET/*",
    }
)


@pytest.mark.parametrize(
    ("name", "arguments", "code"),
    [
        ("put_bucket_versioning", {"VersioningConfiguration": {"Status": "On"}}, "MalformedXML"),
        ("put_bucket_tagging", {"Tagging": {"TagSet": [{"Key": "a", "Value": "1"}] * 2}}, "InvalidTag"),
        ("put_bucket_policy", {"Policy": "{}"}, "MalformedPolicy"),
        ("put_bucket_policy", {"Policy": NOBODY}, "MalformedPolicy"),
        (
            "put_bucket_notification_configuration",
            {
                "NotificationConfiguration": {
                    "QueueConfigurations": [{"QueueArn": "arn:aws:sqs:us-east-1:0:q", "Events": ["s3:ObjectCreated:*"]}]
                }
            },
            "NotImplemented",
        ),
    ],
)
def test_a_setting_that_is_wrong_is_refused(s3: Any, bucket: str, name: str, arguments: Any, code: str) -> None:
    arguments = {key: value.replace("BUCKET", bucket) if key == "Policy" else value for key, value in arguments.items()}
    assert code_of(lambda: getattr(s3, name)(Bucket=bucket, **arguments))[0] == code


def test_the_default_encryption_of_a_bucket_is_that_of_its_objects(s3: Any, bucket: str) -> None:
    s3.put_bucket_encryption(Bucket=bucket, **dict(SETTINGS)["bucket_encryption"])
    assert s3.put_object(Bucket=bucket, Key="a", Body=b"")["ServerSideEncryption"] == "aws:kms"
    assert s3.head_object(Bucket=bucket, Key="a")["SSEKMSKeyId"] == "k"


def test_listings_have_pages_prefixes_and_odd_keys(s3: Any, bucket: str) -> None:
    keys = sorted(["a", "a/1", "a/2", "b c+d&e<f>", "ü/1", "z\n1", "%41", "tab\t"])
    for key in keys:
        s3.put_object(Bucket=bucket, Key=key, Body=b"x")
    for operation in ("list_objects", "list_objects_v2"):
        pages = s3.get_paginator(operation).paginate(Bucket=bucket, PaginationConfig={"PageSize": 3})
        assert [item["Key"] for page in pages for item in page["Contents"]] == keys
        pages = s3.get_paginator(operation).paginate(Bucket=bucket, Delimiter="/", PaginationConfig={"PageSize": 1})
        found = [page.get("Contents", [{}])[0].get("Key") or page["CommonPrefixes"][0]["Prefix"] for page in pages]
        assert found == sorted(["a", "a/", "b c+d&e<f>", "ü/", "z\n1", "%41", "tab\t"])
    page = s3.list_objects_v2(Bucket=bucket, StartAfter="a/1", FetchOwner=True)
    assert page["Contents"][0]["Key"] == "a/2" and page["Contents"][0]["Owner"]
    assert s3.list_objects_v2(Bucket=bucket, MaxKeys=0)["KeyCount"] == 0
    bad = lambda: s3.list_objects_v2(Bucket=bucket, ContinuationToken="*")  # noqa: E731
    assert code_of(bad) == ("InvalidArgument", 400)


def test_versions_are_listed_read_and_erased(s3: Any, bucket: str) -> None:
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    first = s3.put_object(Bucket=bucket, Key="a", Body=b"one")["VersionId"]
    s3.put_object(Bucket=bucket, Key="a", Body=b"two")
    deleted = s3.delete_object(Bucket=bucket, Key="a")
    assert deleted["DeleteMarker"]
    assert body(s3.get_object(Bucket=bucket, Key="a", VersionId=first)) == b"one"
    with pytest.raises(ClientError) as caught:
        s3.get_object(Bucket=bucket, Key="a")
    assert caught.value.response["ResponseMetadata"]["HTTPHeaders"]["x-amz-delete-marker"] == "true"
    marker = deleted["VersionId"]
    assert code_of(lambda: s3.get_object(Bucket=bucket, Key="a", VersionId=marker)) == ("MethodNotAllowed", 405)
    pages = s3.get_paginator("list_object_versions").paginate(Bucket=bucket, PaginationConfig={"PageSize": 1})
    found = [item for page in pages for kind in ("Versions", "DeleteMarkers") for item in page.get(kind, [])]
    assert [item["IsLatest"] for item in found] == [True, False, False]
    assert code_of(lambda: s3.delete_bucket(Bucket=bucket)) == ("BucketNotEmpty", 409)
    done = s3.delete_objects(
        Bucket=bucket, Delete={"Objects": [{"Key": "a", "VersionId": item["VersionId"]} for item in found]}
    )
    assert len(done["Deleted"]) == 3
    s3.delete_bucket(Bucket=bucket)


def test_many_keys_are_deleted_at_once_each_with_its_own_outcome(
    endpoint: EndpointProcess, s3: Any, bucket: str
) -> None:
    arn = f"arn:aws:s3:::{bucket}"
    endpoint.make_role(
        "s3-deleter",
        {"Effect": "Allow", "Action": ["s3:DeleteObject", "s3:ListBucket"], "Resource": [arn, f"{arn}/mine/*"]},
    )
    for key in ("mine/1", "mine/ü&", "theirs"):
        s3.put_object(Bucket=bucket, Key=key, Body=b"x")
    objects = [{"Key": key} for key in ("mine/1", "mine/ü&", "mine/none", "theirs")]
    done = endpoint.client("s3", "s3-deleter").delete_objects(Bucket=bucket, Delete={"Objects": objects})
    assert [item["Key"] for item in done["Deleted"]] == ["mine/1", "mine/ü&", "mine/none"]
    assert [(item["Key"], item["Code"]) for item in done["Errors"]] == [("theirs", "AccessDenied")]
    quiet = s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": "theirs"}], "Quiet": True})
    assert "Deleted" not in quiet and "Contents" not in s3.list_objects_v2(Bucket=bucket)


def test_conditional_writes_and_deletes_over_http(s3: Any, bucket: str) -> None:
    etag = s3.put_object(Bucket=bucket, Key="a", Body=b"x", IfNoneMatch="*")["ETag"]
    put = lambda **how: s3.put_object(Bucket=bucket, Key="a", Body=b"y", **how)  # noqa: E731
    assert code_of(lambda: put(IfNoneMatch="*")) == ("PreconditionFailed", 412)
    assert code_of(lambda: put(IfMatch='"other"')) == ("PreconditionFailed", 412)
    source = {"Bucket": bucket, "Key": "a"}
    copy = lambda **how: s3.copy_object(Bucket=bucket, CopySource=source, **how)  # noqa: E731
    assert code_of(lambda: copy(Key="a", MetadataDirective="REPLACE", IfNoneMatch="*")) == ("PreconditionFailed", 412)
    assert code_of(lambda: copy(Key="b", CopySourceIfMatch='"other"')) == ("PreconditionFailed", 412)
    assert code_of(lambda: s3.delete_object(Bucket=bucket, Key="a", IfMatch='"o"')) == ("PreconditionFailed", 412)
    put(IfMatch=etag)
    assert body(s3.get_object(Bucket=bucket, Key="a")) == b"y"


def test_a_copy_keeps_or_replaces_metadata_and_tags(s3: Any, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="a b/ü", Body=b"x", Metadata={"m": "1"}, ContentType="text/x", Tagging="t=1")
    source = {"Bucket": bucket, "Key": "a b/ü"}
    s3.copy_object(Bucket=bucket, Key="kept", CopySource=source)
    s3.copy_object(
        Bucket=bucket,
        Key="replaced",
        CopySource=source,
        Metadata={"m": "2"},
        MetadataDirective="REPLACE",
        TaggingDirective="REPLACE",
        Tagging="t=2",
    )
    found = []
    for key in ("kept", "replaced"):
        head = s3.head_object(Bucket=bucket, Key=key)
        tags = s3.get_object_tagging(Bucket=bucket, Key=key)["TagSet"]
        found.append((head["Metadata"]["m"], head["ContentType"], tags[0]["Value"]))
    assert found == [("1", "text/x", "1"), ("2", "binary/octet-stream", "2")]
    assert (
        code_of(lambda: s3.copy_object(Bucket=bucket, Key="kept", CopySource=f"{bucket}/kept"))[0] == "InvalidRequest"
    )


def test_tags_are_put_and_removed(s3: Any, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="a", Body=b"")
    s3.put_object_tagging(Bucket=bucket, Key="a", Tagging={"TagSet": [{"Key": "k", "Value": "v<"[:1]}]})
    assert s3.get_object_tagging(Bucket=bucket, Key="a")["TagSet"] == [{"Key": "k", "Value": "v"}]
    s3.delete_object_tagging(Bucket=bucket, Key="a")
    assert s3.get_object_tagging(Bucket=bucket, Key="a")["TagSet"] == []


@pytest.mark.parametrize("algorithm", ["CRC32", "SHA1", "SHA256"])
def test_the_transfer_manager_sends_and_fetches_in_parts(s3: Any, bucket: str, algorithm: str) -> None:
    data = bytes(range(256)) * 50_000
    config = TransferConfig(multipart_threshold=5 * MIB, multipart_chunksize=5 * MIB)
    s3.upload_fileobj(io.BytesIO(data), bucket, "big", ExtraArgs={"ChecksumAlgorithm": algorithm}, Config=config)
    fetched = io.BytesIO()
    s3.download_fileobj(bucket, "big", fetched, Config=config)
    assert fetched.getvalue() == data
    head = s3.head_object(Bucket=bucket, Key="big", ChecksumMode="ENABLED")
    assert head["ETag"].endswith('-3"') and head[f"Checksum{algorithm}"].endswith("-3")
    assert body(s3.get_object(Bucket=bucket, Key="big", PartNumber=3)) == data[10 * MIB :]
    wanted = ["ETag", "ObjectSize", "ObjectParts", "Checksum", "StorageClass"]
    found = s3.get_object_attributes(Bucket=bucket, Key="big", ObjectAttributes=wanted)
    assert (found["ObjectSize"], found["ObjectParts"]["TotalPartsCount"]) == (len(data), 3)
    s3.copy(
        {"Bucket": bucket, "Key": "big"},
        bucket,
        "copy",
        Config=TransferConfig(multipart_threshold=1, multipart_chunksize=5 * MIB),
    )
    assert body(s3.get_object(Bucket=bucket, Key="copy")) == data


def test_uploads_and_parts_are_listed_until_they_are_aborted(s3: Any, bucket: str) -> None:
    ids = [s3.create_multipart_upload(Bucket=bucket, Key=key)["UploadId"] for key in ("a", "b", "b")]
    for number in (3, 1):
        s3.upload_part(Bucket=bucket, Key="a", UploadId=ids[0], PartNumber=number, Body=b"x")
    pages = s3.get_paginator("list_parts").paginate(
        Bucket=bucket, Key="a", UploadId=ids[0], PaginationConfig={"PageSize": 1}
    )
    assert [part["PartNumber"] for page in pages for part in page["Parts"]] == [1, 3]
    pages = s3.get_paginator("list_multipart_uploads").paginate(Bucket=bucket, PaginationConfig={"PageSize": 1})
    listed = [upload["UploadId"] for page in pages for upload in page["Uploads"]]
    assert (listed[0], sorted(listed)) == (ids[0], sorted(ids))
    for upload in s3.list_multipart_uploads(Bucket=bucket)["Uploads"]:
        s3.abort_multipart_upload(Bucket=bucket, Key=upload["Key"], UploadId=upload["UploadId"])
    assert "Uploads" not in s3.list_multipart_uploads(Bucket=bucket)


@pytest.mark.parametrize("number", [0, 10_001])
def test_a_part_number_out_of_range_is_refused(s3: Any, bucket: str, number: int) -> None:
    upload = s3.create_multipart_upload(Bucket=bucket, Key="a")["UploadId"]
    put = lambda: s3.upload_part(Bucket=bucket, Key="a", UploadId=upload, PartNumber=number, Body=b"")  # noqa: E731
    assert code_of(put) == ("InvalidArgument", 400)


@pytest.mark.parametrize(
    "announced",
    [{"ContentMD5": "AAAAAAAAAAAAAAAAAAAAAA=="}, {"ChecksumCRC32": "AAAAAA=="}, {"ChecksumSHA256": "A" * 43 + "="}],
)
def test_a_body_that_is_not_what_was_announced_is_refused(s3: Any, bucket: str, announced: dict[str, str]) -> None:
    assert code_of(lambda: s3.put_object(Bucket=bucket, Key="a", Body=b"x", **announced)) == ("BadDigest", 400)
    assert "Contents" not in s3.list_objects_v2(Bucket=bucket)


def test_presigned_urls_get_and_put(endpoint: EndpointProcess, bucket: str) -> None:
    s3, key = endpoint.client_of(endpoint.session(), "s3", signature_version="s3v4"), "a b/ü.txt"
    url = s3.generate_presigned_url("put_object", {"Bucket": bucket, "Key": key})
    urllib.request.urlopen(urllib.request.Request(url, b"data", method="PUT")).close()
    url = s3.generate_presigned_url("get_object", {"Bucket": bucket, "Key": key})
    with urllib.request.urlopen(url) as answered:
        assert answered.read() == b"data"
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(url.replace("X-Amz-Signature=", "X-Amz-Signature=0"))
    with caught.value as error:
        assert error.code == 403


def test_buckets_are_made_listed_and_removed(s3: Any) -> None:
    names = [f"s3-listed-{n}" for n in range(3)]
    for name in names:
        assert s3.create_bucket(Bucket=name)["Location"] == f"/{name}"
    s3.create_bucket(Bucket=names[0])
    pages = s3.get_paginator("list_buckets").paginate(Prefix="s3-listed", PaginationConfig={"PageSize": 2})
    assert [item["Name"] for page in pages for item in page["Buckets"]] == names
    assert s3.get_bucket_location(Bucket=names[0])["LocationConstraint"] is None
    elsewhere = {"LocationConstraint": "eu-west-1"}
    create = lambda: s3.create_bucket(Bucket="s3-abroad", CreateBucketConfiguration=elsewhere)  # noqa: E731
    assert code_of(create)[0] == "IllegalLocationConstraintException"
    assert s3.head_bucket(Bucket=names[0])["BucketRegion"] == "us-east-1"
    for name in names:
        s3.delete_bucket(Bucket=name)
    assert not s3.list_buckets(Prefix="s3-listed")["Buckets"]


def test_a_role_may_do_what_its_policy_says_and_is_told_what_it_lacks(
    endpoint: EndpointProcess, s3: Any, bucket: str
) -> None:
    arn = f"arn:aws:s3:::{bucket}"
    endpoint.make_role("s3-reader", {"Effect": "Allow", "Action": "s3:GetObject", "Resource": f"{arn}/open/*"})
    s3.put_object(Bucket=bucket, Key="open/a", Body=b"x")
    s3.put_object(Bucket=bucket, Key="shut/a", Body=b"x")
    reader = endpoint.client("s3", "s3-reader")
    assert body(reader.get_object(Bucket=bucket, Key="open/a")) == b"x"
    for action in (
        lambda: reader.get_object(Bucket=bucket, Key="shut/a"),
        lambda: reader.get_object(Bucket=bucket, Key="open/none"),
        lambda: reader.put_object(Bucket=bucket, Key="open/a", Body=b"y"),
        lambda: reader.list_objects_v2(Bucket=bucket),
        lambda: reader.copy_object(Bucket=bucket, Key="open/b", CopySource=f"{bucket}/open/a"),
        lambda: reader.get_bucket_policy(Bucket=bucket),
        lambda: reader.delete_bucket(Bucket=bucket),
        lambda: reader.list_buckets(),
    ):
        assert code_of(action) == ("AccessDenied", 403)
    with pytest.raises(ClientError, match=r"assumed-role/s3-reader/test is not authorized to perform: s3:PutObject on"):
        reader.put_object(Bucket=bucket, Key="open/a", Body=b"y")


def test_a_bucket_policy_closes_the_bucket_to_all_but_one_role_and_the_root_can_mend_it(
    endpoint: EndpointProcess, s3: Any, bucket: str
) -> None:
    arn = f"arn:aws:s3:::{bucket}"
    keeper = endpoint.make_role("s3-keeper")
    endpoint.make_role("s3-other")
    closed = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": [arn, f"{arn}/*"],
        "Condition": {"ArnNotEquals": {"aws:PrincipalArn": keeper}},
    }
    s3.put_bucket_policy(Bucket=bucket, Policy=policy(closed))
    endpoint.client("s3", "s3-keeper").put_object(Bucket=bucket, Key="a", Body=b"x")
    for shut_out in (endpoint.client("s3", "s3-other"), s3):
        assert code_of(lambda client=shut_out: client.get_object(Bucket=bucket, Key="a")) == ("AccessDenied", 403)
    assert json.loads(s3.get_bucket_policy(Bucket=bucket)["Policy"])["Statement"] == [closed]
    s3.delete_bucket_policy(Bucket=bucket)
    assert body(s3.get_object(Bucket=bucket, Key="a")) == b"x"


def test_a_public_policy_is_refused_while_public_access_is_blocked(s3: Any, bucket: str) -> None:
    open_to_all = policy(
        {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{bucket}/*"}
    )
    assert code_of(lambda: s3.put_bucket_policy(Bucket=bucket, Policy=open_to_all)) == ("AccessDenied", 403)
    s3.delete_public_access_block(Bucket=bucket)
    s3.put_bucket_policy(Bucket=bucket, Policy=open_to_all)
    assert s3.get_bucket_policy_status(Bucket=bucket)["PolicyStatus"]["IsPublic"]


def test_the_owner_that_a_request_expects_must_be_this_account(endpoint: EndpointProcess, s3: Any, bucket: str) -> None:
    s3.head_bucket(Bucket=bucket, ExpectedBucketOwner=endpoint.account_id)
    head = lambda: s3.head_bucket(Bucket=bucket, ExpectedBucketOwner="111122223333")  # noqa: E731
    assert code_of(head) == ("403", 403)


def test_everything_is_still_there_after_a_kill(own_endpoint: EndpointProcess) -> None:
    s3 = own_endpoint.client("s3")
    s3.create_bucket(Bucket="kept")
    s3.put_bucket_versioning(Bucket="kept", VersioningConfiguration={"Status": "Enabled"})
    versions = [s3.put_object(Bucket="kept", Key="a", Body=text, Tagging="t=1")["VersionId"] for text in (b"1", b"2")]
    upload = s3.create_multipart_upload(Bucket="kept", Key="big")["UploadId"]
    part = s3.upload_part(Bucket="kept", Key="big", UploadId=upload, PartNumber=1, Body=b"part")
    own_endpoint.kill()
    own_endpoint.start()
    s3 = own_endpoint.client_of(boto3.Session(region_name=own_endpoint.region, **own_endpoint.root_key()), "s3")
    assert [body(s3.get_object(Bucket="kept", Key="a", VersionId=v)) for v in versions] == [b"1", b"2"]
    parts = {"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]}
    s3.complete_multipart_upload(Bucket="kept", Key="big", UploadId=upload, MultipartUpload=parts)
    assert body(s3.get_object(Bucket="kept", Key="big")) == b"part"


def test_a_trailing_checksum_is_verified(endpoint: EndpointProcess, s3: Any, bucket: str) -> None:
    for checksum, status in ((CRC_OF_DATA, 200), ("AAAAAA==", 400)):
        framed = f"4\r\ndata\r\n0\r\nx-amz-checksum-crc32:{checksum}\r\n\r\n".encode()
        headers = {
            "x-amz-trailer": "x-amz-checksum-crc32",
            "x-amz-decoded-content-length": "4",
            "Content-Encoding": "aws-chunked",
        }
        request = AWSRequest("PUT", f"{endpoint.url}/{bucket}/trailed", headers, framed)
        request.context["checksum"] = {"request_algorithm": {"in": "trailer"}}
        S3SigV4Auth(endpoint.session().get_credentials(), "s3", endpoint.region).add_auth(request)
        assert URLLib3Session().send(request.prepare()).status_code == status
    got = s3.get_object(Bucket=bucket, Key="trailed", ChecksumMode="ENABLED")
    assert (body(got), got["ChecksumCRC32"], got.get("ContentEncoding")) == (b"data", CRC_OF_DATA, None)
