"""Refusals that happen before a service is reached, in the code and the document that the service's clients expect."""

from __future__ import annotations

import json
import uuid
from xml.sax.saxutils import escape

from mesh_core.localaws.aws_error import AwsError
from mesh_core.localaws.http import Reply, Request
from mesh_core.localaws.sigv4 import AuthError, AuthKind

QUERY_SERVICES = frozenset({"iam", "sts"})
JSON_SERVICES = frozenset({"glue", "athena", "lakeformation"})

# (S3, query services, JSON services): code and status each. Source: the error pages of S3, IAM/STS and Glue.
_Codes = tuple[tuple[str, int], tuple[str, int], tuple[str, int]]
_MISMATCH: _Codes = (("SignatureDoesNotMatch", 403), ("SignatureDoesNotMatch", 403), ("InvalidSignatureException", 400))
_CODES: dict[AuthKind, _Codes] = {
    "missing": (
        ("AccessDenied", 403),
        ("MissingAuthenticationToken", 403),
        ("MissingAuthenticationTokenException", 400),
    ),
    "malformed": (
        ("AuthorizationHeaderMalformed", 400),
        ("IncompleteSignature", 400),
        ("IncompleteSignatureException", 400),
    ),
    "unknown_key": (("InvalidAccessKeyId", 403), ("InvalidClientTokenId", 403), ("UnrecognizedClientException", 400)),
    "bad_token": (("InvalidToken", 400), ("InvalidClientTokenId", 403), ("UnrecognizedClientException", 400)),
    "expired_token": (("ExpiredToken", 400), ("ExpiredToken", 403), ("ExpiredTokenException", 400)),
    "mismatch": _MISMATCH,
    "skewed": (("RequestTimeTooSkewed", 403), ("RequestTimeTooSkewed", 403), ("InvalidSignatureException", 400)),
    "url_expired": (("AccessDenied", 403), _MISMATCH[1], _MISMATCH[2]),
    "region": (("AuthorizationHeaderMalformed", 400), _MISMATCH[1], _MISMATCH[2]),
}


def guess_service(request: Request) -> str:
    """Whose error document an unsigned request should get."""
    target = request.headers.get("x-amz-target", "")
    if target:
        return "athena" if target.startswith("AmazonAthena") else "glue"
    if request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        return "iam"
    return "s3"


def auth_error(error: AuthError, service: str) -> AwsError:
    """The service's code for a failed authentication."""
    codes = _CODES[error.kind]
    code, status = codes[1] if service in QUERY_SERVICES else codes[2] if service in JSON_SERVICES else codes[0]
    return AwsError(code, error.message, status)


def error_reply(error: AwsError, service: str, resource: str = "/") -> Reply:
    """The error document of a service's protocol."""
    if service in JSON_SERVICES:
        body = json.dumps({"__type": error.code, "Message": error.message, "message": error.message, **error.fields})
        headers = {"content-type": "application/x-amz-json-1.1", "x-amzn-errortype": error.code}
        return Reply(error.status, headers, body.encode())
    request_id = str(uuid.uuid4())
    code, message = f"<Code>{escape(error.code)}</Code>", f"<Message>{escape(error.message)}</Message>"
    if service in QUERY_SERVICES:
        text = (
            f'<ErrorResponse xmlns="{_namespace(service)}"><Error><Type>Sender</Type>{code}{message}</Error>'
            f"<RequestId>{request_id}</RequestId></ErrorResponse>"
        )
    else:
        text = (
            f'<?xml version="1.0" encoding="UTF-8"?>\n<Error>{code}{message}'
            f"<Resource>{escape(resource)}</Resource><RequestId>{request_id}</RequestId></Error>"
        )
    kind = "text/xml" if service in QUERY_SERVICES else "application/xml"
    return Reply(error.status, {"content-type": kind, "x-amzn-requestid": request_id}, text.encode())


def _namespace(service: str) -> str:
    return {
        "sts": "https://sts.amazonaws.com/doc/2011-06-15/",
        "iam": "https://iam.amazonaws.com/doc/2010-05-08/",
    }[service]
