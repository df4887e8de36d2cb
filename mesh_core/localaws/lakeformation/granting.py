"""Grant and revoke: what a request must fulfil, and its effect."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from mesh_core.localaws.aws_error import AwsError, invalid, not_found
from mesh_core.localaws.caller import Caller
from mesh_core.localaws.glue.documents import columns_of
from mesh_core.localaws.lakeformation import expressions, filters, grants, resources, tags
from mesh_core.localaws.lakeformation.delegation import Delegation
from mesh_core.localaws.lakeformation.grants import Giving
from mesh_core.localaws.lakeformation.lake import Lake
from mesh_core.localaws.lakeformation.settings import IAM_ALLOWED
from mesh_core.localaws.lakeformation.targets import ALL_TABLES, NOT_VALID, Target, check_permissions, parse

MAX_FILTERS_A_PRINCIPAL = 100
_ON_LINK = frozenset({"DESCRIBE", "DROP"})
_ON_VIEW = frozenset({"ALL", "DESCRIBE", "DROP", "SELECT"})
NOTHING_REVOKED = "No permissions revoked. Grantee has no permissions and no grantable permissions on resource."


@dataclass(frozen=True)
class Granting:
    """Grant and revoke for one account. `principal_exists` says whether a user's or role's ARN is known to IAM."""

    lake: Lake
    principal_exists: Callable[[str], bool]

    def grant(self, db: sqlite3.Connection, caller: Caller, entry: dict[str, Any]) -> None:
        """Add the permissions of a request. AwsError before anything was changed."""
        giving = _giving(entry)
        if not giving.permissions:
            raise invalid("Permissions can't be empty.")
        if not giving.grantable <= giving.permissions:
            raise invalid("PermissionsWithGrantOption must be among Permissions.")
        Delegation(self.lake, db, caller).require(giving.target, giving.permissions)
        self._require_principal(giving)
        self._require_target(db, giving.target)
        self._require_kind(giving)
        _require_grant_option(giving)
        _require_one_way(db, giving)
        if giving.target.kind.startswith("policy_"):
            expressions.require_room(db, giving.principal, giving.target.item)
        grants.put(db, giving, self.lake.stamp(caller))

    def revoke(self, db: sqlite3.Connection, caller: Caller, entry: dict[str, Any]) -> None:
        """Take permissions, or their grant option. AwsError when the request takes nothing that is there."""
        giving = _giving(entry)
        if not giving.permissions | giving.grantable:
            raise invalid("Permissions and PermissionsWithGrantOption can't both be empty.")
        Delegation(self.lake, db, caller).require(giving.target, giving.permissions | giving.grantable)
        self._require_target(db, giving.target)
        if grants.take(db, giving):
            return
        held_kinds = grants.explicit_on(db, giving.principal, giving.target.database, giving.target.name)
        if giving.target.kind == "columns" and "all_columns" in held_kinds:
            raise invalid(f"{NOT_VALID} The grantee holds SELECT on the whole table: revoke that.")
        raise invalid(NOTHING_REVOKED)

    def _require_principal(self, giving: Giving) -> None:
        name = giving.principal
        if name in (IAM_ALLOWED, f"{self.lake.account_id}:IAMPrincipals"):
            if name == IAM_ALLOWED and giving.grantable:
                raise invalid(f"{IAM_ALLOWED} can't hold the grant option.")
            return
        if name.startswith(f"arn:aws:iam::{self.lake.account_id}:") and self.principal_exists(name):
            return
        raise invalid(
            f"Invalid principal: {name} is no IAM user or role of account {self.lake.account_id}. Grants to other"
            " accounts and to directory users exist on AWS but not on the local endpoint."
        )

    def _require_target(self, db: sqlite3.Connection, target: Target) -> None:
        """AwsError EntityNotFoundException or InvalidInputException for what is not there."""
        match target.kind:
            case "database":
                self.lake.catalog.database(target.database)
            case "table" if target.name == ALL_TABLES:
                self.lake.catalog.database(target.database)
            case "table":
                self.lake.catalog.table(target.database, target.name)
            case "columns":
                self._require_columns(target)
            case "filter":
                self._require_filter(db, target)
            case "tag":
                tags.require(db, target.name, target.values)
            case "policy_database" | "policy_table":
                _require_expression(db, target.item)
            case "tag_expression":
                expressions.get(db, target.name)
            case "location" if resources.covering(db, target.name) is None:
                raise invalid(f"{target.name} is not in a registered location. Register it first.")
            case _:
                pass

    def _require_kind(self, giving: Giving) -> None:
        """AwsError InvalidInputException for permissions that a resource link or a protected view doesn't take."""
        target, catalog = giving.target, self.lake.catalog
        what, allowed = "", giving.permissions
        if target.kind == "database" and "TargetDatabase" in catalog.database(target.database):
            what, allowed = "resource link", _ON_LINK
        elif target.kind in ("table", "columns") and target.name != ALL_TABLES:
            table = catalog.table(target.database, target.name)
            if "TargetTable" in table:
                what, allowed = "resource link", _ON_LINK
            elif table.get("ViewDefinition"):
                what, allowed = "protected view", _ON_VIEW
        wrong, right = (", ".join(sorted(names)) for names in (giving.permissions - allowed, allowed))
        if wrong:
            raise invalid(f"{NOT_VALID} {wrong} can't be granted on {target.shown}: a {what} takes {right}.")

    def _require_columns(self, target: Target) -> None:
        if target.name == ALL_TABLES:
            self.lake.catalog.database(target.database)
            if target.columns is not None or target.excluded:
                raise invalid("Columns can be named for one table, not for ALL_TABLES.")
            return
        table = self.lake.catalog.table(target.database, target.name)
        named = set(target.columns or target.excluded)
        if named and table.get("TableType") == "VIRTUAL_VIEW":
            raise invalid(f"{NOT_VALID} Column permissions can't be granted on a view.")
        unknown = named - {column["Name"].lower() for column in columns_of(table)}
        if unknown:
            raise invalid(f"Cannot grant/revoke permission on non-existent column: {', '.join(sorted(unknown))}.")
        kept = {column["Name"].lower() for column in table.get("PartitionKeys") or []} & set(target.excluded)
        if kept:
            raise invalid(f"{NOT_VALID} Partition keys can't be excluded: {', '.join(sorted(kept))}.")

    def _require_filter(self, db: sqlite3.Connection, target: Target) -> None:
        self.lake.catalog.table(target.database, target.name)
        try:
            filters.get(db, target.database, target.name, target.item)
        except AwsError as error:
            raise invalid(error.message) from error


