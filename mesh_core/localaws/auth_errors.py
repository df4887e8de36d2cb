"""Why a request is not proven to come from anyone: code, text and status as each of AWS's protocols has them.

Three dialects: S3 (one for the Authorization header, one for presigned URLs), the query services (IAM, STS), and the
JSON services, whose codes end in `Exception`. Lake Formation alone of the JSON services answers with 403 where others
say 400, as all of AWS's REST-JSON services do.
Source: the services' own answers as other implementations have recorded them; Amazon S3 API Reference, "Error
responses"; IAM API Reference, "Common errors".
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from typing import Literal

from mesh_core.localaws.aws_error import AwsError

QUERY_SERVICES = frozenset({"iam", "sts"})
JSON_SERVICES = frozenset({"glue", "athena", "lakeformation"})

AuthKind = Literal[
    "missing", "algorithm", "old_algorithm", "v4a", "no_space", "two_ways", "part", "no_date", "bad_date", "credential",
    "terminator", "service", "region", "scope_date", "parameter", "expires_text", "expires_small", "expires_large",
    "unsigned", "past", "future", "url_expired", "url_early", "unknown_key", "bad_token", "expired_token", "mismatch",
]  # fmt: skip
_MISMATCH = "The request signature we calculated does not match the signature you provided. "
_V4A = "Signature Version 4A (AWS4-ECDSA-P256-SHA256) runs on AWS but not on the local endpoint; use AWS4-HMAC-SHA256."
_PARAMETERS = (
    "Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, X-Amz-Signature, "
    "X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters."
)
_LATE = "The difference between the request time and the current time is too large."
_FORM = 'the Credential is mal-formed; expecting "<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request".'
_DATE = "X-Amz-Date must be in the ISO8601 Long Format \"yyyyMMdd'T'HHmmss'Z'\""


class AuthError(Exception):
    """`kind` names what is wrong; `facts` are what the texts mention (`got`, `wanted`, ...).

    `url` is true for a presigned URL, for which S3 has codes of its own.
    """

    def __init__(self, kind: AuthKind, url: bool = False, **facts: object) -> None:
        super().__init__(kind)
        self.kind, self.url, self.facts = kind, url, facts


@dataclass(frozen=True)
class _Text:
    """Code, status and text; `fields` names the facts that become elements of the error's document."""

    code: str
    status: int
    text: str
    fields: tuple[str, ...] = ()


def _head(text: str, fields: tuple[str, ...] = ()) -> _Text:
    return _Text("AuthorizationHeaderMalformed", 400, f"The authorization header is malformed; {text}", fields)


def _query(text: str) -> _Text:
    return _Text("AuthorizationQueryParametersError", 400, text)


def _scope(text: str) -> _Text:
    return _query(f"Error parsing the X-Amz-Credential parameter; {text}")


_S3: dict[AuthKind, _Text] = {
    "missing": _Text("AccessDenied", 403, "Access Denied"),
    "algorithm": _Text("InvalidArgument", 400, "Unsupported Authorization Type"),
    "old_algorithm": _Text(
        "InvalidRequest",
        400,
        "The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256.",
    ),
    "v4a": _Text("InvalidRequest", 400, _V4A),
    "no_space": _Text(
        "InvalidArgument", 400, "Authorization header is invalid -- one and only one ' ' (space) required"
    ),
    "two_ways": _Text(
        "InvalidArgument",
        400,
        "Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature query string parameter "
        "or the Authorization header should be specified",
    ),
    "part": _head("the authorization header requires three components: Credential, SignedHeaders, and Signature."),
    "no_date": _Text("AccessDenied", 403, "AWS authentication requires a valid Date or x-amz-date header"),
    "bad_date": _Text("AccessDenied", 403, "AWS authentication requires a valid Date or x-amz-date header"),
    "credential": _head(_FORM),
    "terminator": _head('incorrect terminal "{got}". This endpoint uses "aws4_request".'),
    "service": _head('incorrect service "{got}". This endpoint belongs to "{wanted}".'),
    "region": _head("the region '{got}' is wrong; expecting '{wanted}'", ("Region",)),
    "scope_date": _head("Invalid credential date. Date is not the same as X-Amz-Date."),
    "parameter": _query(_PARAMETERS),
    "expires_text": _query("X-Amz-Expires should be a number"),
    "expires_small": _query("X-Amz-Expires must be non-negative"),
    "expires_large": _query(
        "X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less than "
        "604800 seconds"
    ),
    "unsigned": _Text(
        "AccessDenied",
        403,
        "There were headers present in the request which were not signed",
        ("HeadersNotSigned",),
    ),
    "past": _Text("RequestTimeTooSkewed", 403, _LATE, ("RequestTime", "ServerTime", "MaxAllowedSkewMilliseconds")),
    "future": _Text("RequestTimeTooSkewed", 403, _LATE, ("RequestTime", "ServerTime", "MaxAllowedSkewMilliseconds")),
    "url_expired": _Text("AccessDenied", 403, "Request has expired", ("Expires", "ServerTime")),
    "url_early": _Text("AccessDenied", 403, "Request is not valid yet", ("ServerTime",)),
    "unknown_key": _Text(
        "InvalidAccessKeyId",
        403,
        "The AWS Access Key Id you provided does not exist in our records.",
        ("AWSAccessKeyId",),
    ),
    "bad_token": _Text("InvalidToken", 400, "The provided token is malformed or otherwise invalid."),
    "expired_token": _Text("ExpiredToken", 400, "The provided token has expired."),
    "mismatch": _Text("SignatureDoesNotMatch", 403, _MISMATCH + "Check your key and signing method."),
}
_S3_URL: dict[AuthKind, _Text] = {
    "algorithm": _query('X-Amz-Algorithm only supports "AWS4-HMAC-SHA256 and AWS4-ECDSA-P256-SHA256"'),
    "v4a": _query(_V4A),
    "bad_date": _query(_DATE),
    "credential": _scope(_FORM),
    "terminator": _scope('incorrect terminal "{got}". This endpoint uses "aws4_request".'),
    "service": _scope('incorrect service "{got}". This endpoint belongs to "{wanted}".'),
    "region": _scope("the region '{got}' is wrong; expecting '{wanted}'"),
    "scope_date": _query('Invalid credential date "{got}". This date is not the same as X-Amz-Date: "{wanted}".'),
}

