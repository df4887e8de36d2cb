"""A small mesh on a fresh store: Glue and Lake Formation called directly, as named roles."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from mesh_core.localaws.aws_error import AwsError
from mesh_core.localaws.caller import Caller
from mesh_core.localaws.context import Context
from mesh_core.localaws.glue.catalog import Catalog
from mesh_core.localaws.glue.service import GlueService
from mesh_core.localaws.lakeformation.access import TableAccess
from mesh_core.localaws.lakeformation.lake import Lake
from mesh_core.localaws.lakeformation.service import LakeFormationService
from mesh_core.localaws.store import Store

ACCOUNT = "000000000000"
EVERYBODY = f"{ACCOUNT}:IAMPrincipals"
IAM_ALLOWED = "IAM_ALLOWED_PRINCIPALS"
ROLES = frozenset({"admin", "steward", "producer", "analyst", "engineer", "auditor"})


def arn(role: str) -> str:
    return role if role in (EVERYBODY, IAM_ALLOWED) else f"arn:aws:iam::{ACCOUNT}:role/{role}"


def caller(role: str) -> Caller:
    if role == "root":
        root = f"arn:aws:iam::{ACCOUNT}:root"
        return Caller(ACCOUNT, root, root, "AKIAROOT")
    return Caller(ACCOUNT, f"arn:aws:sts::{ACCOUNT}:assumed-role/{role}/test", arn(role), "ASIATEST")


class AllowingIam:
    """Identity policies that allow everything; the roles of ROLES exist; `tags` of a role's sessions by its name."""

    def __init__(self) -> None:
        self.tags: dict[str, dict[str, str]] = {}

    def session_tags(self, caller: Caller) -> dict[str, str]:
        return self.tags.get(caller.role_name or "", {})

    def allows(self, caller: Caller, action: str, resource: str = "*") -> bool:
        return True

    def principal_exists(self, principal: str) -> bool:
        return principal.rsplit("/", 1)[-1] in ROLES


class Mesh:
    """Administrator `admin`; `producer` owns database sales (customers, orders); bucket lake is registered."""

    def __init__(self, folder: Path) -> None:
        self.store = Store(folder)
        self.catalog = Catalog(self.store, ACCOUNT, lambda: datetime.now(UTC))
        self.lake = Lake(self.store, ACCOUNT, self.catalog, lambda: datetime.now(UTC))
        self.iam = AllowingIam()
        parts: Any = (folder, lambda: datetime.now(UTC), self.iam, None, self.catalog, self.lake)
        context = Context(self.store, ACCOUNT, "us-east-1", *parts)
        self.glue, self.formation = GlueService(context), LakeFormationService(context)

    def settle(self, governed: bool) -> None:
        """Name the administrator and make the database; `governed` False: IAM decides about everything new."""
        settings: dict[str, Any] = {"DataLakeAdmins": [{"DataLakePrincipalIdentifier": arn("admin")}]}
        if not governed:
            defaults = [{"Principal": {"DataLakePrincipalIdentifier": IAM_ALLOWED}, "Permissions": ["ALL"]}]
            settings |= {"CreateDatabaseDefaultPermissions": defaults, "CreateTableDefaultPermissions": defaults}
        self.call("root", "PutDataLakeSettings", DataLakeSettings=settings)
        self.call(
            "admin", "RegisterResource", ResourceArn="arn:aws:s3:::lake", RoleArn=arn("lf"), HybridAccessEnabled=True
        )
        self.grant("producer", {"Catalog": {}}, "CREATE_DATABASE")
        location = {"DataLocation": {"ResourceArn": "arn:aws:s3:::lake/sales"}}
        self.grant("producer", location, "DATA_LOCATION_ACCESS")
        self.make("producer", "CreateDatabase", DatabaseInput={"Name": "sales", "LocationUri": "s3://lake/sales/"})
        self.table("customers", ["id:int", "name:string", "email:string", "country:string"])
        self.table("orders", ["order_id:int", "amount:double", "status:string"], ["year:int"])

    def table(self, name: str, columns: list[str], keys: list[str] | None = None, by: str = "producer") -> None:
        self.make(by, "CreateTable", DatabaseName="sales", TableInput=table_input(name, columns, keys or []))

    def make(self, role: str, operation: str, **params: Any) -> dict[str, Any]:
        """A Glue operation."""
        return self.glue.call(caller(role), operation, params)

    def call(self, role: str, operation: str, **params: Any) -> dict[str, Any]:
        """A Lake Formation operation."""
        return self.formation.call(caller(role), operation, params)

    def grant(
        self, to: str, resource: dict[str, Any], *permissions: str, passing: tuple[str, ...] = (), by: str = "admin"
    ) -> None:
        self.call(by, "GrantPermissions", **_entry(to, resource, permissions, passing))

    def revoke(
        self, of: str, resource: dict[str, Any], *permissions: str, passing: tuple[str, ...] = (), by: str = "admin"
    ) -> None:
        self.call(by, "RevokePermissions", **_entry(of, resource, permissions, passing))

    def tag(self, resource: dict[str, Any], by: str = "admin", **pairs: str) -> list[dict[str, Any]]:
        """Assign tags; what failed."""
        tags = [{"TagKey": key, "TagValues": [value]} for key, value in pairs.items()]
        found: list[dict[str, Any]] = self.call(by, "AddLFTagsToResource", Resource=resource, LFTags=tags)["Failures"]
        return found

    def vocabulary(self, **keys: list[str]) -> None:
        for key, values in keys.items():
            self.call("admin", "CreateLFTag", TagKey=key, TagValues=values)

    def access(self, role: str, table: str) -> TableAccess:
        return self.lake.table_access(caller(role), "sales", table)

    def listed(self, role: str = "admin", **params: Any) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.call(role, "ListPermissions", **params)["PrincipalResourcePermissions"]
        return found


