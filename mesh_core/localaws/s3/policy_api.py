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
from mesh_core.localaws.s3.policy_check import LIMIT_BYTES, checked, is_public, items, malformed

_IAM_ARN = re.compile(r"arn:aws:iam::(\d{12}):(?:user|role)/[\w+=,.@/-]+")
_OTHER_PRINCIPAL = re.compile(
    r"\*|\d{12}|arn:aws:iam::\d{12}:root|arn:aws:sts::\d{12}:(assumed-role|federated-user)/.+"
)


def get_bucket_policy(call: Call) -> Reply:
    """GET ?policy. AwsError NoSuchBucketPolicy."""
    return Reply(200, {"content-type": "application/json"}, _policy(call).encode())


def get_bucket_policy_status(call: Call) -> Reply:
    """GET ?policyStatus: whether the policy lets anybody in. AwsError NoSuchBucketPolicy."""
    return xml.reply("PolicyStatus", [("IsPublic", is_public(json.loads(_policy(call))))])


def put_bucket_policy(call: Call) -> Reply:
    """PUT ?policy. AwsError MalformedPolicy, AccessDenied for a public one where public ones are blocked."""
    text = call.request.body.read(LIMIT_BYTES + 1)
    document = checked(text, call.bucket)
    for statement in items(document["Statement"]):
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


def _check_principals(iam: Iam, statement: dict[str, Any], account_id: str) -> None:
    """S3 keeps no policy that names somebody of the account who does not exist."""
    for principal in (statement.get("Principal"), statement.get("NotPrincipal")):
        names = items(principal.get("AWS")) if isinstance(principal, dict) else items(principal)
        for name in names:
            own = _IAM_ARN.fullmatch(str(name))
            exists = own is None or own[1] != account_id or iam.principal_exists(name)
            if not exists or not (own or _OTHER_PRINCIPAL.fullmatch(str(name))):
                raise malformed(f"Invalid principal in policy: {name}")
