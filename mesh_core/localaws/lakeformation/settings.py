"""The data lake settings: administrators, and what new databases and tables give to IAM_ALLOWED_PRINCIPALS."""

from __future__ import annotations

import json
import sqlite3
from typing import Any

from mesh_core.localaws.aws_error import invalid

IAM_ALLOWED = "IAM_ALLOWED_PRINCIPALS"
MAX_ADMINISTRATORS = 30

_IAM_DECIDES = [{"Principal": {"DataLakePrincipalIdentifier": IAM_ALLOWED}, "Permissions": ["ALL"]}]
_NEW_ACCOUNT: dict[str, Any] = {
    "DataLakeAdmins": [],
    "ReadOnlyAdmins": [],
    "CreateDatabaseDefaultPermissions": _IAM_DECIDES,
    "CreateTableDefaultPermissions": _IAM_DECIDES,
    "Parameters": {"CROSS_ACCOUNT_VERSION": "4", "SET_CONTEXT": "TRUE"},
    "TrustedResourceOwners": [],
    "AllowExternalDataFiltering": False,
    "ExternalDataFilteringAllowList": [],
    "AuthorizedSessionTagValueList": [],
}
_LISTS = (
    "DataLakeAdmins",
    "ReadOnlyAdmins",
    "CreateDatabaseDefaultPermissions",
    "CreateTableDefaultPermissions",
    "TrustedResourceOwners",
    "ExternalDataFilteringAllowList",
    "AuthorizedSessionTagValueList",
)


def get(db: sqlite3.Connection) -> dict[str, Any]:
    """The settings; a new account's until they are put for the first time."""
    row = db.execute("SELECT document FROM lf_settings").fetchone()
    document: dict[str, Any] = json.loads(row[0]) if row else dict(_NEW_ACCOUNT)
    return document


def put(db: sqlite3.Connection, settings: dict[str, Any]) -> None:
    """Replace the settings as a whole: what is left out is emptied. AwsError InvalidInputException."""
    for member in ("DataLakeAdmins", "ReadOnlyAdmins"):
        _check_administrators(member, settings.get(member, []))
    for member in ("CreateDatabaseDefaultPermissions", "CreateTableDefaultPermissions"):
        if settings.get(member) and not decided_by_iam(settings[member]):
            raise invalid(f"{member} can be empty, or grant ALL to {IAM_ALLOWED}; nothing else. Nothing was changed.")
    document = {member: [] for member in _LISTS} | {"Parameters": _NEW_ACCOUNT["Parameters"]} | settings
    db.execute("INSERT OR REPLACE INTO lf_settings VALUES (1, ?)", (json.dumps(document),))


def _check_administrators(member: str, principals: list[dict[str, str]]) -> None:
    if len(principals) > MAX_ADMINISTRATORS:
        raise invalid(f"{member} has {len(principals)} principals; at most {MAX_ADMINISTRATORS} are allowed.")
    for principal in principals:
        arn = principal.get("DataLakePrincipalIdentifier", "")
        if not arn.startswith("arn:aws:iam::"):
            raise invalid(f"{member}: {arn!r} is not the ARN of an IAM user or role.")


def decided_by_iam(defaults: list[dict[str, Any]]) -> bool:
    """Whether default permissions are exactly "use only IAM access control"."""
    return [(d["Principal"]["DataLakePrincipalIdentifier"], d["Permissions"]) for d in defaults] == [
        (IAM_ALLOWED, ["ALL"])
    ]


def administrators(settings: dict[str, Any]) -> frozenset[str]:
    """Data lake administrators: principal ARNs."""
    return frozenset(p["DataLakePrincipalIdentifier"] for p in settings["DataLakeAdmins"])


def read_only_administrators(settings: dict[str, Any]) -> frozenset[str]:
    """Principals who see all metadata and change nothing."""
    return frozenset(p["DataLakePrincipalIdentifier"] for p in settings["ReadOnlyAdmins"])
