"""AssumeRole: whom the role trusts, what the session may, how long it lasts.

The role's trust policy must name the caller. Where it names him himself, or everybody, that is enough; where it names
his account, his own policies must allow `sts:AssumeRole` on the role as well. An explicit deny on either side is final.
Source: AWS STS API Reference, "AssumeRole"; IAM User Guide, "Roles terms and concepts" (role chaining).
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from mesh_core.localaws.aws_error import AwsError
from mesh_core.localaws.caller import Caller
from mesh_core.localaws.iam import session_tags
from mesh_core.localaws.iam.change_log import Form
from mesh_core.localaws.iam.known import Identity
from mesh_core.localaws.iam.service import denied
from mesh_core.localaws.iam.verdict import Verdicts
from mesh_core.localaws.policy import evaluate_resource, joined
from mesh_core.localaws.request_context import asking, resource_tag_keys, tag_keys

DEFAULT_ROLE_S, CHAINED_ROLE_S, LONGEST_ROLE_S = 3600, 3600, 43_200
_NAME = re.compile(r"[\w+=,.@-]{2,64}", re.ASCII)
_ROLE_ARN = re.compile(r"arn:aws:iam::\d{12}:role/[\x21-\x7e]+", re.ASCII)
_REFUSED = ("SerialNumber", "TokenCode", "SourceIdentity")


def check(form: Form) -> None:
    """AwsError ValidationError for names that AWS does not take, and by name for what runs on AWS only."""
    name, arn = form.get("RoleSessionName", ""), form.get("RoleArn", "")
    if not _NAME.fullmatch(name):
        raise AwsError(
            "ValidationError",
            f"1 validation error detected: Value '{name}' at 'roleSessionName' failed to satisfy constraint: "
            "Member must satisfy regular expression pattern: [\\w+=,.@-]* and have 2 to 64 characters",
        )
    if not _ROLE_ARN.fullmatch(arn):
        raise AwsError("ValidationError", f"{arn} is invalid")
    for parameter in _REFUSED:
        if parameter in form:
            raise AwsError(
                "ValidationError", f"{parameter} runs on AWS but not on the local endpoint. Nothing was done."
            )


def require(verdicts: Verdicts, caller: Caller, form: Form, role: Identity | None) -> dict[str, str]:
    """The session's tags, when the caller may assume the role with them. AwsError AccessDenied."""
    arn, tags = form["RoleArn"], session_tags.read(form)
    for action in ("sts:AssumeRole", *((session_tags.ACTION,) if tags else ())):
        if role is None or not _may(verdicts, caller, action, (arn, role), _keys(form, tags)):
            raise denied(caller, action, arn)
    return tags


def _keys(form: Form, tags: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    names = {
        "ExternalId": "sts:externalid",
        "RoleSessionName": "sts:rolesessionname",
        "DurationSeconds": "sts:durationseconds",
    }
    return {key: (form[name],) for name, key in names.items() if name in form} | tag_keys(tags)


def _may(
    verdicts: Verdicts, caller: Caller, action: str, role: tuple[str, Identity], keys: dict[str, tuple[str, ...]]
) -> bool:
    arn, found = role
    with asking(keys | resource_tag_keys(found.tags)):
        ask = verdicts.ask(caller, action, arn)
    trust = evaluate_resource(found.trust, ask)
    if trust.denies or not trust.grants:
        return False
    return caller.is_root or joined(verdicts.standing(caller, ask), trust) == "allow"


def duration_s(caller: Caller, role: Identity, form: Form) -> int:
    """How long the session lasts. AwsError ValidationError for more than the role, or a chain of roles, allows."""
    chained = caller.role_name is not None
    longest_s = min(role.longest_s, CHAINED_ROLE_S) if chained else role.longest_s
    asked_s = seconds(form, min(DEFAULT_ROLE_S, longest_s), LONGEST_ROLE_S)
    if chained and asked_s > CHAINED_ROLE_S:
        text = "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining"
        raise AwsError("ValidationError", text)
    if asked_s > longest_s:
        text = "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."
        raise AwsError("ValidationError", text)
    return asked_s


def seconds(form: Form, default_s: int, longest_s: int) -> int:
    """DurationSeconds, from 900 to `longest_s`. AwsError ValidationError."""
    text = form.get("DurationSeconds", str(default_s))
    if not re.fullmatch(r"[0-9]{1,9}", text):
        raise AwsError("ValidationError", f"DurationSeconds {text[:20]} is not a number of seconds.")
    for fails, bound, which in ((int(text) < 900, 900, "greater"), (int(text) > longest_s, longest_s, "less")):
        if fails:
            raise AwsError(
                "ValidationError",
                f"1 validation error detected: Value '{text}' at 'durationSeconds' failed to satisfy constraint: "
                f"Member must have value {which} than or equal to {bound}",
            )
    return int(text)
