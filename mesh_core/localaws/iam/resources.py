"""What IAM's own policies are asked about before an operation of IAM: the resource, and the condition keys it gives.

Source: Service Authorization Reference, "Actions, resources, and condition keys for AWS IAM".
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from mesh_core.localaws.iam.change_log import Form
from mesh_core.localaws.request_context import resource_tag_keys, tag_keys

Keys = dict[str, tuple[str, ...]]
# Operations on a group or an instance profile that also name who joins or leaves it.
_JOINS = {
    "AddUserToGroup": "GroupName",
    "RemoveUserFromGroup": "GroupName",
    "AddRoleToInstanceProfile": "InstanceProfileName",
    "RemoveRoleFromInstanceProfile": "InstanceProfileName",
}
_NAMES = {
    "RoleName": "role",
    "UserName": "user",
    "GroupName": "group",
    "InstanceProfileName": "instance-profile",
    "ServerCertificateName": "server-certificate",
}
_ARNS = ("PolicySourceArn", "CallerArn", "SAMLProviderArn", "OpenIDConnectProviderArn")
_LISTS = {
    "ListRoles": "role",
    "ListUsers": "user",
    "ListGroups": "group",
    "ListPolicies": "policy",
    "ListInstanceProfiles": "instance-profile",
}


def resource(backend: Any, account_id: str, form: Form) -> str:
    """The ARN that an operation needs permission on."""
    prefix, action = f"arn:aws:iam::{account_id}:", form["Action"]
    if action in _LISTS:
        return f"{prefix}{_LISTS[action]}{form.get('PathPrefix', '/')}"
    for field in [_JOINS[action]] if action in _JOINS else _NAMES:
        if field in form:
            holder = find(backend, field, form[field])
            return str(holder.arn) if holder else f"{prefix}{_NAMES[field]}{form.get('Path', '/')}{form[field]}"
    if "PolicyArn" in form:
        return form["PolicyArn"]
    if "PolicyName" in form:
        return f"{prefix}policy{form.get('Path', '/')}{form['PolicyName']}"
    return next((form[name] for name in _ARNS if name in form), "*")


def find(backend: Any, field: str, name: str) -> Any | None:
    """The role, user, group or instance profile of a name; None when there is none."""
    holders = {
        "RoleName": backend.roles.values(),
        "UserName": backend.users.values(),
        "GroupName": backend.groups.values(),
        "InstanceProfileName": backend.instance_profiles.values(),
    }
    return next((holder for holder in holders.get(field, ()) if holder.name == name), None)


def condition_keys(backend: Any, form: Form) -> Keys:
    """Tags of the request and of the resource, the policy that is attached, the boundary that is set or there."""
    found = tag_keys(_tags(form))
    removed = tuple(value for name, value in form.items() if re.fullmatch(r"TagKeys\.member\.\d+", name))
    found |= {"aws:tagkeys": removed} if removed else {}
    if form["Action"].startswith(("Attach", "Detach")) and "PolicyArn" in form:
        found["iam:policyarn"] = (form["PolicyArn"],)
    field = next((name for name in ("RoleName", "UserName") if name in form), None)
    holder = find(backend, field, form[field]) if field else None
    boundary = form.get("PermissionsBoundary") or getattr(holder, "permissions_boundary_arn", None)
    found |= {"iam:permissionsboundary": (boundary,)} if boundary else {}
    own = tags_of(holder)
    return found | resource_tag_keys(own) | {f"iam:resourcetag/{key.lower()}": (value,) for key, value in own.items()}


def _tags(form: Form) -> dict[str, str]:
    members: dict[str, dict[str, str]] = {}
    for name, value in form.items():
        if match := re.fullmatch(r"Tags\.member\.(\d+)\.(Key|Value)", name):
            members.setdefault(match[1], {})[match[2]] = value
    return {member["Key"]: member.get("Value", "") for member in members.values() if "Key" in member}


def tags_of(holder: Any) -> Mapping[str, str]:
    """The tags of one of moto's roles or users (which keep them in different ways); none of None."""
    tags = getattr(holder, "tags", None) or {}
    listed = tags.values() if isinstance(tags, dict) else tags
    return {tag["Key"]: tag["Value"] for tag in listed}
