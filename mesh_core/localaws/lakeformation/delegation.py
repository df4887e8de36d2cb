"""Who may grant, revoke, tag and filter: what a caller holds with the grant option, or as an administrator."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from functools import cached_property
from typing import Any

from mesh_core.localaws.aws_error import AwsError, denied
from mesh_core.localaws.caller import Caller
from mesh_core.localaws.lakeformation import expressions, grants, held, resources
from mesh_core.localaws.lakeformation.access import DATABASE_PERMISSIONS, TABLE_PERMISSIONS
from mesh_core.localaws.lakeformation.decide import Held, Reach, Shape, expand, reach, reach_database
from mesh_core.localaws.lakeformation.lake import Lake
from mesh_core.localaws.lakeformation.schema import PASSED_ON
from mesh_core.localaws.lakeformation.targets import ALL_TABLES, Target, keys

_TAGGING_DATABASE = frozenset({"DESCRIBE", "CREATE_TABLE", "ALTER", "DROP"})
_TAGGING_TABLE = TABLE_PERMISSIONS
_USING = "GRANT_WITH_LF_TAG_EXPRESSION"
_FEW_TABLES = 8  # a grant asks about one table, a listing about many


class Delegation:
    """One caller's rights to pass things on, in one snapshot. Made for one request: it remembers what it read."""

    def __init__(self, lake: Lake, db: sqlite3.Connection, caller: Caller) -> None:
        self._lake, self._db = lake, db
        self.principals = lake.principals(caller)
        self.is_admin = lake.is_admin(db, caller)
        self.sees_everything = lake.sees_everything(caller)
        self._facts: dict[str, dict[str | None, held.Facts]] = {}
        self._reachable: dict[str, bool] = {}
        self._reached: dict[tuple[str, str], tuple[Shape, Reach] | None] = {}

    def require(self, target: Target, permissions: Iterable[str]) -> None:
        """AwsError AccessDeniedException unless the caller may grant and revoke each permission on the target."""
        missing = sorted(p for p in permissions if not self.may_pass_on(target, p))
        if missing:
            raise denied(
                "Resource does not exist or requester is not authorized to access requested permissions: "
                f"{', '.join(missing)} on {target.shown} with grant option."
            )

    def may_pass_on(self, target: Target, permission: str) -> bool:
        """Whether the caller may grant and revoke one permission on the target."""
        if self.is_admin or not self._holds_an_option:
            return self.is_admin
        match target.kind:
            case "database" | "table" | "columns" | "filter" if not self._reaches(target.database):
                return False
            case "database":
                return expand([permission], DATABASE_PERMISSIONS) <= self.on_database(target.database)
            case "table" | "columns":
                return self._on_table(target, permission)
            case "filter":
                return self._holds(target, permission) or self.reads_all(target.database, target.name)
            case "tag":
                return all(self.on_tag(target.name, value, permission, grantable=True) for value in target.values)
            case "policy_database" | "policy_table":
                return self._on_policy(target, permission)
            case "location":
                return self._on_location(target.name)
            case _:
                return self._holds(target, permission)

    @property
    def passes_on_something(self) -> bool:
        """Whether the caller could grant anything to anybody."""
        return self.is_admin or self._holds_an_option

    @cached_property
    def _holds_an_option(self) -> bool:
        return self._exists("")

    def _exists(self, condition: str, *arguments: str) -> bool:
        """Whether the caller holds a grant that can be passed on, or used in granting, under a condition."""
        marks = ",".join("?" * len(self.principals))
        row = self._db.execute(
            f"SELECT 1 FROM lf_grant INDEXED BY lf_grant_passed_on WHERE principal IN ({marks}) AND {PASSED_ON}"
            f" {condition} LIMIT 1",
            (*self.principals, *arguments),
        ).fetchone()
        return row is not None

    def on_database(self, database: str) -> frozenset[str]:
        """Permissions on a database that the caller holds with the grant option."""
        facts = self._grantable(database)
        return reach_database(facts.database_tags, facts.database_permissions, facts.database_policies)

    def reads_all(self, database: str, table: str) -> bool:
        """Whether the caller may pass on SELECT on every column and row."""
        return self.is_admin or self.holds_all(database, table)

    def holds_all(self, database: str, table: str) -> bool:
        """Whether the caller was granted SELECT with the grant option on every column and row, administrator or not."""
        found = self._reach(database, table)
        return found is not None and _all_columns(*found)

    def may_tag(self, target: Target) -> bool:
        """Whether the caller's rights on a database or table are enough to change its tags (see LF-tag assignment)."""
        if self.is_admin:
            return True
        if target.kind == "database":
            return self.on_database(target.database) >= _TAGGING_DATABASE
        found = self._reach(target.database, target.name)
        return found is not None and (found[1].whole | _select_of(*found)) >= _TAGGING_TABLE

    def on_tag(self, key: str, value: str, permission: str, grantable: bool = False) -> bool:
        """Whether the caller holds a permission on a tag's value (or on all of them)."""
        if self.is_admin:
            return True
        return any(
            grants.holds(self._db, self.principals, ("tag", "", key, item), permission, grantable)
            for item in (value, "*")
        )

    def uses_expression(self, body: str) -> bool:
        """Whether the caller may grant by that expression: GRANT_WITH_LF_TAG_EXPRESSION on each of its pairs."""
        return all(self.on_tag(key, value, _USING) for key, values in json.loads(body) for value in values)

    def holds(self, target: Target, permission: str) -> bool:
        """Whether the caller holds just that grant (or is an administrator)."""
        return self.is_admin or any(
            grants.holds(self._db, self.principals, key, permission, False) for key in keys(target, permission)
        )

    def _reaches(self, database: str) -> bool:
        if database not in self._reachable:
            self._reachable[database] = self._exists(
                "AND database IN ('', ?) AND (database <> '' OR kind = 'tag_policy')", database
            )
        return self._reachable[database]

    def _holds(self, target: Target, permission: str) -> bool:
        return all(grants.holds(self._db, self.principals, key, permission, True) for key in keys(target, permission))

    def _on_table(self, target: Target, permission: str) -> bool:
        if target.name == ALL_TABLES:
            every = self._grantable(target.database).tables.get(ALL_TABLES, Held())
            return expand([permission], TABLE_PERMISSIONS) <= expand(every.permissions, TABLE_PERMISSIONS)
        found = self._reach(target.database, target.name)
        if found is None:
            return False
        shape, got = found
        if target.kind == "columns" and target.columns is not None:
            return set(target.columns) <= got.readable
        return expand([permission], TABLE_PERMISSIONS) <= got.whole | _select_of(shape, got)

    def _on_policy(self, target: Target, permission: str) -> bool:
        """By the identical expression held with the grant option, or by the right to use its tags or its name."""
        everything = DATABASE_PERMISSIONS if target.kind == "policy_database" else TABLE_PERMISSIONS
        held_here = {p for p in (*everything, "ALL") if self._holds(target, p)}
        if expand([permission], everything) <= expand(held_here, everything):
            return True
        if target.item.startswith(expressions.SAVED):
            named = Target("tag_expression", name=target.item.removeprefix(expressions.SAVED))
            if self.holds(named, _USING):
                return True
        body = expressions.body(self._db, target.item)
        return body is not None and self.uses_expression(body)

    def _on_location(self, arn: str) -> bool:
        rows = self._db.execute("SELECT principal, name FROM lf_grant WHERE kind = 'location' AND grantable").fetchall()
        return any(row["principal"] in self.principals and resources.covers(row["name"], arn) for row in rows)

    def _grantable(self, database: str, table: str = held.NO_TABLE) -> held.Facts:
        """What the caller may pass on, of one table or of the database itself; after some tables, of all at once."""
        known = self._facts.setdefault(database, {})
        scope = None if len(known) > _FEW_TABLES else table
        if None not in known and table not in known:
            known[scope] = held.read(self._db, held.Scope(self.principals, database, scope, grantable=True))
        return known[None] if None in known else known[table]

    def _reach(self, database: str, table: str) -> tuple[Shape, Reach] | None:
        key = (database, table)
        if key not in self._reached:
            self._reached[key] = self._read_reach(database, table)
        return self._reached[key]

    def _read_reach(self, database: str, table: str) -> tuple[Shape, Reach] | None:
        try:
            document: dict[str, Any] = self._lake.catalog.table(database, table)
        except AwsError:
            return None
        facts = self._grantable(database, table)
        shape = facts.shape(document)
        return shape, reach(shape, facts.held(table), facts.table_policies)


def _all_columns(shape: Shape, got: Reach) -> bool:
    return "SELECT" in got.whole or (bool(shape.columns) and set(shape.columns) <= got.readable)


def _select_of(shape: Shape, got: Reach) -> frozenset[str]:
    return frozenset({"SELECT"}) if _all_columns(shape, got) else frozenset()