def _giving(entry: dict[str, Any]) -> Giving:
    if not entry.get("Principal", {}).get("DataLakePrincipalIdentifier"):
        raise invalid("Principal is missing.")
    if not entry.get("Resource"):
        raise invalid("Resource is missing.")
    if entry.get("Condition"):
        raise invalid("Conditions on grants exist on AWS but not on the local endpoint.")
    target = parse(entry["Resource"])
    permissions = frozenset(entry.get("Permissions") or ())
    grantable = frozenset(entry.get("PermissionsWithGrantOption") or ())
    check_permissions(target, permissions | grantable)
    return Giving(entry["Principal"]["DataLakePrincipalIdentifier"], target, permissions, grantable)


def _require_expression(db: sqlite3.Connection, item: str) -> None:
    body = expressions.body(db, item)
    if body is None:
        raise not_found(f"LF-tag expression {item.removeprefix(expressions.SAVED)} does not exist.")
    if not item.startswith(expressions.SAVED):
        expressions.require_known(db, body)


def _require_grant_option(giving: Giving) -> None:
    if giving.grantable and giving.target.excluded:
        raise invalid(f"{NOT_VALID} The grant option can't go with excluded columns: list the included ones.")


def _require_one_way(db: sqlite3.Connection, giving: Giving) -> None:
    """A principal holds either grants on a table as a whole or on columns of it, never both."""
    target = giving.target
    if target.kind == "filter":
        _require_few_filters(db, giving)
    if target.kind not in ("table", "columns"):
        return
    by_columns = bool(target.columns or target.excluded)
    barred = {"table", "all_columns"} if by_columns else {"column", "excluded"}
    found = grants.explicit_on(db, giving.principal, target.database, target.name) & barred
    if found:
        raise invalid(
            f"{NOT_VALID} {giving.principal} already holds permissions on "
            f"{'the whole table' if by_columns else 'some columns'} of {target.shown}: revoke them first."
        )


def _require_few_filters(db: sqlite3.Connection, giving: Giving) -> None:
    row = db.execute(
        "SELECT count(DISTINCT item) FROM lf_grant WHERE principal = ? AND kind = 'filter' AND database = ?"
        " AND name = ? AND item <> ?",
        (giving.principal, giving.target.database, giving.target.name, giving.target.item),
    ).fetchone()
    if row[0] >= MAX_FILTERS_A_PRINCIPAL:
        raise invalid(f"A principal holds at most {MAX_FILTERS_A_PRINCIPAL} data cells filters on one table.")
