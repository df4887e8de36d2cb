"""Read from SQLite what a decision needs: one caller's grants, and the tags, of one table or of a whole database."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from mesh_core.localaws.lakeformation import expressions
from mesh_core.localaws.lakeformation.decide import CellFilter, Held, Policy, Shape
from mesh_core.localaws.lakeformation.settings import IAM_ALLOWED
from mesh_core.localaws.lakeformation.targets import ALL_TABLES

NO_TABLE = ""
TABLE_KINDS = "'table', 'all_columns', 'column', 'excluded', 'filter'"


@dataclass(frozen=True)
class Scope:
    """Whose grants, on which database, and on which table (None = all of them, NO_TABLE = only what is on the
    database itself or on ALL_TABLES: its cost does not grow with the tables).

    `grantable` keeps only what may be passed on.
    """

    principals: tuple[str, ...]
    database: str
    table: str | None = None
    grantable: bool = False


@dataclass
class Facts:
    """What was read. Table "*" stands for ALL_TABLES, table "" in `opted_in` for the database itself."""

    database_permissions: set[str] = field(default_factory=set)
    tables: dict[str, Held] = field(default_factory=dict)
    database_policies: list[Policy] = field(default_factory=list)
    table_policies: list[Policy] = field(default_factory=list)
    iam_on_database: bool = False
    iam_on_tables: set[str] = field(default_factory=set)
    opted_in: set[str] = field(default_factory=set)
    database_tags: dict[str, str] = field(default_factory=dict)
    table_tags: dict[str, dict[str, str]] = field(default_factory=dict)
    column_tags: dict[str, dict[str, dict[str, str]]] = field(default_factory=dict)

    def held(self, table: str) -> Held:
        """Grants that name the table or ALL_TABLES."""
        own, every = self.tables.get(table), self.tables.get(ALL_TABLES)
        if own is None or every is None:
            return own or every or Held()
        return Held(
            own.permissions | every.permissions,
            own.included | every.included,
            own.excluded + every.excluded,
            own.filters + every.filters,
        )

    def shape(self, document: Mapping[str, Any]) -> Shape:
        """A Glue table's document with its tags, as the decision takes it; names folded to lower case."""
        name = document["Name"].lower()
        keys = tuple(c["Name"].lower() for c in document.get("PartitionKeys") or [])
        data = (c["Name"].lower() for c in (document.get("StorageDescriptor") or {}).get("Columns") or [])
        return Shape(
            columns=_shared((*data, *keys)),
            partition_keys=frozenset(keys),
            database_tags=self.database_tags,
            table_tags=self.table_tags.get(name, {}),
            column_tags=self.column_tags.get(name, {}),
        )

    def iam_decides(self, table: str) -> bool:
        """Whether IAM_ALLOWED_PRINCIPALS holds ALL on the table and the caller has not opted in."""
        return bool(self.iam_on_tables & {table, ALL_TABLES}) and not self.opted_in & {"", table, ALL_TABLES}

    def iam_decides_database(self) -> bool:
        """The same for the database itself; an opt-in to one of its tables doesn't reach it."""
        return self.iam_on_database and "" not in self.opted_in


@lru_cache(maxsize=4096)
def _shared(columns: tuple[str, ...]) -> tuple[str, ...]:
    """The same object for equal lists: verdicts on many tables are kept, and hold them."""
    return columns


def read(db: sqlite3.Connection, scope: Scope) -> Facts:
    """All that concerns the scope, in one snapshot."""
    facts = Facts()
    _read_named(db, scope, facts)
    _read_policies(db, scope, facts)
    _read_opt_ins(db, scope, facts)
    read_tags(db, scope.database, scope.table, facts)
    return facts


def read_tags(db: sqlite3.Connection, database: str, table: str | None, facts: Facts) -> None:
    """Assignments on the database, and on one table or all of them, into `facts`."""
    only, names = ("", ()) if table is None else (" AND name IN ('', ?)", (table,))
    rows = db.execute(
        f"SELECT name, column_name, key, value FROM lf_assignment WHERE database = ?{only}", (database, *names)
    )
    for name, column, key, value in rows:
        if not name:
            facts.database_tags[key] = value
        elif not column:
            facts.table_tags.setdefault(name, {})[key] = value
        else:
            facts.column_tags.setdefault(name, {}).setdefault(column, {})[key] = value


