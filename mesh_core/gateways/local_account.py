"""The local endpoint's account, made ready for the portal: what an administrator does once on a real account.

The portal works as the role `mesh-portal`, a data lake administrator. On an account the visitor's own credentials take
that place, so nothing of this runs there.
"""

from __future__ import annotations

import json
from typing import Any

from mesh_core.domain.names import MANAGED
from mesh_core.errors import NameTakenError, NotFoundError, PermissionDeniedError
from mesh_core.gateways.aws_errors import translated
from mesh_core.gateways.clients import Clients

_ACTIONS = ("s3:*", "glue:*", "athena:*", "lakeformation:*", "iam:*")


def prepare(clients: Clients, portal_role: str) -> None:
    """Create the portal's role and make it an administrator of Lake Formation; there already is no error."""
    if _is_ready(clients, portal_role):
        return
    account = clients.account_id()
    arn = f"arn:aws:iam::{account}:role/{portal_role}"
    _create_role(clients.base("iam"), portal_role, f"arn:aws:iam::{account}:root")
    _make_administrator(clients.base("lakeformation"), arn)


def _is_ready(clients: Clients, portal_role: str) -> bool:
    """Whether the role can be assumed and is an administrator: two calls, where making sure of each takes five."""
    try:
        with translated("Lake Formation's settings"):
            settings = clients.portal("lakeformation").get_data_lake_settings()["DataLakeSettings"]
    except (NotFoundError, PermissionDeniedError):
        return False
    admins = (one["DataLakePrincipalIdentifier"] for one in settings.get("DataLakeAdmins", ()))
    return any(arn.endswith(f":role/{portal_role}") for arn in admins)


def _create_role(iam: Any, name: str, trusted: str) -> None:
    trust = _document({"Effect": "Allow", "Principal": {"AWS": trusted}, "Action": "sts:AssumeRole"})
    try:
        with translated(f"the role {name}"):
            iam.create_role(
                RoleName=name,
                AssumeRolePolicyDocument=trust,
                Description="The portal itself: makes and removes what belongs to the mesh",
                Tags=[{"Key": MANAGED, "Value": "true"}],
            )
    except NameTakenError:
        return
    with translated(f"the role {name}"):
        policy = _document({"Effect": "Allow", "Action": list(_ACTIONS), "Resource": "*"})
        iam.put_role_policy(RoleName=name, PolicyName="mesh", PolicyDocument=policy)


def _make_administrator(lake: Any, arn: str) -> None:
    with translated("Lake Formation's settings"):
        settings = lake.get_data_lake_settings()["DataLakeSettings"]
        admins = settings.setdefault("DataLakeAdmins", [])
        if all(one["DataLakePrincipalIdentifier"] != arn for one in admins):
            admins.append({"DataLakePrincipalIdentifier": arn})
            lake.put_data_lake_settings(DataLakeSettings=settings)


def _document(statement: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})
