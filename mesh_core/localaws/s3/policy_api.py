"""A bucket's policy over HTTP: what S3 checks before it keeps one. What it allows is decided elsewhere."""

from __future__ import annotations

import json
import re
from typing import Any

from mesh_core.localaws.aws_error import AwsError
from mesh_core.localaws.context import Iam
from mesh_core.localaws.http import Reply
from mesh_core.localaws.s3 import xml
from mesh_core.localaws.s3.buckets import POLICY
from mesh_core.localaws.s3.call import Call
from mesh_core.localaws.s3.errors import access_denied
from mesh_core.localaws.s3.objects import arn

_LIMIT_BYTES = 20 * 1024
_IAM_ARN = re.compile(r"arn:aws:iam::(\d{12}):(?:user|role)/[\w+=,.@/-]+")
_OTHER_PRINCIPAL = re.compile(
    r"\*|\d{12}|arn:aws:iam::\d{12}:root|arn:aws:sts::\d{12}:(assumed-role|federated-user)/.+"
)
_NARROWING = ("aws:principal", "aws:source", "aws:userid", "aws:username", "aws:calledvia", "s3:dataaccesspoint")


def get_bucket_policy(call: Call) -> Reply:
    """GET ?policy. AwsError NoSuchBucketPolicy."""
    return Reply(200, {"content-type": "application/json"}, _policy(call).encode())


def get_bucket_policy_status(call: Call) -> Reply:
    """GET ?policyStatus: whether the policy lets anybody in. AwsError NoSuchBucketPolicy."""
    return xml.reply("PolicyStatus", [("IsPublic", is_public(json.loads(_policy(call))))])


def put_bucket_policy(call: Call) -> Reply:
    """PUT ?policy. AwsError MalformedPolicy, AccessDenied for a public one where public ones are blocked."""
    text = call.request.body.read(_LIMIT_BYTES + 1)
    document = checked(text, call.bucket)
    for statement in _items(document["Statement"]):
        _check_principals(call.iam, statement, call.account_id)
    block = call.objects.buckets.setting(call.bucket, "publicAccessBlock")
    if is_public(document) and block is not None and "<BlockPublicPolicy>true" in block:
        raise access_denied(call.caller, "s3:PutBucketPolicy", arn(call.bucket))
    call.objects.buckets.put_setting(call.bucket, POLICY, text.decode())
    return Reply(204)


def delete_bucket_policy(call: Call) -> Reply:
    """DELETE ?policy."""
    call.objects.buckets.put_setting(call.bucket, POLICY, None)
    return Reply(204)


def _policy(call: Call) -> str:
    document = call.objects.buckets.setting(call.bucket, POLICY)
    if document is None:
        raise AwsError("NoSuchBucketPolicy", "The bucket policy does not exist", 404, BucketName=call.bucket)
    return document


def checked(text: bytes, bucket: str) -> dict[str, Any]:
    """A policy's document. AwsError MalformedPolicy when it says nothing sensible about this bucket."""
    if len(text) > _LIMIT_BYTES:
        raise _malformed(f"Policy exceeds the maximum allowed document size of {_LIMIT_BYTES} bytes.")
    try:
        document = json.loads(text)
    except ValueError as error:
        raise _malformed("Policies must be valid JSON and the first byte must be '{'") from error
    if not isinstance(document, dict) or not _items(document.get("Statement")):
        raise _malformed("Missing required field Statement")
    for statement in _items(document["Statement"]):
        _check_statement(statement, bucket)
    return document


def _check_statement(statement: Any, bucket: str) -> None:
    if not isinstance(statement, dict):
        raise _malformed("Statement must be an object")
    if statement.get("Effect") not in ("Allow", "Deny"):
        raise _malformed("Missing required field Effect")
    if "Principal" not in statement and "NotPrincipal" not in statement:
        raise _malformed("Missing required field Principal")
    actions = _items(statement.get("Action")) + _items(statement.get("NotAction"))
    if not actions or not all(isinstance(a, str) and (a == "*" or a.lower().startswith("s3:")) for a in actions):
        raise _malformed("Policy has invalid action")
    resources = _items(statement.get("Resource")) + _items(statement.get("NotResource"))
    own = f"arn:aws:s3:::{bucket}"
    if not resources or not all(isinstance(r, str) and (r == own or r.startswith(own + "/")) for r in resources):
        raise _malformed("Policy has invalid resource")


def _check_principals(iam: Iam, statement: dict[str, Any], account_id: str) -> None:
    """S3 keeps no policy that names somebody of the account who does not exist."""
    for principal in (statement.get("Principal"), statement.get("NotPrincipal")):
        names = _items(principal.get("AWS")) if isinstance(principal, dict) else _items(principal)
        for name in names:
            own = _IAM_ARN.fullmatch(str(name))
            exists = own is None or own[1] != account_id or iam.principal_exists(name)
            if not exists or not (own or _OTHER_PRINCIPAL.fullmatch(str(name))):
                raise _malformed(f"Invalid principal in policy: {name}")


def is_public(document: dict[str, Any]) -> bool:
    """An Allow for everybody, without a condition on who or from where."""
    return any(
        statement["Effect"] == "Allow" and _everybody(statement.get("Principal")) and not _narrowed(statement)
        for statement in _items(document["Statement"])
    )


def _everybody(principal: Any) -> bool:
    return principal == "*" or (isinstance(principal, dict) and "*" in _items(principal.get("AWS")))


def _narrowed(statement: dict[str, Any]) -> bool:
    tests = statement.get("Condition") or {}
    return any(key.lower().startswith(_NARROWING) for test in tests.values() for key in test)


def _items(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _malformed(message: str) -> AwsError:
    return AwsError("MalformedPolicy", message, 400)