def _read_named(db: sqlite3.Connection, scope: Scope, facts: Facts) -> None:
    found: dict[str, _Collected] = {}
    for principal, kind, name, item, permission in _named_rows(db, scope):
        if principal == IAM_ALLOWED and permission == "ALL":
            facts.iam_on_database |= kind == "database"
            if kind == "table":
                facts.iam_on_tables.add(name)
        elif kind == "database":
            facts.database_permissions.add(permission)
        else:
            found.setdefault(name, _Collected()).add(kind, item, permission)
    filters = _filters(db, scope, {name: got.filters for name, got in found.items() if got.filters})
    facts.tables = {name: got.held(filters.get(name, ())) for name, got in found.items()}


def _named_rows(db: sqlite3.Connection, scope: Scope) -> Iterable[sqlite3.Row]:
    marks = ",".join("?" * len(scope.principals))
    only, names = ("", ()) if scope.table is None else (" AND name IN ('', ?, '*')", (scope.table,))
    return db.execute(
        "SELECT principal, kind, name, item, permission FROM lf_grant"
        f" WHERE principal IN ({marks}) AND kind IN ('database', {TABLE_KINDS}) AND database = ?{only}"
        " AND grantable >= ?",
        (*scope.principals, scope.database, *names, scope.grantable),
    )


class _Collected:
    """The rows on one table, on their way to a Held."""

    def __init__(self) -> None:
        self.permissions: set[str] = set()
        self.included: set[str] = set()
        self.excluded: list[frozenset[str]] = []
        self.filters: set[str] = set()

    def add(self, kind: str, item: str, permission: str) -> None:
        match kind:
            case "column":
                self.included.add(item)
            case "excluded":
                self.excluded.append(frozenset(json.loads(item)))
            case "filter":
                self.filters |= {item} if permission == "SELECT" else set()
            case _:
                self.permissions.add(permission)

    def held(self, filters: tuple[CellFilter, ...]) -> Held:
        return Held(frozenset(self.permissions), frozenset(self.included), tuple(self.excluded), filters)


def _filters(
    db: sqlite3.Connection, scope: Scope, granted: Mapping[str, set[str]]
) -> dict[str, tuple[CellFilter, ...]]:
    found: dict[str, list[CellFilter]] = {}
    for table, names in granted.items():
        rows = db.execute(
            "SELECT filter, document FROM lf_filter WHERE database = ? AND name = ?", (scope.database, table)
        )
        found[table] = [_cell_filter(json.loads(row["document"])) for row in rows if row["filter"] in names]
    return {table: tuple(filters) for table, filters in found.items()}


def _cell_filter(document: Mapping[str, Any]) -> CellFilter:
    columns = document.get("columns")
    return CellFilter(
        columns=None if columns is None else frozenset(columns),
        excluded=frozenset(document.get("excluded", ())),
        row_filter=document["row_filter"],
        kept=frozenset(document.get("kept", ())),
    )


def _read_policies(db: sqlite3.Connection, scope: Scope, facts: Facts) -> None:
    marks = ",".join("?" * len(scope.principals))
    rows = db.execute(
        "SELECT name, item, permission FROM lf_grant"
        f" WHERE principal IN ({marks}) AND kind = 'tag_policy' AND grantable >= ?",
        (*scope.principals, scope.grantable),
    )
    collected: dict[tuple[str, str], set[str]] = {}
    for kind, item, permission in rows:
        collected.setdefault((kind, item), set()).add(permission)
    for (kind, item), permissions in collected.items():
        text = expressions.body(db, item)
        if text is not None:
            policy = Policy(expressions.compiled(text), frozenset(permissions))
            (facts.table_policies if kind == "TABLE" else facts.database_policies).append(policy)


def _read_opt_ins(db: sqlite3.Connection, scope: Scope, facts: Facts) -> None:
    marks = ",".join("?" * len(scope.principals))
    rows = db.execute(
        f"SELECT name FROM lf_opt_in WHERE principal IN ({marks}) AND database IN ('', ?)",
        (*scope.principals, scope.database),
    )
    facts.opted_in = {row[0] for row in rows}
