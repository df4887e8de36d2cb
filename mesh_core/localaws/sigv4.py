"""Signature Version 4: reads a request's signature and checks it. Pure: no clock, no store, no network.

Two forms: the Authorization header and the presigned URL (query arguments X-Amz-...). `AuthError.kind` says what is
wrong; `auth_errors.py` turns it into the answer that each service has for it.
Source: AWS General Reference, "Create a signed AWS API request"; Amazon S3 API Reference, "Authenticating requests".
"""

from __future__ import annotations

import hashlib
import hmac
import posixpath
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from urllib.parse import quote, unquote_to_bytes

from mesh_core.localaws.auth_errors import AuthError, AuthKind, hashed

ALGORITHM = "AWS4-HMAC-SHA256"
ALGORITHM_4A = "AWS4-ECDSA-P256-SHA256"
TERMINATOR = "aws4_request"
UNSIGNED_PAYLOAD = "UNSIGNED-PAYLOAD"
CLOCK_SKEW = timedelta(minutes=15)
PRESIGNED_MAX_S = 7 * 24 * 3600

_PARTS = ("Credential", "SignedHeaders", "Signature")
_URL_PARTS = (
    "X-Amz-Algorithm",
    "X-Amz-Credential",
    "X-Amz-Date",
    "X-Amz-Expires",
    "X-Amz-SignedHeaders",
    "X-Amz-Signature",
)
_AMZ_DATE = re.compile("([0-9]{4})([0-9]{2})([0-9]{2})T([0-9]{2})([0-9]{2})([0-9]{2})Z")
_HEADER_NAME = re.compile(r"[a-z0-9!#$%&'*+.^_`|~-]+")
Query = tuple[tuple[str, str], ...]


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
    terminator: str = TERMINATOR

    @property
    def scope(self) -> str:
        """`20261122/us-east-1/s3/aws4_request`."""
        return f"{self.day}/{self.region}/{self.service}/{self.terminator}"

    @property
    def signed_at(self) -> datetime:
        """The instant the request names, UTC."""
        return _instant(self.amz_date)

    @property
    def is_url(self) -> bool:
        """Whether the signature stands in the URL."""
        return self.expires_s is not None


def read_signature(headers: Mapping[str, str], query: Query) -> Signature:
    """The signature of a request; AuthError for none and for one that can't be read."""
    arguments = {name: value for name, value in query if name in (*_URL_PARTS, "X-Amz-Security-Token", "Signature")}
    in_url = "X-Amz-Algorithm" in arguments or "X-Amz-Signature" in arguments
    if headers.get("authorization"):
        if in_url or "Signature" in arguments:
            raise AuthError("two_ways")
        return _from_header(headers)
    if in_url:
        return _from_query(arguments, [name for name, _ in query])
    raise AuthError("missing")


def _from_header(headers: Mapping[str, str]) -> Signature:
    authorization = headers["authorization"]
    algorithm, _, rest = authorization.partition(" ")
    _check_algorithm(algorithm, bool(rest))
    given = [part.strip().partition("=")[::2] for part in rest.split(",")]
    parts = dict(given)
    missing = [name for name in _PARTS if not parts.get(name)]
    if missing or len(given) != len(_PARTS):
        raise AuthError("part", got=(missing or _PARTS)[0], hashed=hashed(authorization))
    if not headers.get("x-amz-date"):
        raise AuthError("no_date", hashed=hashed(authorization))
    return _signature(
        parts["Credential"],
        (parts["SignedHeaders"], parts["Signature"]),
        headers["x-amz-date"],
        headers.get("x-amz-security-token"),
        None,
    )


def _check_algorithm(algorithm: str, has_parts: bool, url: bool = False) -> None:
    if algorithm == ALGORITHM_4A:
        raise AuthError("v4a", url)
    if not has_parts:
        raise AuthError("no_space")
    if algorithm == "AWS":
        raise AuthError("old_algorithm")
    if algorithm != ALGORITHM:
        raise AuthError("algorithm", url, got=algorithm)


def _from_query(arguments: Mapping[str, str], names: Collection[str]) -> Signature:
    for name in _URL_PARTS:
        # twice the same: nobody could say which of the two was meant
        if not arguments.get(name) or list(names).count(name) > 1:
            raise AuthError("parameter", True, got=name)
    _check_algorithm(arguments["X-Amz-Algorithm"], True, url=True)
    return _signature(
        arguments["X-Amz-Credential"],
        (arguments["X-Amz-SignedHeaders"], arguments["X-Amz-Signature"]),
        arguments["X-Amz-Date"],
        arguments.get("X-Amz-Security-Token"),
        _expires_s(arguments["X-Amz-Expires"]),
    )


def _expires_s(text: str) -> int:
    if not re.fullmatch(r"-?[0-9]{1,18}", text):
        raise AuthError("expires_text", True)
    if int(text) < 0:
        raise AuthError("expires_small", True)
    if int(text) > PRESIGNED_MAX_S:
        raise AuthError("expires_large", True)
    return int(text)


