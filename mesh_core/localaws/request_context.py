"""Condition keys of the request being answered (s3:prefix, aws:UserAgent, ...), for the policies it is judged by."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar

from mesh_core.localaws.http import Request

_keys: ContextVar[Mapping[str, str]] = ContextVar("condition_keys")
_HEADERS = {
    "user-agent": "aws:useragent",
    "referer": "aws:referer",
    "x-amz-acl": "s3:x-amz-acl",
    "x-amz-server-side-encryption": "s3:x-amz-server-side-encryption",
    "x-amz-copy-source": "s3:x-amz-copy-source",
    "x-amz-storage-class": "s3:x-amz-storage-class",
    "x-amz-content-sha256": "s3:x-amz-content-sha256",
}
_ARGUMENTS = {
    "prefix": "s3:prefix",
    "delimiter": "s3:delimiter",
    "max-keys": "s3:max-keys",
    "versionId": "s3:versionid",
}


def condition_keys() -> Mapping[str, str]:
    """The keys of this thread's request, lower-case; none outside a request."""
    return _keys.get({})


@contextmanager
def asking(keys: Mapping[str, str]) -> Iterator[None]:
    """While open, questions to IAM carry these keys as well."""
    token = _keys.set({**condition_keys(), **keys})
    try:
        yield
    finally:
        _keys.reset(token)


def keys_of(request: Request) -> dict[str, str]:
    """The condition keys that a request's headers and arguments give."""
    found = {key: request.headers[name] for name, key in _HEADERS.items() if name in request.headers}
    presigned = any(name.lower() == "x-amz-signature" for name, _ in request.query)
    found["s3:authtype"] = "REST-QUERY-STRING" if presigned else "REST-HEADER"
    found["s3:signatureversion"] = "AWS4-HMAC-SHA256"
    return found | {_ARGUMENTS[name]: value for name, value in request.query if name in _ARGUMENTS}
