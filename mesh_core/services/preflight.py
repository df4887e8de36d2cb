"""Look at an account before the portal is pointed at it. Reads only."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from mesh_core.domain.world import IAM_ALLOWED
from mesh_core.errors import MeshError
from mesh_core.services.ports import AccountReader, Readers

Level = Literal["ok", "warning", "missing"]

# What the portal calls, by what stops working without it.
ACTIONS = {
    "read the catalog": (
        "glue:GetDatabases",
        "glue:GetTables",
        "glue:GetTable",
        "glue:GetDatabase",
        "glue:GetPartitions",
    ),
    "publish": (
        "glue:CreateDatabase",
        "glue:UpdateDatabase",
        "glue:CreateTable",
        "glue:UpdateTable",
        "glue:BatchCreatePartition",
        "s3:CreateBucket",
        "s3:PutObject",
    ),
    "protect buckets": ("s3:PutBucketPolicy", "s3:PutEncryptionConfiguration", "s3:PutBucketPublicAccessBlock"),
    "read who may read what": (
        "lakeformation:ListLFTags",
        "lakeformation:GetResourceLFTags",
        "lakeformation:ListPermissions",
        "lakeformation:ListDataCellsFilter",
        "lakeformation:ListLFTagExpressions",
        "lakeformation:ListResources",
        "lakeformation:GetDataLakeSettings",
    ),
    "govern": (
        "lakeformation:CreateLFTag",
        "lakeformation:UpdateLFTag",
        "lakeformation:DeleteLFTag",
        "lakeformation:AddLFTagsToResource",
        "lakeformation:RemoveLFTagsFromResource",
        "lakeformation:GrantPermissions",
        "lakeformation:RevokePermissions",
        "lakeformation:RegisterResource",
        "lakeformation:DeregisterResource",
        "lakeformation:PutDataLakeSettings",
    ),
    "filter rows": (
        "lakeformation:CreateDataCellsFilter",
        "lakeformation:UpdateDataCellsFilter",
        "lakeformation:DeleteDataCellsFilter",
    ),
    "save LF-tag expressions": (
        "lakeformation:CreateLFTagExpression",
        "lakeformation:UpdateLFTagExpression",
        "lakeformation:DeleteLFTagExpression",
    ),
    "query": ("athena:StartQueryExecution", "athena:GetQueryResults", "lakeformation:GetDataAccess"),
    "keep queries": (
        "athena:ListNamedQueries",
        "athena:CreateNamedQuery",
        "athena:UpdateNamedQuery",
        "athena:DeleteNamedQuery",
    ),
    "make roles": ("iam:CreateRole", "iam:PutRolePolicy", "iam:TagRole", "iam:PassRole"),
    "tear down": ("glue:DeleteTable", "glue:DeleteDatabase", "s3:DeleteObjectVersion", "iam:DeleteRole"),
}


@dataclass(frozen=True)
class Finding:
    """One line of the report."""

    level: Level
    words: str


def look(account: AccountReader, readers: Readers) -> tuple[Finding, ...]:
    """Identity, missing IAM actions, Lake Formation's settings, resources open to IAM. Raises nothing of AWS's."""
    checks = (
        lambda: _identity(account),
        lambda: _actions(account),
        lambda: _settings(account, readers),
        lambda: _open_to_iam(readers),
    )
    return tuple(finding for check in checks for finding in _guarded(check))


def _guarded(check: Callable[[], tuple[Finding, ...]]) -> tuple[Finding, ...]:
    """A check that can't be made is a finding, not the end."""
    try:
        return check()
    except MeshError as error:
        return (Finding("missing", str(error)),)


def _identity(account: AccountReader) -> tuple[Finding, ...]:
    return (Finding("ok", f"Works as {account.caller_arn()}."),)


def _actions(account: AccountReader) -> tuple[Finding, ...]:
    found = []
    for purpose, actions in ACTIONS.items():
        missing = account.missing_actions(actions)
        if missing:
            found.append(Finding("missing", f"To {purpose}, these IAM actions are missing: {', '.join(missing)}."))
    return tuple(found) or (Finding("ok", "All IAM actions that the portal needs are allowed."),)


def _settings(account: AccountReader, readers: Readers) -> tuple[Finding, ...]:
    settings = readers.governance.settings()
    admins = [one["DataLakePrincipalIdentifier"] for one in settings.get("DataLakeAdmins") or ()]
    found = []
    if account.caller_arn() not in admins:
        words = "The identity is no data lake administrator: it can publish and govern only what it is granted."
        found.append(Finding("warning", words))
    if settings.get("CreateTableDefaultPermissions"):
        words = (
            "New tables are open to IAM alone (the account's default). The portal's first plan changes that, "
            "visibly, and Teardown of the mesh changes it back."
        )
        found.append(Finding("warning", words))
    return tuple(found) or (Finding("ok", "Lake Formation governs new databases and tables."),)


def _open_to_iam(readers: Readers) -> tuple[Finding, ...]:
    count = sum(grant.principal == IAM_ALLOWED for grant in readers.governance.grants())
    if count:
        words = f"{count} resources are open to IAM_ALLOWED_PRINCIPALS: Lake Formation doesn't protect them."
        return (Finding("warning", words),)
    return (Finding("ok", "Nothing is open to IAM_ALLOWED_PRINCIPALS."),)
