"""Signature Version 4: reads a request's signature and checks it. Pure: no clock, no store, no network.

Two forms: the Authorization header and the presigned URL (query arguments X-Amz-...). `AuthError.kind` says what is
wrong in AWS's sense; `errors.py` turns it into the code that each service uses for it.
Source: AWS General Reference, "Create a signed AWS API request"; Amazon S3 API Reference, "Authenticating requests".
"""

from __future__ import annotations

import hashlib
import hmac
import posixpath
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal
from urllib.parse import quote, unquote_to_bytes

ALGORITHM = "AWS4-HMAC-SHA256"
UNSIGNED_PAYLOAD = "UNSIGNED-PAYLOAD"
CLOCK_SKEW = timedelta(minutes=15)
PRESIGNED_MAX_S = 7 * 24 * 3600

AuthKind = Literal[
    "missing", "malformed", "unknown_key", "bad_token", "expired_token", "mismatch", "skewed", "url_expired", "region"
]
Query = tuple[tuple[str, str], ...]


class AuthError(Exception):
    """The request is not proven to come from anyone; `kind` names why."""

    def __init__(self, kind: AuthKind, message: str) -> None:
        super().__init__(message)
        self.kind, self.message = kind, message


@dataclass(frozen=True)
class Signature:
    """What a request claims about itself. `expires_s` is None for the Authorization header."""

    access_key_id: str
    day: str
    region: str
    service: str
    signed_headers: tuple[str, ...]
    signature: str
    amz_date: str
    token: str | None
    expires_s: int | None = None

    @property
    def scope(self) -> str:
        """`20261122/us-east-1/s3/aws4_request`."""
        return f"{self.day}/{self.region}/{self.service}/aws4_request"

    @property
    def signed_at(self) -> datetime:
        """The instant the request names, UTC."""
        return datetime.strptime(self.amz_date, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)


def read_signature(headers: Mapping[str, str], query: Query) -> Signature:
    """The signature of a request; AuthError `missing` or `malformed`."""
    if headers.get("authorization"):
        return _from_header(headers)
    arguments = {key.lower(): value for key, value in query}
    if "x-amz-signature" in arguments:
        return _from_query(arguments)
    raise AuthError("missing", "Request is missing Authentication Token")


def _from_header(headers: Mapping[str, str]) -> Signature:
    algorithm, _, rest = headers["authorization"].partition(" ")
    parts = dict(part.strip().partition("=")[::2] for part in rest.split(","))
    if algorithm != ALGORITHM or not {"Credential", "SignedHeaders", "Signature"} <= parts.keys():
        raise AuthError("malformed", f"The Authorization header must be {ALGORITHM} with its three parts.")
    if "x-amz-date" not in headers:
        raise AuthError("malformed", "Authorization header requires existence of a 'X-Amz-Date' header.")
    return _signature(
        parts["Credential"],
        (parts["SignedHeaders"], parts["Signature"]),
        headers["x-amz-date"],
        headers.get("x-amz-security-token"),
        None,
    )


def _from_query(arguments: Mapping[str, str]) -> Signature:
    needed = {"x-amz-credential", "x-amz-signedheaders", "x-amz-date", "x-amz-expires", "x-amz-algorithm"}
    if not needed <= arguments.keys() or arguments["x-amz-algorithm"] != ALGORITHM:
        raise AuthError("malformed", "Query-string authentication version 4 requires all of its X-Amz- parameters.")
    if not arguments["x-amz-expires"].isdecimal() or int(arguments["x-amz-expires"]) > PRESIGNED_MAX_S:
        raise AuthError("malformed", "X-Amz-Expires must be a number of seconds, at most a week (604800).")
    return _signature(
        arguments["x-amz-credential"],
        (arguments["x-amz-signedheaders"], arguments["x-amz-signature"]),
        arguments["x-amz-date"],
        arguments.get("x-amz-security-token"),
        int(arguments["x-amz-expires"]),
    )


