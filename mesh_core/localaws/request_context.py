"""Condition keys of the request being answered (s3:prefix, aws:UserAgent, ...), for the policies it is judged by.

A key has a tuple of values; most have one. Keys of S3 are given to S3's own requests only: what Athena does in S3 for
its caller has none of them, but says through whom it is done (aws:CalledVia).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime

from mesh_core.localaws.http import Request

Keys = Mapping[str, tuple[str, ...]]
_keys: ContextVar[Keys] = ContextVar("condition_keys")
_HEADERS = {"user-agent": "aws:useragent", "referer": "aws:referer"}
_S3_HEADERS = (
    "x-amz-acl",
    "x-amz-content-sha256",
    "x-amz-grant-full-control",
    "x-amz-grant-read",
    "x-amz-grant-read-acp",
    "x-amz-grant-write",
    "x-amz-grant-write-acp",
    "x-amz-metadata-directive",
    "x-amz-object-ownership",
    "x-amz-server-side-encryption",
    "x-amz-server-side-encryption-aws-kms-key-id",
    "x-amz-server-side-encryption-customer-algorithm",
    "x-amz-storage-class",
    "x-amz-website-redirect-location",
    "if-match",
    "if-none-match",
)
_ARGUMENTS = {
    "prefix": "s3:prefix",
    "delimiter": "s3:delimiter",
    "max-keys": "s3:max-keys",
    "versionId": "s3:versionid",
}
# Of a user with a name the service that asks for him; nothing of the request itself reaches S3.
THROUGH_ATHENA: Keys = {
    "aws:calledvia": ("athena.amazonaws.com",),
    "aws:calledviafirst": ("athena.amazonaws.com",),
    "aws:calledvialast": ("athena.amazonaws.com",),
    "aws:viaawsservice": ("true",),
}


def condition_keys() -> Keys:
    """The keys of this thread's request, lower-case; none outside a request."""
    return _keys.get({})


@contextmanager
def asking(keys: Mapping[str, str | tuple[str, ...]]) -> Iterator[None]:
    """While open, questions to IAM carry these keys as well."""
    more = {key: value if isinstance(value, tuple) else (value,) for key, value in keys.items()}
    token = _keys.set({**condition_keys(), **more})
    try:
        yield
    finally:
        _keys.reset(token)


def tag_keys(tags: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    """The keys that a request gives which puts tags on something."""
    if not tags:
        return {}
    return {f"aws:requesttag/{key.lower()}": (value,) for key, value in tags.items()} | {"aws:tagkeys": tuple(tags)}


def resource_tag_keys(tags: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    """The keys that the tags of what is asked for give."""
    return {f"aws:resourcetag/{key.lower()}": (value,) for key, value in tags.items()}


def keys_of(request: Request, service: str, now: datetime) -> dict[str, tuple[str, ...]]:
    """The condition keys that a request's headers and arguments give."""
    found: dict[str, tuple[str, ...]] = {
        key: (request.headers[name],) for name, key in _HEADERS.items() if name in request.headers
    }
    return found | (_s3_keys(request, now) if service == "s3" else {})


def _s3_keys(request: Request, now: datetime) -> dict[str, tuple[str, ...]]:
    names = {name for name, _ in request.query}
    old, in_url = "Signature" in names, not names.isdisjoint(("Signature", "X-Amz-Signature"))
    found = {
        "s3:authtype": "REST-QUERY-STRING" if in_url else "REST-HEADER",
        "s3:signatureversion": "AWS" if old else "AWS4-HMAC-SHA256",
        # as aws:SecureTransport, which is true here
        "s3:tlsversion": "1.3",
        **{f"s3:{name}": request.headers[name] for name in _S3_HEADERS if name in request.headers},
        # of an argument given twice the first counts: what is judged must be what is done
        **{key: value for name, key in _ARGUMENTS.items() if (value := request.arg(name)) is not None},
    }
    age_ms = _signature_age_ms(request, now)
    found |= {"s3:signatureage": age_ms} if age_ms else {}
    return {key: (value,) for key, value in found.items()}


def _signature_age_ms(request: Request, now: datetime) -> str | None:
    signed = request.headers.get("x-amz-date") or request.arg("X-Amz-Date")
    if not signed:
        return None  # an old URL says when it ends, not when it was made
    made = datetime.strptime(signed, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    return str(int((now - made).total_seconds() * 1000))
