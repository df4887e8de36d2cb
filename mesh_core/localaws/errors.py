"""Refusals that happen before a service is reached, in the document that the service's clients expect."""

from __future__ import annotations

import json
import re
import uuid
from xml.sax.saxutils import escape

from mesh_core.localaws.auth_errors import JSON_SERVICES, QUERY_SERVICES
from mesh_core.localaws.aws_error import AwsError
from mesh_core.localaws.http import Reply, Request

_QUERY_XML = frozenset({"route53", "cloudfront"})  # REST-XML, with the error document of the query protocol
FEDERATED = frozenset({"AssumeRoleWithWebIdentity", "AssumeRoleWithSAML"})
_TARGETS = {"AWSGlue": "glue", "AmazonAthena": "athena"}


def unfederated(action: str) -> AwsError:
    """The refusal of what needs an identity provider, by name."""
    text = f"{action} runs on AWS but not on the local endpoint, which has no identity providers. Nothing was done."
    return AwsError("InvalidAction", text)


def guess_service(request: Request) -> str:
    """Whose error document a request should get whose signature is missing or can't be read."""
    if "x-amz-target" in request.headers:
        return target_service(request) or "glue"
    claims = (request.headers.get("authorization", ""), request.arg("X-Amz-Credential") or "")
    named = [found[1] for claim in claims for found in re.finditer(r"/([a-z0-9-]+)(?:/aws4_request|,|$)", claim)]
    known = [name for name in named if name in QUERY_SERVICES | JSON_SERVICES]
    if known:
        return known[0]
    if request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        return "iam"
    # no bucket's name has a capital letter
    return "lakeformation" if request.method == "POST" and re.fullmatch(r"/[A-Z]\w+", request.path) else "s3"


def target_service(request: Request) -> str | None:
    """The service that X-Amz-Target names; None without one."""
    target = request.headers.get("x-amz-target")
    return None if target is None else _TARGETS.get(target.rpartition(".")[0], "")


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
        more = "".join(f"<{name}>{escape(str(value))}</{name}>" for name, value in error.fields.items())
        text = (
            f'<?xml version="1.0" encoding="UTF-8"?>\n<Error>{code}{message}{more}'
            f"<Resource>{escape(resource)}</Resource><RequestId>{request_id}</RequestId></Error>"
        )
    kind = "text/xml" if service in QUERY_SERVICES else "application/xml"
    return Reply(error.status, {"content-type": kind, "x-amzn-requestid": request_id}, text.encode())


def unknown_service_reply(request: Request, service: str) -> Reply:
    """The refusal of a service that the endpoint has not, in the protocol that the request is written in.

    EC2 and Route 53 have XML of their own; a client of a REST-JSON service sends no body with a GET, so that all else
    is taken for JSON.
    """
    error = AwsError("UnknownService", f"{service} runs on AWS but the local endpoint has no such service.", 404)
    if service == "ec2":
        text = f"<Code>{error.code}</Code><Message>{escape(error.message)}</Message>"
        body = f"<Response><Errors><Error>{text}</Error></Errors><RequestID>{uuid.uuid4()}</RequestID></Response>"
        return Reply(error.status, {"content-type": "text/xml"}, body.encode())
    form = request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded")
    return error_reply(error, "sts" if form or service in _QUERY_XML else "glue")


def _namespace(service: str) -> str:
    return {
        "sts": "https://sts.amazonaws.com/doc/2011-06-15/",
        "iam": "https://iam.amazonaws.com/doc/2010-05-08/",
    }[service]
