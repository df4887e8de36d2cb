"""Grants as rows: put, take, and forget with the object that they were on."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass

from mesh_core.localaws.lakeformation.targets import Key, Target, keys

_ROW = "principal = ? AND kind = ? AND database = ? AND name = ? AND item = ? AND permission = ?"


@dataclass(frozen=True)
class Stamp:
    """Who changed a grant, and when (epoch seconds)."""

    by: str
    at_s: float


@dataclass(frozen=True)
class Giving:
    """Permissions of one principal on one target; those of `grantable` may be passed on."""

    principal: str
    target: Target
    permissions: frozenset[str]
    grantable: frozenset[str] = frozenset()
    implicit: bool = False


def put(db: sqlite3.Connection, giving: Giving, stamp: Stamp) -> None:
    """Add permissions; what is there already gains at most the grant option."""
    for permission in sorted(giving.permissions):
        for key in keys(giving.target, permission):
            db.execute(
                "INSERT INTO lf_grant VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET"
                " grantable = max(grantable, excluded.grantable),"
                " updated_s = excluded.updated_s, updated_by = excluded.updated_by",
                (
                    giving.principal,
                    *key,
                    permission,
                    giving.implicit,
                    permission in giving.grantable,
                    stamp.at_s,
                    stamp.by,
                ),
            )


def take(db: sqlite3.Connection, giving: Giving) -> int:
    """Remove `permissions`, and only the grant option of those that are in `grantable` alone; how many rows changed.

    Implicit rights stay.
    """
    changed = 0
    for permission in giving.permissions | giving.grantable:
        for key in keys(giving.target, permission):
            changed += _take(db, giving, permission, key)
    return changed


def _take(db: sqlite3.Connection, giving: Giving, permission: str, key: Key) -> int:
    where = f" WHERE {_ROW} AND NOT implicit"
    row = (giving.principal, *key, permission)
    if permission in giving.permissions:
        return db.execute("DELETE FROM lf_grant" + where, row).rowcount
    return db.execute("UPDATE lf_grant SET grantable = 0" + where + " AND grantable", row).rowcount


def explicit_on(db: sqlite3.Connection, principal: str, database: str, name: str) -> frozenset[str]:
    """The kinds of explicit grants that a principal holds on one table: "table", "all_columns", "column", ..."""
    rows = db.execute(
        "SELECT DISTINCT kind FROM lf_grant WHERE principal = ?"
        " AND kind IN ('table', 'all_columns', 'column', 'excluded') AND database = ? AND name = ? AND NOT implicit",
        (principal, database, name),
    )
    return frozenset(row[0] for row in rows)


def forget(db: sqlite3.Connection, database: str, name: str | None = None) -> None:
    """Remove the grants on a table with its filters, or on a database and everything in it."""
    for table in ("lf_grant", "lf_filter", "lf_opt_in"):
        if name is None:
            db.execute(f"DELETE FROM {table} WHERE database = ?", (database,))
        else:
            db.execute(f"DELETE FROM {table} WHERE database = ? AND name = ?", (database, name))


def holds(db: sqlite3.Connection, principals: Iterable[str], key: Key, permission: str, grantable: bool) -> bool:
    """Whether one of the principals holds exactly that permission on that key."""
    kind, database, name, item = key
    return any(
        db.execute(
            "SELECT 1 FROM lf_grant WHERE principal = ? AND kind = ? AND database = ? AND name = ? AND item = ?"
            " AND permission = ? AND grantable >= ?",
            (principal, kind, database, name, item, permission, grantable),
        ).fetchone()
        for principal in principals
    )