_MISSING = _Text("MissingAuthenticationToken", 403, "Request is missing Authentication Token")
_INVALID = _Text("InvalidClientTokenId", 403, "The security token included in the request is invalid.")


def _incomplete(text: str) -> _Text:
    return _Text("IncompleteSignature", 400, text)


def _wrong(text: str) -> _Text:
    return _Text("SignatureDoesNotMatch", 403, text)


_OTHERS: dict[AuthKind, _Text] = {
    "missing": _MISSING,
    "algorithm": _incomplete("Unsupported AWS 'algorithm': '{got}' (only AWS4-HMAC-SHA256 for now). "),
    "old_algorithm": _incomplete("AWS Signature Version 2 is not supported."),
    "v4a": _incomplete(_V4A),
    "no_space": _MISSING,
    "two_ways": _incomplete("A request is signed by its Authorization header or by its query string, not by both."),
    "part": _incomplete(
        "Authorization header requires '{got}' parameter. (Hashed with SHA-256 and encoded with Base64) "
        "Authorization={hashed}"
    ),
    "no_date": _incomplete(
        "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. "
        "(Hashed with SHA-256 and encoded with Base64) Authorization={hashed}"
    ),
    "bad_date": _incomplete(
        "Date must be in ISO-8601 'basic format'. Got '{got}'. See http://en.wikipedia.org/wiki/ISO_8601"
    ),
    "credential": _incomplete(
        "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got '{got}'"
    ),
    "terminator": _wrong("Credential should be scoped with a valid terminator: 'aws4_request', not '{got}'. "),
    "service": _wrong("Credential should be scoped to correct service: '{wanted}'. "),
    "region": _wrong("Credential should be scoped to a valid region, not '{got}'. "),
    "scope_date": _wrong(
        "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '{got}' != "
        "'{wanted}'."
    ),
    "parameter": _incomplete(
        "AWS query-string parameters must include '{got}'. Re-examine the query-string parameters."
    ),
    "expires_text": _incomplete("X-Amz-Expires should be a number"),
    "expires_small": _incomplete("X-Amz-Expires must be non-negative"),
    "expires_large": _incomplete("X-Amz-Expires must be at most a week (604800 seconds)"),
    "unsigned": _wrong("There were headers present in the request which were not signed: {HeadersNotSigned}"),
    "past": _wrong("Signature expired: {signed} is now earlier than {edge} ({now} - 15 min.)"),
    "future": _wrong("Signature not yet current: {signed} is still later than {edge} ({now} + 15 min.)"),
    "url_expired": _wrong("Signature expired: {signed} is now earlier than {edge} ({now})"),
    "url_early": _wrong("Signature not yet current: {signed} is still later than {edge} ({now} + 15 min.)"),
    "unknown_key": _INVALID,
    "bad_token": _INVALID,
    "expired_token": _Text("ExpiredToken", 403, "The security token included in the request is expired"),
    "mismatch": _wrong(
        _MISMATCH
        + "Check your AWS Secret Access Key and signing method. Consult the service documentation for details."
    ),
}
_JSON_CODES = {
    "MissingAuthenticationToken": "MissingAuthenticationTokenException",
    "IncompleteSignature": "IncompleteSignatureException",
    "SignatureDoesNotMatch": "InvalidSignatureException",
    "InvalidClientTokenId": "UnrecognizedClientException",
    "ExpiredToken": "ExpiredTokenException",
}


def auth_error(error: AuthError, service: str) -> AwsError:
    """The service's own answer to a failed authentication."""
    if service in QUERY_SERVICES or service in JSON_SERVICES:
        chosen = _OTHERS[error.kind]
    else:
        chosen = (_S3_URL.get(error.kind) if error.url else None) or _S3[error.kind]
    text = chosen.text.format_map({name: str(fact) for name, fact in error.facts.items()})
    code, status = chosen.code, chosen.status
    if service in JSON_SERVICES:
        code, status = _JSON_CODES[code], 403 if service == "lakeformation" else 400
    return AwsError(code, text, status, **{name: error.facts[name] for name in chosen.fields if name in error.facts})


def hashed(authorization: str) -> str:
    """How an Authorization header is quoted: it holds a signature, so AWS shows its hash only."""
    return base64.b64encode(hashlib.sha256(authorization.encode("utf-8", "replace")).digest()).decode()
