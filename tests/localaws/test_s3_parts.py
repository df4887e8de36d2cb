"""The small deciders of S3, by tables: ranges, conditions, checksums, documents, policies."""

from datetime import UTC, datetime
from typing import Any

import pytest

from mesh_core.localaws.aws_error import AwsError
from mesh_core.localaws.s3 import conditions, xml
from mesh_core.localaws.s3.checksums import Digests, announced
from mesh_core.localaws.s3.names import check_tags
from mesh_core.localaws.s3.policy_api import checked, is_public
from mesh_core.localaws.s3.records import Details, Version


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (None, None),
        ("bytes=0-3", (0, 4)),
        ("bytes=2-", (2, 10)),
        ("bytes=-3", (7, 10)),
        ("bytes=-30", (0, 10)),
        ("bytes=8-99", (8, 10)),
        ("bytes=9-9", (9, 10)),
        ("bytes=3-2", None),
        ("bytes=-", None),
        ("bytes=0-1,3-4", None),
        ("items=0-1", None),
        ("bytes=10-", "InvalidRange"),
        ("bytes=-0", "InvalidRange"),
    ],
)
def test_a_range_of_ten_bytes(header: str | None, expected: Any) -> None:
    try:
        found = conditions.span(header, 10)
    except AwsError as error:
        assert (error.code, error.status) == (expected, 416)
        return
    assert (found and (found.start, found.stop)) == expected


MOMENT = datetime(2026, 11, 22, 12, tzinfo=UTC)
BEFORE, SAME, AFTER = (f"Sun, 22 Nov 2026 {hour}:00:00 GMT" for hour in (11, 12, 13))


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"if-match": '"e"'}, None),
        ({"if-match": '"x", "e"'}, None),
        ({"if-match": "*"}, None),
        ({"if-match": '"x"'}, 412),
        ({"if-none-match": '"e"'}, 304),
        ({"if-none-match": '"x"'}, None),
        ({"if-modified-since": BEFORE}, None),
        ({"if-modified-since": SAME}, 304),
        ({"if-modified-since": AFTER}, 304),
        ({"if-unmodified-since": BEFORE}, 412),
        ({"if-unmodified-since": SAME}, None),
        ({"if-match": '"e"', "if-unmodified-since": BEFORE}, None),
        ({"if-none-match": '"e"', "if-modified-since": BEFORE}, 304),
        ({"if-none-match": '"x"', "if-modified-since": AFTER}, None),
        ({"if-modified-since": "yesterday"}, None),
    ],
)
def test_a_conditional_read_of_version_e_from_noon(headers: dict[str, str], expected: int | None) -> None:
    version = Version(1, "b", "k", "null", True, "f", 1, "e", MOMENT, Details(), {})
    try:
        conditions.check_read(version, headers)
        status = None
    except AwsError as error:
        status = error.status
    assert status == expected


@pytest.mark.parametrize(
    ("algorithm", "expected"),
    # The published check values of "123456789".
    [
        ("crc32", "y/Q5Jg=="),
        ("crc32c", "4waSgw=="),
        ("crc64nvme", "rosUhgp5mIg="),
    ],
)
def test_the_checksum_of_the_digits(algorithm: str, expected: str) -> None:
    digests = Digests([algorithm])
    digests.update(b"123456789")
    assert digests.values() == {algorithm: expected}


@pytest.mark.parametrize("algorithm", ["crc32c", "crc64nvme"])
def test_a_checksum_does_not_depend_on_how_the_bytes_arrive(algorithm: str) -> None:
    data = bytes(range(256)) * 1001
    whole, pieces = Digests([algorithm]), Digests([algorithm])
    whole.update(data)
    for start in range(0, len(data), 777):
        pieces.update(data[start : start + 777])
    assert whole.values() == pieces.values()


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({"x-amz-checksum-crc32": "AAAAAA==", "x-amz-checksum-sha1": "x"}, "InvalidRequest"),
        ({"x-amz-checksum-crc32": "not base64"}, "InvalidRequest"),
        ({"content-md5": "AAAA"}, "InvalidDigest"),
    ],
)
def test_a_malformed_announcement_is_refused(headers: dict[str, str], code: str) -> None:
    with pytest.raises(AwsError) as caught:
        announced(headers)
    assert caught.value.code == code


def test_a_document_escapes_what_xml_would_lose() -> None:
    text = xml.document("R", [("K", "a<b>&\r\x01ü"), ("None", None), ("B", True), ("L", [("N", 1)])], namespace="")
    assert text.decode().endswith("<R><K>a&lt;b&gt;&amp;&#xd;&#x1;ü</K><B>true</B><L><N>1</N></L></R>")


@pytest.mark.parametrize(
    "text", [b"", b"<Delete>", b"<Other/>", b"<!DOCTYPE Delete [<!ENTITY a 'b'>]><Delete>&a;</Delete>"]
)
def test_a_document_that_is_not_what_it_should_be_is_malformed(text: bytes) -> None:
    with pytest.raises(AwsError) as caught:
        xml.parse(text, "Delete")
    assert caught.value.code == "MalformedXML"


@pytest.mark.parametrize(
    ("tags", "code"),
    [
        ([("a", "b"), ("ü key", "v/1")], None),
        ([("a", "1"), ("a", "2")], "InvalidTag"),
        ([("", "1")], "InvalidTag"),
        ([("aws:x", "1")], "InvalidTag"),
        ([("a", "<b>")], "InvalidTag"),
        ([(str(n), "") for n in range(11)], "BadRequest"),
    ],
)
def test_tags_are_checked(tags: list[tuple[str, str]], code: str | None) -> None:
    try:
        assert check_tags(tags, 10) == dict(tags) and code is None
    except AwsError as error:
        assert error.code == code


def statement(**changed: Any) -> dict[str, Any]:
    return {
        "Effect": "Allow",
        "Principal": {"AWS": "arn:aws:iam::000000000000:role/r"},
        "Action": "s3:GetObject",
        "Resource": "arn:aws:s3:::mesh/*",
    } | changed


@pytest.mark.parametrize(
    ("changed", "public"),
    [
        ({}, False),
        ({"Principal": "*"}, True),
        ({"Principal": {"AWS": ["*"]}}, True),
        ({"Principal": "*", "Effect": "Deny"}, False),
        ({"Principal": "*", "Condition": {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::0:role/r"}}}, False),
        ({"Principal": "*", "Condition": {"Bool": {"aws:SecureTransport": "true"}}}, True),
    ],
)
def test_a_policy_is_public_when_it_lets_anybody_in(changed: dict[str, Any], public: bool) -> None:
    assert is_public({"Statement": statement(**changed)}) is public


@pytest.mark.parametrize(
    "policy",
    [
        "no json",
        "[]",
        '{"Statement": []}',
        '{"Statement": ["x"]}',
        '{"Statement": {"Effect": "Allow", "Principal": "*", "Action": "s3:*", "Resource": "arn:aws:s3:::other/*"}}',
        '{"Statement": {"Effect": "Allow", "Principal": "*", "Action": "glue:*", "Resource": "arn:aws:s3:::mesh"}}',
        '{"Statement": {"Effect": "Maybe", "Principal": "*", "Action": "s3:*", "Resource": "arn:aws:s3:::mesh"}}',
        '{"Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "arn:aws:s3:::mesh"}}',
    ],
)
def test_a_policy_that_says_nothing_sensible_about_the_bucket_is_malformed(policy: str) -> None:
    with pytest.raises(AwsError) as caught:
        checked(policy.encode(), "mesh")
    assert caught.value.code == "MalformedPolicy"
