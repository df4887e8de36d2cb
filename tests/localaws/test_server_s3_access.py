"""Who may read and write S3: identity policies, bucket policies, both, and neither."""

from __future__ import annotations

import threading
import urllib.error
import urllib.request
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.localaws.conftest import EndpointProcess, policy

OTHER = {"Effect": "Allow", "Action": "sts:GetCallerIdentity", "Resource": "*"}


def statement(bucket: str, effect: str, principal: Any = "*", **elements: Any) -> dict[str, Any]:
    resources = [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"]
    return {"Effect": effect, "Principal": principal, "Action": "s3:*", "Resource": resources, **elements}


def identity(effect: str, action: str, resource: str, **elements: Any) -> dict[str, Any]:
    return {"Effect": effect, "Action": action, "Resource": resource, **elements}


def made_bucket(endpoint: EndpointProcess, name: str, *statements: dict[str, Any]) -> str:
    s3 = endpoint.client("s3")
    s3.create_bucket(Bucket=name)
    s3.put_object(Bucket=name, Key="sales/a", Body=b"a")
    s3.put_object(Bucket=name, Key="hr/b", Body=b"b")
    if statements:
        s3.put_bucket_policy(Bucket=name, Policy=policy(*statements))
    return name


def readable(endpoint: EndpointProcess, bucket: str, role: str | None) -> list[str]:
    """The keys whose bytes the role gets."""
    found = []
    for key in ("sales/a", "hr/b"):
        try:
            endpoint.client("s3", role).get_object(Bucket=bucket, Key=key)
            found.append(key)
        except ClientError as error:
            assert error.response["Error"]["Code"] == "AccessDenied"
    return found


def listed(endpoint: EndpointProcess, bucket: str, role: str, prefix: str | None) -> bool:
    arguments = {} if prefix is None else {"Prefix": prefix}
    try:
        endpoint.client("s3", role).list_objects_v2(Bucket=bucket, **arguments)
    except ClientError as error:
        assert error.response["Error"]["Code"] == "AccessDenied"
        return False
    return True


def test_without_any_policy_only_the_root_reads(endpoint: EndpointProcess) -> None:
    bucket = made_bucket(endpoint, "access-none")
    endpoint.make_role("access-none", OTHER)
    assert readable(endpoint, bucket, "access-none") == []
    assert readable(endpoint, bucket, None) == ["sales/a", "hr/b"]


def test_an_identity_policy_opens_the_prefix_that_it_names(endpoint: EndpointProcess) -> None:
    bucket = made_bucket(endpoint, "access-prefix")
    endpoint.make_role("access-prefix", identity("Allow", "s3:GetObject", f"arn:aws:s3:::{bucket}/sales/*"))
    assert readable(endpoint, bucket, "access-prefix") == ["sales/a"]


def test_a_bucket_policy_that_names_the_role_is_enough(endpoint: EndpointProcess) -> None:
    arn = endpoint.make_role("access-named", OTHER)
    bucket = made_bucket(endpoint, "access-named", statement("access-named", "Allow", {"AWS": arn}))
    assert readable(endpoint, bucket, "access-named") == ["sales/a", "hr/b"]


def test_a_bucket_policy_that_names_the_account_leaves_it_to_iam(endpoint: EndpointProcess) -> None:
    endpoint.make_role("access-account", OTHER)
    account = {"AWS": f"arn:aws:iam::{endpoint.account_id}:root"}
    bucket = made_bucket(endpoint, "access-account", statement("access-account", "Allow", account))
    assert readable(endpoint, bucket, "access-account") == []


def test_a_bucket_closed_to_all_but_one_role_is_closed_to_everybody_else(endpoint: EndpointProcess) -> None:
    keeper = endpoint.make_role("access-keeper")
    endpoint.make_role("access-admin")
    closed = statement("access-closed", "Deny", Condition={"ArnNotEquals": {"aws:PrincipalArn": keeper}})
    bucket = made_bucket(endpoint, "access-closed", closed)
    assert readable(endpoint, bucket, "access-keeper") == ["sales/a", "hr/b"]
    assert readable(endpoint, bucket, "access-admin") == []
    assert readable(endpoint, bucket, None) == []
    endpoint.client("s3").delete_bucket_policy(Bucket=bucket)
    assert readable(endpoint, bucket, None) == ["sales/a", "hr/b"]


def test_a_tls_only_policy_lets_the_loopback_in(endpoint: EndpointProcess) -> None:
    endpoint.make_role("access-tls")
    tls_only = statement("access-tls", "Deny", Condition={"Bool": {"aws:SecureTransport": "false"}})
    assert readable(endpoint, made_bucket(endpoint, "access-tls", tls_only), "access-tls") == ["sales/a", "hr/b"]


@pytest.mark.parametrize(("prefix", "allowed"), [("sales/", True), ("sales/2026", True), ("hr/", False), (None, False)])
def test_listing_can_be_limited_to_a_prefix(endpoint: EndpointProcess, prefix: str | None, allowed: bool) -> None:
    name = f"access-list-{prefix}".rstrip("/").replace("/", "-").lower()
    bucket = made_bucket(endpoint, name)
    limited = {"StringLike": {"s3:prefix": "sales/*"}}
    endpoint.make_role(name, identity("Allow", "s3:ListBucket", f"arn:aws:s3:::{bucket}", Condition=limited))
    assert listed(endpoint, bucket, name, prefix) is allowed


def test_a_presigned_url_opens_what_its_signer_may_open(endpoint: EndpointProcess) -> None:
    bucket = made_bucket(endpoint, "access-presigned")
    endpoint.make_role("access-presigned", identity("Allow", "s3:GetObject", f"arn:aws:s3:::{bucket}/sales/*"))
    for version in ("s3v4", "s3"):
        s3 = endpoint.client_of(endpoint.session("access-presigned"), "s3", signature_version=version)
        urls = [s3.generate_presigned_url("get_object", {"Bucket": bucket, "Key": key}) for key in ("sales/a", "hr/b")]
        with urllib.request.urlopen(urls[0]) as answer:
            assert answer.read() == b"a"
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(urls[1])
        assert refused.value.code == 403
        refused.value.close()


def test_metadata_keys_come_back_as_they_were_sent(endpoint: EndpointProcess) -> None:
    s3 = endpoint.client("s3")
    s3.create_bucket(Bucket="metadata")
    sent = {"with_underscore": "1", "with-dash": "2", "plain": "3"}
    s3.put_object(Bucket="metadata", Key="k", Body=b"", Metadata=sent)
    assert s3.head_object(Bucket="metadata", Key="k")["Metadata"] == sent


def test_sixteen_clients_at_once_are_served(endpoint: EndpointProcess) -> None:
    s3 = endpoint.client("s3")
    s3.create_bucket(Bucket="many-clients")
    failures: list[BaseException] = []

    def work(number: int) -> None:
        try:
            mine = endpoint.client_of(endpoint.session(), "s3")
            for turn in range(5):
                mine.put_object(Bucket="many-clients", Key=f"{number}/{turn}", Body=b"x" * 1000)
                assert mine.get_object(Bucket="many-clients", Key=f"{number}/{turn}")["Body"].read() == b"x" * 1000
            endpoint.client_of(endpoint.session(), "iam").create_user(UserName=f"many-{number}")
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert s3.list_objects_v2(Bucket="many-clients")["KeyCount"] == 80


def test_an_upload_larger_than_memory_limits_passes_whole(endpoint: EndpointProcess) -> None:
    s3 = endpoint.client("s3")
    s3.create_bucket(Bucket="large")
    data = b"0123456789abcdef" * (4 * 1024 * 1024)
    s3.put_object(Bucket="large", Key="k", Body=data, ChecksumAlgorithm="SHA256")
    assert s3.get_object(Bucket="large", Key="k", Range="bytes=67108860-")["Body"].read() == b"cdef"