def _signature(
    credential: str, signed: tuple[str, str], amz_date: str, token: str | None, expires_s: int | None
) -> Signature:
    parts = credential.rsplit("/", 4)
    if len(parts) != 5 or parts[4] != "aws4_request" or not re.fullmatch(r"\d{8}T\d{6}Z", amz_date):
        raise AuthError("malformed", "The credential's scope or the date is malformed.")
    if not amz_date.startswith(parts[1]):
        raise AuthError("mismatch", "The date of the credential's scope is not the date of the request.")
    names = tuple(signed[0].lower().split(";"))
    result = Signature(parts[0], parts[1], parts[2], parts[3], names, signed[1], amz_date, token, expires_s)
    try:
        result.signed_at  # noqa: B018 - a date such as 20269999T000000Z matches the pattern above
    except ValueError as error:
        raise AuthError("malformed", f"X-Amz-Date {amz_date} is not a date.") from error
    return result


def check_time(signature: Signature, now: datetime) -> None:
    """AuthError `skewed` or `url_expired` unless the request is of now (15 minutes either way)."""
    if signature.signed_at > now + CLOCK_SKEW:
        raise AuthError("skewed", "The difference between the request time and the current time is too large.")
    if signature.expires_s is None:
        if signature.signed_at < now - CLOCK_SKEW:
            raise AuthError("skewed", "The difference between the request time and the current time is too large.")
    elif now > signature.signed_at + timedelta(seconds=signature.expires_s):
        raise AuthError("url_expired", "Request has expired")


def check_signature(signature: Signature, secret: str, canonical: str) -> None:
    """AuthError `mismatch` unless the secret made this signature over the canonical request."""
    wanted = sign(signature, secret, canonical)
    if not hmac.compare_digest(wanted.encode(), signature.signature.encode()):
        raise AuthError(
            "mismatch",
            "The request signature we calculated does not match the signature you provided. "
            "Check your AWS Secret Access Key and signing method.",
        )


def sign(signature: Signature, secret: str, canonical: str) -> str:
    """The hex signature of a canonical request."""
    text = "\n".join((ALGORITHM, signature.amz_date, signature.scope, _sha256(canonical.encode())))
    return hmac.new(signing_key(signature, secret), text.encode(), hashlib.sha256).hexdigest()


def signing_key(signature: Signature, secret: str) -> bytes:
    """The key of one day, region and service; it signs the chunks of a streamed body too."""
    key = ("AWS4" + secret).encode()
    for part in (signature.day, signature.region, signature.service, "aws4_request"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return key


def canonical_request(
    signature: Signature, method: str, raw_path: str, query: Query, headers: Mapping[str, str], payload_hash: str
) -> str:
    """The text that both sides hash. AuthError `mismatch` when a header that must be signed is not."""
    _require_signed(signature, headers)
    lines = "".join(f"{name}:{_trim(headers.get(name, ''))}\n" for name in signature.signed_headers)
    arguments = (
        [(k, v) for k, v in query if k.lower() != "x-amz-signature"] if signature.expires_s is not None else query
    )
    encoded = sorted((_quote(key), _quote(value)) for key, value in arguments)
    return "\n".join(
        (
            method,
            _canonical_path(signature.service, raw_path),
            "&".join(f"{key}={value}" for key, value in encoded),
            lines,
            ";".join(signature.signed_headers),
            payload_hash,
        )
    )


def _require_signed(signature: Signature, headers: Mapping[str, str]) -> None:
    """What a proxy could forge must be covered: the host, and every x-amz- header that was sent."""
    must = {name for name in headers if name.startswith("x-amz-")} | {"host"}
    loose = must - set(signature.signed_headers)
    if loose:
        raise AuthError("mismatch", f"There were headers present in the request which were not signed: {sorted(loose)}")


def _canonical_path(service: str, raw_path: str) -> str:
    """S3 signs the path as it is, encoded once; the others a normalised path, encoded twice."""
    if service == "s3":
        return quote(unquote_to_bytes(raw_path), safe="/~")
    normal = posixpath.normpath(raw_path) if raw_path else "/"
    if raw_path.endswith("/") and normal != "/":
        normal += "/"
    return quote(normal.replace("//", "/"), safe="/~")


def _quote(text: str) -> str:
    return quote(text, safe="-_.~")


def _trim(value: str) -> str:
    return " ".join(value.split())


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