@cache
def _template(governed: bool) -> TemporaryDirectory[str]:
    folder = TemporaryDirectory(prefix="mesh-template-")
    Mesh(Path(folder.name)).settle(governed)
    return folder


def settled(folder: Path, governed: bool = True) -> Mesh:
    """A mesh in a folder of its own; made once and copied from then on."""
    shutil.copytree(_template(governed).name, folder, dirs_exist_ok=True)
    return Mesh(folder)


@contextmanager
def refused(code: str, containing: str = "") -> Iterator[None]:
    """The block raises an AwsError of that code, whose message contains a text."""
    with pytest.raises(AwsError) as refusal:
        yield
    assert (refusal.value.code, containing.lower() in refusal.value.message.lower()) == (code, True), refusal.value


def _entry(
    principal: str, resource: dict[str, Any], permissions: tuple[str, ...], passing: tuple[str, ...]
) -> dict[str, Any]:
    return {
        "Principal": {"DataLakePrincipalIdentifier": arn(principal)},
        "Resource": resource,
        "Permissions": list(permissions),
        "PermissionsWithGrantOption": list(passing),
    }


def table_input(name: str, columns: list[str], keys: list[str]) -> dict[str, Any]:
    return {
        "Name": name,
        "TableType": "EXTERNAL_TABLE",
        "StorageDescriptor": {"Columns": [_column(c) for c in columns], "Location": f"s3://lake/sales/{name}/"},
        "PartitionKeys": [_column(c) for c in keys],
    }


def _column(text: str) -> dict[str, str]:
    name, _, kind = text.partition(":")
    return {"Name": name, "Type": kind}


DATABASE: dict[str, Any] = {"Database": {"Name": "sales"}}
ALL_TABLES: dict[str, Any] = {"Table": {"DatabaseName": "sales", "TableWildcard": {}}}


def table(name: str) -> dict[str, Any]:
    return {"Table": {"DatabaseName": "sales", "Name": name}}


def columns(name: str, *names: str) -> dict[str, Any]:
    return {"TableWithColumns": {"DatabaseName": "sales", "Name": name, "ColumnNames": list(names)}}


def but(name: str, *names: str) -> dict[str, Any]:
    wildcard = {"ExcludedColumnNames": list(names)}
    return {"TableWithColumns": {"DatabaseName": "sales", "Name": name, "ColumnWildcard": wildcard}}


def policy(kind: str = "TABLE", **pairs: list[str]) -> dict[str, Any]:
    expression = [{"TagKey": key, "TagValues": values} for key, values in pairs.items()]
    return {"LFTagPolicy": {"ResourceType": kind, "Expression": expression}}


def saved(name: str, kind: str = "TABLE") -> dict[str, Any]:
    return {"LFTagPolicy": {"ResourceType": kind, "ExpressionName": name}}


def tag(key: str, *values: str) -> dict[str, Any]:
    return {"LFTag": {"TagKey": key, "TagValues": list(values)}}


def cells(table_name: str, name: str) -> dict[str, Any]:
    where = {"TableCatalogId": ACCOUNT, "DatabaseName": "sales", "TableName": table_name, "Name": name}
    return {"DataCellsFilter": where}


def filter_data(table_name: str, name: str, rows: str | None, **columns: Any) -> dict[str, Any]:
    row_filter: dict[str, Any] = {"AllRowsWildcard": {}} if rows is None else {"FilterExpression": rows}
    where = {"TableCatalogId": ACCOUNT, "DatabaseName": "sales", "TableName": table_name, "Name": name}
    return {**where, "RowFilter": row_filter, **(columns or {"ColumnWildcard": {}})}
