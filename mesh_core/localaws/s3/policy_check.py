"""What S3 checks before it keeps a bucket's policy, and whether a policy lets the whole world in. Pure.

Source: Amazon S3 User Guide, "Policies and permissions in Amazon S3" and "The meaning of public".
"""

from __future__ import annotations

import json
from typing import Any

from mesh_core.localaws.aws_error import AwsError
from mesh_core.localaws.policy_conditions import check_operators
from mesh_core.localaws.policy_document import no_repeats
from mesh_core.localaws.policy_keys import UnknownKeyError, is_known

LIMIT_BYTES = 20 * 1024
_ELEMENTS = {
    "Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition",
}  # fmt: skip
# Names of actions as they begin: those on objects, and those on the bucket.
_ON_OBJECTS = (
    "abortmultipartupload", "bypassgovernance", "deleteobject", "getobject", "listmultipartuploadparts", "putobject",
    "replicate", "restoreobject",
)  # fmt: skip
_ON_BUCKETS = (
    "createbucket", "deletebucket", "getaccelerate", "getbucket", "getencryption", "getinventory", "getlifecycle",
    "getreplication", "listbucket", "putaccelerate", "putbucket", "putencryption", "putinventory", "putlifecycle",
    "putreplication",
)  # fmt: skip
_NARROWING = ("aws:principal", "aws:source", "aws:userid", "aws:username", "aws:calledvia", "s3:dataaccesspoint")
_NARROW = ("StringEquals", "StringEqualsIgnoreCase", "StringLike", "ArnEquals", "ArnLike", "IpAddress")


def checked(text: bytes, bucket: str) -> dict[str, Any]:
    """A policy's document. AwsError MalformedPolicy when it says nothing sensible about this bucket."""
    if len(text) > LIMIT_BYTES:
        raise malformed(f"Policy exceeds the maximum allowed document size of {LIMIT_BYTES} bytes.")
    try:
        document = json.loads(text.decode(), object_pairs_hook=no_repeats)
    except (ValueError, RecursionError) as error:
        raise malformed("Policies must be valid JSON and the first byte must be '{'") from error
    if not isinstance(document, dict) or not items(document.get("Statement")):
        raise malformed("Missing required field Statement")
    for name in document.keys() - {"Version", "Id", "Statement"}:
        raise malformed(f"Unknown field {name}")
    if document.get("Version", "2008-10-17") not in ("2008-10-17", "2012-10-17"):
        raise malformed("The policy must contain a valid version string")
    for statement in items(document["Statement"]):
        _check_statement(statement, bucket)
    sids = [statement["Sid"] for statement in items(document["Statement"]) if "Sid" in statement]
    if len({str(sid) for sid in sids}) < len(sids):
        raise malformed("Statement IDs (SID) in a single policy must be unique.")
    return document


def _check_statement(statement: Any, bucket: str) -> None:
    if not isinstance(statement, dict):
        raise malformed("Statement must be an object")
    for name in statement.keys() - _ELEMENTS:
        raise malformed(f"Unknown field {name}")
    if statement.get("Effect") not in ("Allow", "Deny"):
        raise malformed("Missing required field Effect")
    for name in ("Principal", "Action", "Resource"):
        if (name in statement) == (f"Not{name}" in statement):
            raise malformed(
                f"Missing required field {name}" if name == "Principal" else f"Policy has invalid {name.lower()}"
            )
    _check_kinds(statement)
    _check_actions(statement, bucket)
    _check_conditions(statement.get("Condition", {}))


def _check_kinds(statement: dict[str, Any]) -> None:
    if "NotPrincipal" in statement and statement["Effect"] == "Allow":
        raise malformed("Allow with NotPrincipal is not allowed.")
    principal = statement.get("Principal", statement.get("NotPrincipal"))
    if principal == "*":
        return
    if isinstance(principal, dict) and "CanonicalUser" in principal:
        raise malformed("The principal CanonicalUser runs on AWS but not on the local endpoint; name the account.")
    if not isinstance(principal, dict) or not principal or not principal.keys() <= {"AWS", "Service", "Federated"}:
        raise malformed("Invalid principal in policy")
    names = [name for listed in principal.values() for name in items(listed)]
    if not all(items(listed) for listed in principal.values()) or not all(isinstance(name, str) for name in names):
        raise malformed("Invalid principal in policy")


def _check_actions(statement: dict[str, Any], bucket: str) -> None:
    actions = items(statement.get("Action", statement.get("NotAction")))
    if not actions or not all(isinstance(a, str) and (a == "*" or a.lower().startswith("s3:")) for a in actions):
        raise malformed("Policy has invalid action")
    resources = items(statement.get("Resource", statement.get("NotResource")))
    own = f"arn:aws:s3:::{bucket}"
    if not resources or not all(isinstance(r, str) and (r == own or r.startswith(own + "/")) for r in resources):
        raise malformed("Policy has invalid resource")
    if "Action" not in statement or "Resource" not in statement:
        return
    names = [action.lower().removeprefix("s3:") for action in actions if "*" not in action and "?" not in action]
    objects_named, bucket_named = any(r != own for r in resources), own in resources
    for name in names:
        if (name.startswith(_ON_OBJECTS) and not objects_named) or (name.startswith(_ON_BUCKETS) and not bucket_named):
            raise malformed("Action does not apply to any resource(s) in statement")


def _check_conditions(conditions: Any) -> None:
    if not isinstance(conditions, dict) or not all(isinstance(keys, dict) for keys in conditions.values()):
        raise malformed("Policy has an invalid condition")
    for operator, keys in conditions.items():
        try:
            check_operators({operator: {}})
        except UnknownKeyError as error:
            raise malformed(f"Invalid Condition type : {operator}") from error
        for key in keys:
            if not is_known(key.lower()):
                raise malformed(f"Policy has an invalid condition key, or one that the local endpoint lacks: {key}")


def is_public(document: dict[str, Any]) -> bool:
    """An Allow for everybody, without a condition on who or from where."""
    return any(
        statement["Effect"] == "Allow" and _everybody(statement.get("Principal")) and not _narrowed(statement)
        for statement in items(document["Statement"])
    )


def _everybody(principal: Any) -> bool:
    return principal == "*" or (isinstance(principal, dict) and "*" in items(principal.get("AWS")))


def _narrowed(statement: dict[str, Any]) -> bool:
    tests = statement.get("Condition") or {}
    return any(
        operator in _NARROW and key.lower().startswith(_NARROWING) and all(_fixed(value) for value in items(values))
        for operator, keys in tests.items()
        for key, values in keys.items()
    )


def _fixed(value: Any) -> bool:
    """Whether a value means one thing: no wildcard, no variable, not every address there is."""
    return not any(mark in str(value) for mark in ("*", "?", "${")) and not str(value).endswith("/0")


def items(value: Any) -> list[Any]:
    """JSON's one-or-many as a list."""
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def malformed(message: str) -> AwsError:
    """MalformedPolicy, 400."""
    return AwsError("MalformedPolicy", message, 400)
