"""Grants as the API lists them: rows gathered into PrincipalResourcePermissions, page by page.

SELECT on a table is listed as TableWithColumns with a ColumnWildcard, and ALL_TABLES under that name, as on AWS.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from mesh_core.localaws.lakeformation import expressions
from mesh_core.localaws.lakeformation.targets import ALL_TABLES, Target

_TABLE_KINDS = ("table", "all_columns", "column", "excluded")
_GATHERED = ("column", "tag")  # kinds whose rows are one entry over all their items
_KINDS = {
    "CATALOG": ("catalog",),
    "DATABASE": ("database",),
    "TABLE": _TABLE_KINDS,
    "DATA_LOCATION": ("location",),
    "LF_TAG": ("tag",),
    "LF_TAG_POLICY": ("tag_policy",),
    "LF_TAG_POLICY_DATABASE": ("tag_policy",),
    "LF_TAG_POLICY_TABLE": ("tag_policy",),
    "LF_NAMED_TAG_EXPRESSION": ("tag_expression",),
}


@dataclass(frozen=True)
class Wanted:
    """Which grants a listing is about; None leaves that open.

    among     principals whose grants can be shown at all
    related   with a table's grants, those on its data cells filters
    """

    principal: str | None = None
    among: tuple[str, ...] | None = None
    target: Target | None = None
    resource_type: str | None = None
    related: bool = False


@dataclass(frozen=True)
class Entry:
    """One PrincipalResourcePermissions and the target that it is on. `after` is where a page behind it begins."""

    principal: str
    target: Target
    permissions: frozenset[str]
    grantable: frozenset[str]
    updated_s: float
    updated_by: str
    after: tuple[str, ...]


def entries(db: sqlite3.Connection, wanted: Wanted, after: tuple[str, ...] = ()) -> Iterator[Entry]:
    """The grants wanted, in a stable order, behind the place `after` (an Entry's)."""
    key, sent = (after[:5], int(after[5])) if after else (("", "", "", "", ""), 0)
    where, values = _where(wanted)
    rows = db.execute(
        "SELECT * FROM lf_grant WHERE (principal, kind, database, name, item) > (?, ?, ?, ?, ?)"
        f"{where} ORDER BY principal, kind, database, name, item, permission",
        (*key, *values),
    )
    previous = tuple(key)
    for _, group in groupby(rows, _group_key):
        held = list(group)
        found = list(_gather(held))
        last = tuple(held[-1][part] for part in ("principal", "kind", "database", "name", "item"))
        for number, (target, rights) in enumerate(found, 1):
            behind = (*last, "0") if number == len(found) else (*previous, str(number))
            if number > sent:
                yield _entry(target, rights, behind)
        previous, sent = last, 0


def _where(wanted: Wanted) -> tuple[str, tuple[Any, ...]]:
    clauses, values = [], []
    if wanted.principal is not None:
        clauses.append("principal = ?")
        values.append(wanted.principal)
    if wanted.among is not None:
        clauses.append(f"principal IN ({','.join('?' * len(wanted.among))})")
        values.extend(wanted.among)
    if wanted.resource_type in _KINDS:
        kinds = _KINDS[wanted.resource_type]
        clauses.append(f"kind IN ({','.join('?' * len(kinds))})")
        values.extend(kinds)
        if wanted.resource_type.startswith("LF_TAG_POLICY_"):
            clauses.append("name = ?")
            values.append(wanted.resource_type.removeprefix("LF_TAG_POLICY_"))
    if wanted.target is not None:
        clause, more = _on(wanted.target, wanted)
        clauses.append(clause)
        values.extend(more)
    return "".join(f" AND {clause}" for clause in clauses), tuple(values)


def _on(target: Target, wanted: Wanted) -> tuple[str, tuple[Any, ...]]:
    match target.kind:
        case "table":
            kinds = (*_TABLE_KINDS, "filter") if wanted.related else _TABLE_KINDS
            names = (target.name, ALL_TABLES) if wanted.principal is not None else (target.name,)
            marks, more = ",".join("?" * len(kinds)), ",".join("?" * len(names))
            return f"kind IN ({marks}) AND database = ? AND name IN ({more})", (*kinds, target.database, *names)
        case "tag":
            marks = ",".join("?" * len(target.values))
            every = "" if "*" not in target.values else " OR 1"
            return (
                f"kind = 'tag' AND name = ? AND (item IN ({marks}, '*'){every})",
                (target.name, *target.values),
            )
        case "policy_database" | "policy_table":
            return "kind = 'tag_policy' AND name = ? AND item = ?", (target.name, target.item)
        case _:
            values = (target.kind, target.database, target.name, target.item)
            return "kind = ? AND database = ? AND name = ? AND item = ?", values


def _group_key(row: sqlite3.Row) -> tuple[str, ...]:
    item = "" if row["kind"] in _GATHERED else row["item"]
    return (row["principal"], row["kind"], row["database"], row["name"], item)


def _gather(rows: list[sqlite3.Row]) -> Iterator[tuple[Target, list[sqlite3.Row]]]:
    """One group's rows as targets. Columns and tag values are together where their permissions are the same."""
    if rows[0]["kind"] not in _GATHERED:
        yield _target(rows[0], []), rows
        return
    by_item = {item: list(held) for item, held in groupby(rows, lambda row: row["item"])}
    by_rights: dict[frozenset[tuple[str, int]], list[str]] = {}
    for item, held in by_item.items():
        by_rights.setdefault(frozenset((row["permission"], row["grantable"]) for row in held), []).append(item)
    for items in by_rights.values():
        yield _target(rows[0], items), [row for item in items for row in by_item[item]]


def _target(row: sqlite3.Row, items: list[str]) -> Target:
    kind, database, name, item = row["kind"], row["database"], row["name"], row["item"]
    match kind:
        case "all_columns":
            return Target("columns", database, name)
        case "column":
            return Target("columns", database, name, tuple(items))
        case "excluded":
            return Target("columns", database, name, None, tuple(json.loads(item)))
        case "tag":
            return Target("tag", name=name, values=tuple(items))
        case "tag_policy":
            return Target(f"policy_{name.lower()}", name=name, item=item)
        case _:
            return Target(kind, database, name, item=item)


def _entry(target: Target, rows: list[sqlite3.Row], after: tuple[str, ...]) -> Entry:
    latest = max(rows, key=lambda row: float(row["updated_s"]))
    return Entry(
        principal=rows[0]["principal"],
        target=target,
        permissions=frozenset(row["permission"] for row in rows),
        grantable=frozenset(row["permission"] for row in rows if row["grantable"]),
        updated_s=latest["updated_s"],
        updated_by=latest["updated_by"],
        after=after,
    )


def document(entry: Entry, account_id: str) -> dict[str, Any]:
    """An entry as the API's PrincipalResourcePermissions."""
    return {
        "Principal": {"DataLakePrincipalIdentifier": entry.principal},
        "Resource": resource(entry.target, account_id),
        "Permissions": sorted(entry.permissions),
        "PermissionsWithGrantOption": sorted(entry.grantable),
        "LastUpdated": entry.updated_s,
        "LastUpdatedBy": entry.updated_by,
    }


def resource(target: Target, account_id: str) -> dict[str, Any]:
    """A target as the API's Resource."""
    catalog = {"CatalogId": account_id}
    match target.kind:
        case "catalog":
            return {"Catalog": {"Id": account_id}}
        case "database":
            return {"Database": {**catalog, "Name": target.database}}
        case "table":
            wildcard: dict[str, Any] = {"TableWildcard": {}} if target.name == ALL_TABLES else {}
            return {"Table": {**catalog, "DatabaseName": target.database, "Name": target.shown, **wildcard}}
        case "columns":
            named = {**catalog, "DatabaseName": target.database, "Name": target.shown}
            return {"TableWithColumns": {**named, **_columns(target)}}
        case "filter":
            named = {"DatabaseName": target.database, "TableName": target.name, "Name": target.item}
            return {"DataCellsFilter": {"TableCatalogId": account_id, **named}}
        case "tag":
            return {"LFTag": {**catalog, "TagKey": target.name, "TagValues": list(target.values)}}
        case "tag_expression":
            return {"LFTagExpression": {**catalog, "Name": target.name}}
        case "location":
            return {"DataLocation": {**catalog, "ResourceArn": target.name}}
        case _:
            return {"LFTagPolicy": {**catalog, "ResourceType": target.name, **_expression(target.item)}}


def _columns(target: Target) -> dict[str, Any]:
    if target.columns is not None:
        return {"ColumnNames": list(target.columns)}
    return {"ColumnWildcard": {"ExcludedColumnNames": list(target.excluded)} if target.excluded else {}}


def _expression(item: str) -> dict[str, Any]:
    if item.startswith(expressions.SAVED):
        return {"ExpressionName": item.removeprefix(expressions.SAVED)}
    return {"Expression": expressions.pairs(item)}


def first(found: Iterable[Entry], size: int) -> tuple[list[Entry], tuple[str, ...] | None]:
    """At most `size` entries, and where the next page begins; None when there is none."""
    page: list[Entry] = []
    for entry in found:
        if len(page) == size:
            return page, page[-1].after
        page.append(entry)
    return page, None
