"""What may be called what."""

from __future__ import annotations

import pytest

from mesh_core.domain import names as n
from mesh_core.errors import InvalidNameError


@pytest.mark.parametrize("name", ["a", "sales", "a1_b", "a" * 25])
def test_a_domain_may_be_called_so(name: str) -> None:
    assert n.check_domain(name) == name


@pytest.mark.parametrize("name", ["", "A", "1a", "_a", "a-b", "a b", "a.b", "ä", "a" * 26, "default", "control", "a\n"])
def test_a_domain_may_not_be_called_so(name: str) -> None:
    with pytest.raises(InvalidNameError, match="Nothing was created"):
        n.check_domain(name)


def test_a_domains_bucket_keeps_to_the_length_that_s3_takes() -> None:
    assert len(n.Naming("000000000000", "ap-southeast-1").bucket("a" * 25)) <= 63


def test_two_domains_never_share_a_bucket_or_an_owner() -> None:
    naming = n.Naming("000000000000", "us-east-1")
    assert naming.bucket("a_b") == "mesh-a-b-000000000000-us-east-1"
    assert n.owner_role("a_b") == "a-b-owner"
    with pytest.raises(InvalidNameError):
        n.check_domain("a-b")


@pytest.mark.parametrize("text", ["orders", ".orders", "sales.", "Sales.orders", "sales.or ders", "sales.a.b"])
def test_a_product_is_named_by_domain_and_name(text: str) -> None:
    with pytest.raises(InvalidNameError):
        n.ProductName.parse(text)
    assert str(n.ProductName.parse("sales.orders")) == "sales.orders"


@pytest.mark.parametrize(
    ("uri", "parts"), [("s3://b/k/x", ("b", "k/x")), ("s3://b/", ("b", "")), ("s3://b", ("b", ""))]
)
def test_an_s3_uri_falls_into_bucket_and_key(uri: str, parts: tuple[str, str]) -> None:
    assert n.split_s3_uri(uri) == parts


@pytest.mark.parametrize("uri", ["", "b/k", "http://b/k", "s3://", "s3:///k"])
def test_what_is_no_s3_uri_is_refused(uri: str) -> None:
    with pytest.raises(InvalidNameError):
        n.split_s3_uri(uri)


@pytest.mark.parametrize("text", ["", "PII", "a b", "a" * 51, "ä"])
def test_an_lf_tag_may_not_be_called_so(text: str) -> None:
    with pytest.raises(InvalidNameError):
        n.check_tag(text)


@pytest.mark.parametrize("text", ["", "a b", "a/b", "a" * 65])
def test_a_role_may_not_be_called_so(text: str) -> None:
    with pytest.raises(InvalidNameError):
        n.check_role(text)
