"""Lake Formation, as the other services ask it.

Whether IAM allows a call at all was asked before; where IAM_ALLOWED_PRINCIPALS holds ALL, that is the whole answer.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from mesh_core.localaws.aws_error import AwsError, denied
from mesh_core.localaws.caller import Caller
from mesh_core.localaws.lakeformation import grants, held, resources, settings, tags
from mesh_core.localaws.lakeformation.access import Cells, TableAccess
from mesh_core.localaws.lakeformation.grants import Giving, Stamp
from mesh_core.localaws.lakeformation.schema import Changes
from mesh_core.localaws.lakeformation.targets import Target
from mesh_core.localaws.lakeformation.verdicts import Verdicts
from mesh_core.localaws.store import Store

if TYPE_CHECKING:
    from collections.abc import Callable

    from mesh_core.localaws.glue.catalog import Catalog

__all__ = ["Cells", "Lake", "TableAccess"]

_ALL = frozenset({"ALL"})


class Lake:
    """One account's Lake Formation. Methods named `require_...` raise AwsError AccessDeniedException."""

    def __init__(self, store: Store, account_id: str, catalog: Catalog, now: Callable[[], datetime]) -> None:
        self.changes = Changes(store)
        self.account_id, self.catalog, self.now = account_id, catalog, now
        self._verdicts = Verdicts(self.changes, catalog, account_id)

    def table_access(self, caller: Caller, database: str, table: str) -> TableAccess:
        """The verdict on one table. AwsError EntityNotFoundException when it doesn't exist."""
        return self._verdicts.table(caller, database.lower(), table.lower())

    def tables_access(self, caller: Caller, database: str, tables: Iterable[dict[str, Any]]) -> dict[str, TableAccess]:
        """The verdicts on many tables of one database (Glue Table documents), by lower-case name; invisible ones too.

        Grants and tags are read once for all of them.
        """
        return self._verdicts.tables(caller, database.lower(), tables)

    def database_access(self, caller: Caller, database: str) -> frozenset[str]:
        """Effective permissions (ALTER CREATE_TABLE DESCRIBE DROP) on a database; empty = invisible.

        A permission on any of its tables makes it visible (DESCRIBE). A database that doesn't exist is invisible.
        """
        return self._verdicts.database(caller, database.lower())

    def principals(self, caller: Caller) -> tuple[str, ...]:
        """The names under which grants reach a caller."""
        return self._verdicts.principals(caller)

    def is_admin(self, db: sqlite3.Connection, caller: Caller) -> bool:
        """Whether the caller is a data lake administrator."""
        return caller.principal in settings.administrators(settings.get(db))

    def sees_everything(self, caller: Caller) -> bool:
        """Whether the caller is an administrator or a read-only one: DESCRIBE on everything."""
        return self._verdicts.sees_everything(caller)

    def definer_caller(self, role_arn: str) -> Caller:
        """The role on whose behalf a SECURITY DEFINER view reads its bases."""
        name = role_arn.rsplit("/", 1)[-1]
        arn = f"arn:aws:sts::{self.account_id}:assumed-role/{name}/definer"
        return Caller(self.account_id, arn, role_arn, "")

    def require_table(self, caller: Caller, database: str, table: str, permission: str) -> None:
        """AccessDeniedException without the permission; EntityNotFoundException for a missing table, but only to a
        caller who could make it or sees everything: to others it looks like a forbidden one."""
        try:
            access = self.table_access(caller, database, table)
        except AwsError as error:
            if self.may_know_of(caller, database):
                raise
            raise _insufficient(permission, table) from error
        if permission not in access.permissions:
            raise _insufficient(permission, table)

    def may_know_of(self, caller: Caller, database: str) -> bool:
        """Whether the caller may be told that a table of the database, or the database, does not exist."""
        with self.changes.read() as db:
            every = held.read(db, held.Scope(self.principals(caller), database.lower(), "*"))
            return (
                self.sees_everything(caller)
                or "*" in every.tables
                or "CREATE_TABLE" in self.database_access(caller, database)
                or self._creates_databases(db, caller)
            )

    def require_database(self, caller: Caller, database: str, permission: str) -> None:
        """AccessDeniedException without the permission; a missing database as in `require_table`."""
        found = self.database_access(caller, database)
        if permission in found:
            return
        if not found:
            with self.changes.read() as db:
                if self.sees_everything(caller) or self._creates_databases(db, caller):
                    self.catalog.database(database)
        raise _insufficient(permission, database)

    def require_catalog(self, caller: Caller, permission: str) -> None:
        """AccessDeniedException without CREATE_DATABASE, CREATE_LF_TAG, ... on the catalog."""
        with self.changes.read() as db:
            if permission == "CREATE_DATABASE" and self._creates_databases(db, caller):
                return
            key = ("catalog", "", "", "")
            if self.is_admin(db, caller) or grants.holds(db, self.principals(caller), key, permission, False):
                return
        wanted = {"CREATE_LF_TAG": "create tag", "CREATE_LF_TAG_EXPRESSION": "create tag expression"}
        raise _insufficient(permission, "Catalog" if permission not in wanted else "catalog", wanted.get(permission))

    def _creates_databases(self, db: sqlite3.Connection, caller: Caller) -> bool:
        current = settings.get(db)
        return (
            settings.decided_by_iam(current["CreateDatabaseDefaultPermissions"])
            or caller.principal in settings.administrators(current)
            or grants.holds(db, self.principals(caller), ("catalog", "", "", ""), "CREATE_DATABASE", False)
        )

    def require_location(self, caller: Caller, s3_uri: str, database: str | None = None) -> None:
        """AccessDeniedException unless the caller may make catalog objects that point at a registered path.

        Paths that are not registered are open. A path below the registered location of `database` is, too.
        """
        arn = resources.arn_of(s3_uri)
        if arn is None:
            return
        with self.changes.read() as db:
            if self._verdicts.location(arn) is None or self.is_admin(db, caller):
                return
            if database is not None and self._inside_database(database, arn):
                return
            if any(resources.covers(granted, arn) for granted in self._granted_locations(db, caller)):
                return
        raise denied(f"Insufficient Lake Formation permission(s) on {s3_uri}: Required Data Location Access.")

    def _inside_database(self, database: str, arn: str) -> bool:
        outer = resources.arn_of(self.catalog.database(database).get("LocationUri") or "")
        return outer is not None and resources.covers(outer, arn) and self._verdicts.location(outer) is not None

    def _granted_locations(self, db: sqlite3.Connection, caller: Caller) -> list[str]:
        principals = self.principals(caller)
        marks = ",".join("?" * len(principals))
        rows = db.execute(f"SELECT name FROM lf_grant WHERE kind = 'location' AND principal IN ({marks})", principals)
        return [row[0] for row in rows]

    def is_registered(self, s3_uri: str) -> bool:
        """Whether a registered location covers the path: its data is read with vended credentials."""
        arn = resources.arn_of(s3_uri)
        return arn is not None and self._verdicts.location(arn) is not None

    def registered_role(self, s3_uri: str) -> str:
        """The ARN of the role with which the location that covers a path was registered; "" for an open path."""
        arn = resources.arn_of(s3_uri)
        location = self._verdicts.location(arn) if arn else None
        return str(location["RoleArn"]) if location else ""

    def registration(self) -> Callable[[str], bool]:
        """`is_registered` as of now, for many paths."""
        locations = self._verdicts.locations()

        def registered(s3_uri: str) -> bool:
            arn = resources.arn_of(s3_uri)
            return arn is not None and resources.innermost(locations, arn) is not None

        return registered

    def vends(self, access: TableAccess, s3_uri: str) -> bool:
        """Whether data at a path is read with vended credentials (True) or with the caller's own rights in S3.

        In a hybrid location, those for whom IAM decides use their own.
        """
        arn = resources.arn_of(s3_uri)
        location = self._verdicts.location(arn) if arn else None
        return location is not None and (access.governed or not location["HybridAccessEnabled"])

    def is_left_to_iam(self, database: str) -> bool:
        """Whether IAM_ALLOWED_PRINCIPALS holds ALL on a database."""
        key = ("database", database.lower(), "", "")
        with self.changes.read() as db:
            return grants.holds(db, (settings.IAM_ALLOWED,), key, "ALL", False)

    def database_created(self, caller: Caller, name: str) -> None:
        """Give the creator's rights and the settings' defaults on a new database."""
        target = Target("database", name.lower())
        with self.changes.write() as db:
            grants.put(db, Giving(caller.principal, target, _ALL, _ALL, implicit=True), self.stamp(caller))
            if settings.decided_by_iam(settings.get(db)["CreateDatabaseDefaultPermissions"]):
                grants.put(db, Giving(settings.IAM_ALLOWED, target, _ALL), self.stamp(caller))

    def table_created(self, caller: Caller, database: str, name: str) -> None:
        """Give the creator's rights and the defaults (the database's own, else the settings') on a new table."""
        target = Target("table", database.lower(), name.lower())
        with self.changes.write() as db:
            grants.put(db, Giving(caller.principal, target, _ALL, _ALL, implicit=True), self.stamp(caller))
            defaults = self.catalog.database(database).get("CreateTableDefaultPermissions")
            if defaults is None:
                defaults = settings.get(db)["CreateTableDefaultPermissions"]
            if settings.decided_by_iam(defaults):
                grants.put(db, Giving(settings.IAM_ALLOWED, target, _ALL), self.stamp(caller))

    def database_dropped(self, name: str) -> None:
        """Forget grants, tags, filters and opt-ins of a database and of everything in it."""
        with self.changes.write() as db:
            grants.forget(db, name.lower())
            tags.forget(db, name.lower())

    def table_dropped(self, database: str, name: str) -> None:
        """Forget grants, tags, filters and opt-ins of a table: a new one of that name starts without them."""
        with self.changes.write() as db:
            grants.forget(db, database.lower(), name.lower())
            tags.forget(db, database.lower(), name.lower())

    def stamp(self, caller: Caller) -> Stamp:
        """Who and when, for the record of a change."""
        return Stamp(caller.arn, self.now().timestamp())


def _insufficient(permission: str, name: str, words: str | None = None) -> AwsError:
    wanted = words or permission.replace("_", " ").title()
    return denied(f"Insufficient Lake Formation permission(s): Required {wanted} on {name}")