def _signature(
    credential: str, signed: tuple[str, str], amz_date: str, token: str | None, expires_s: int | None
) -> Signature:
    parts, url = credential.rsplit("/", 4), expires_s is not None
    if len(parts) != 5 or not all(parts):
        raise AuthError("credential", url, got=credential)
    names = tuple(signed[0].lower().split(";"))
    if not all(_HEADER_NAME.fullmatch(name) for name in names):
        raise AuthError("mismatch", url)
    key, day, region, service, terminator = parts
    try:
        _instant(amz_date)
    except ValueError as error:
        raise AuthError("bad_date", url, got=amz_date) from error
    return Signature(key, day, region, service, names, signed[1], amz_date, token, expires_s, terminator)


@lru_cache(maxsize=128)
def _instant(amz_date: str) -> datetime:
    found = _AMZ_DATE.fullmatch(amz_date)
    if found is None:
        raise ValueError(amz_date)
    return datetime(*map(int, found.groups()), tzinfo=UTC)  # type: ignore[arg-type,misc]  # six numbers


def check_scope(signature: Signature, service: str, regions: Collection[str]) -> None:
    """AuthError unless the credential's scope is of this service, of one of these regions, and of the request's day."""
    url, wanted = signature.is_url, sorted(regions)[-1]
    if signature.terminator != TERMINATOR:
        raise AuthError("terminator", url, got=signature.terminator)
    if signature.service != service:
        raise AuthError("service", url, got=signature.service, wanted=service)
    if signature.region not in regions:
        raise AuthError("region", url, got=signature.region, wanted=wanted, Region=wanted)
    if signature.day != signature.amz_date[:8]:
        raise AuthError("scope_date", url, got=signature.day, wanted=signature.amz_date[:8])


def check_time(signature: Signature, now: datetime) -> None:
    """AuthError unless the request is of now (15 minutes either way), or its URL not yet expired."""
    if signature.signed_at > now + CLOCK_SKEW:
        raise _time_error("url_early" if signature.is_url else "future", signature, now, now + CLOCK_SKEW)
    if signature.expires_s is None:
        if signature.signed_at < now - CLOCK_SKEW:
            raise _time_error("past", signature, now, now - CLOCK_SKEW)
    elif now > signature.signed_at + timedelta(seconds=signature.expires_s):
        raise _time_error("url_expired", signature, now, now - timedelta(seconds=signature.expires_s))


def _time_error(kind: AuthKind, signature: Signature, now: datetime, edge: datetime) -> AuthError:
    expires = signature.signed_at + timedelta(seconds=signature.expires_s or 0)
    return AuthError(
        kind,
        signature.is_url,
        signed=signature.amz_date,
        edge=f"{edge:%Y%m%dT%H%M%SZ}",
        now=f"{now:%Y%m%dT%H%M%SZ}",
        RequestTime=signature.amz_date,
        ServerTime=f"{now:%Y-%m-%dT%H:%M:%SZ}",
        Expires=f"{expires:%Y-%m-%dT%H:%M:%SZ}",
        MaxAllowedSkewMilliseconds=int(CLOCK_SKEW.total_seconds() * 1000),
    )


def check_signature(signature: Signature, secret: str, canonical: str) -> None:
    """AuthError `mismatch` unless the secret made this signature over the canonical request."""
    wanted = sign(signature, secret, canonical)
    if not hmac.compare_digest(wanted.encode(), signature.signature.encode("utf-8", "replace")):
        raise AuthError("mismatch", signature.is_url)


def sign(signature: Signature, secret: str, canonical: str) -> str:
    """The hex signature of a canonical request."""
    # latin-1: header values came as bytes, which is what both sides sign; everything else is ASCII
    text = "\n".join((ALGORITHM, signature.amz_date, signature.scope, _sha256(canonical.encode("latin-1"))))
    return hmac.digest(signing_key(signature, secret), text.encode(), "sha256").hex()


def signing_key(signature: Signature, secret: str) -> bytes:
    """The key of one day, region and service; it signs the chunks of a streamed body too."""
    return _signing_key(secret, signature.day, signature.region, signature.service)


@lru_cache(maxsize=256)
def _signing_key(secret: str, *parts: str) -> bytes:
    key = ("AWS4" + secret).encode()
    for part in (*parts, TERMINATOR):
        key = hmac.digest(key, part.encode(), "sha256")
    return key


def canonical_request(
    signature: Signature, method: str, raw_path: str, query: Query, headers: Mapping[str, str], payload_hash: str
) -> str:
    """The text that both sides hash. AuthError `unsigned` when a header that must be signed is not."""
    _require_signed(signature, headers)
    lines = "".join(f"{name}:{_trim(headers.get(name, ''))}\n" for name in signature.signed_headers)
    arguments = [(k, v) for k, v in query if k != "X-Amz-Signature"] if signature.is_url else query
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
        raise AuthError("unsigned", signature.is_url, HeadersNotSigned=", ".join(sorted(loose)))


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
    """Only ASCII blanks: other bytes of a value may be part of a character in UTF-8."""
    return re.sub(r"[ \t]+", " ", value.strip(" \t"))


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
