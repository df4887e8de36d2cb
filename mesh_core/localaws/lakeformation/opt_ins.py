"""Opt-ins of hybrid mode: principals for whom Lake Formation decides although IAM_ALLOWED_PRINCIPALS holds ALL."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection
from typing import Any

from mesh_core.localaws.aws_error import invalid, not_found
from mesh_core.localaws.lakeformation.targets import ALL_TABLES, Target

_KINDS = ("catalog", "database", "table")


def check(target: Target) -> None:
    """AwsError InvalidInputException unless the target is a catalog, a database or tables."""
    if target.kind not in _KINDS:
        raise invalid("An opt-in names a catalog, a database, a table or all tables of a database; nothing else.")


def put(db: sqlite3.Connection, principal: str, target: Target, document: dict[str, Any]) -> None:
    """Opt a principal in; again is the same. `document` is its LakeFormationOptInsInfo."""
    check(target)
    row = (principal, target.database, target.name, json.dumps(document))
    db.execute("INSERT OR REPLACE INTO lf_opt_in VALUES (?, ?, ?, ?)", row)


def remove(db: sqlite3.Connection, principal: str, target: Target) -> None:
    """AwsError EntityNotFoundException when there is no such opt-in."""
    where = (principal, target.database, target.name)
    gone = db.execute("DELETE FROM lf_opt_in WHERE principal = ? AND database = ? AND name = ?", where).rowcount
    if not gone:
        raise not_found(f"{principal} is not opted in to {target.shown}.")


def every(db: sqlite3.Connection, principal: str | None = None, target: Target | None = None) -> list[dict[str, Any]]:
    """LakeFormationOptInsInfo documents, narrowed by principal and by exact resource."""
    rows = db.execute("SELECT * FROM lf_opt_in ORDER BY principal, database, name").fetchall()
    return [
        json.loads(row["document"])
        for row in rows
        if principal in (None, row["principal"])
        and (target is None or (row["database"], row["name"]) == (target.database, target.name))
    ]


class OptedIn:
    """Where some principals are opted in: there IAM_ALLOWED_PRINCIPALS does not stand for them."""

    def __init__(self, db: sqlite3.Connection, principals: Collection[str]) -> None:
        marks = ",".join("?" * len(principals))
        rows = db.execute(f"SELECT database, name FROM lf_opt_in WHERE principal IN ({marks})", tuple(principals))
        self._places = frozenset((database, name) for database, name in rows)

    def reaches(self, target: Target) -> bool:
        """Whether an opt-in to the catalog, the database or the table covers a database, a table or what is in one."""
        if not self._places or not target.database:
            return False
        inside = {(target.database, ALL_TABLES), (target.database, target.name)} if target.name else set()
        return bool(self._places & {("", ""), (target.database, ""), *inside})
