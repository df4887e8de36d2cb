"""Data cells filters: named (columns x rows) rectangles of a table, which can be granted."""

from __future__ import annotations

import json
import re
import sqlite3
from typing import Any

from mesh_core.localaws.aws_error import already_exists, invalid, not_found
from mesh_core.localaws.glue.documents import columns_of
from mesh_core.localaws.lakeformation import predicate
from mesh_core.localaws.lakeformation.column_types import field_type, fields_but

MAX_FIELD_DEPTH = 5

_PATH = re.compile(r'"((?:[^"]|"")+)"|([^".]+)')


def parse(table: dict[str, Any], data: dict[str, Any]) -> dict[str, Any]:
    """A request's TableData, checked against its Glue table, as the document that is stored.

    {columns: [paths] | None, excluded: [paths], kept: [paths], row_filter: text | None, given: TableData}. `kept` is
    what is left of structs of which fields are excluded: a field that such a struct gains later stays hidden.
    AwsError InvalidInputException, saying what is wrong.
    """
    if table.get("TableType") == "VIRTUAL_VIEW" or table.get("TargetTable"):
        raise invalid("A data cells filter is made on a table, not on a view or a resource link.")
    types = {column["Name"].lower(): column.get("Type", "string") for column in columns_of(table)}
    keys = frozenset(column["Name"].lower() for column in table.get("PartitionKeys") or [])
    columns, excluded = _columns(data, types)
    if keys & set(excluded):
        raise invalid(f"A partition key can't be excluded: {', '.join(sorted(keys & set(excluded)))}.")
    row_filter = _row_filter(data.get("RowFilter"))
    if row_filter is not None:
        predicate.check(row_filter, types, keys)
    kept = _left_of_structs(excluded, types)
    return {"columns": columns, "excluded": excluded, "kept": kept, "row_filter": row_filter, "given": data}


def _columns(data: dict[str, Any], types: dict[str, str]) -> tuple[list[str] | None, list[str]]:
    names, wildcard = data.get("ColumnNames"), data.get("ColumnWildcard")
    if names and wildcard is not None:
        raise invalid("Data cells filter cannot have both column wildcard expression and column names.")
    if not names and wildcard is None:
        raise invalid("A data cells filter needs ColumnNames or ColumnWildcard.")
    if names:
        return [_checked(name, types) for name in names], []
    return None, [_checked(name, types) for name in (wildcard or {}).get("ExcludedColumnNames", [])]


def _left_of_structs(excluded: list[str], types: dict[str, str]) -> list[str]:
    cut = {path.partition(".")[0] for path in excluded if "." in path} - set(excluded)
    return [path for column in sorted(cut) for path in fields_but(types[column], excluded, f"{column}.")]


def _checked(name: str, types: dict[str, str]) -> str:
    """A column's lower-case name, or the dotted path of a struct's field. AwsError InvalidInputException."""
    if name.lower() in types:
        return name.lower()
    path = [quoted.replace('""', '"') or plain for quoted, plain in _PATH.findall(name.lower())]
    if not path or path[0] not in types or field_type(types[path[0]], path[1:]) is None:
        raise invalid(f"The filter names {name}, a non-existent column.")
    if len(path) > MAX_FIELD_DEPTH:
        raise invalid(f"{name} is nested more than {MAX_FIELD_DEPTH} deep.")
    return ".".join(path)


def _row_filter(given: dict[str, Any] | None) -> str | None:
    given = given or {}
    text, everything = given.get("FilterExpression"), given.get("AllRowsWildcard")
    if (not text) == (everything is None):
        raise invalid("RowFilter takes either FilterExpression or AllRowsWildcard, and one of them is needed.")
    return None if not text or text.strip().lower() == "true" else text


def create(db: sqlite3.Connection, database: str, name: str, document: dict[str, Any]) -> None:
    """AwsError AlreadyExistsException when the table has a filter of that name."""
    made = db.execute(
        "INSERT OR IGNORE INTO lf_filter VALUES (?, ?, ?, ?)",
        (database, name, document["given"]["Name"], json.dumps(document)),
    ).rowcount
    if not made:
        raise already_exists(f"Table {name} already has a data cells filter named {document['given']['Name']}.")


def update(db: sqlite3.Connection, database: str, name: str, document: dict[str, Any]) -> None:
    """AwsError EntityNotFoundException."""
    get(db, database, name, document["given"]["Name"])
    db.execute(
        "UPDATE lf_filter SET document = ? WHERE database = ? AND name = ? AND filter = ?",
        (json.dumps(document), database, name, document["given"]["Name"]),
    )


def get(db: sqlite3.Connection, database: str, name: str, filter_name: str) -> dict[str, Any]:
    """The stored document. AwsError EntityNotFoundException."""
    row = db.execute(
        "SELECT document FROM lf_filter WHERE database = ? AND name = ? AND filter = ?", (database, name, filter_name)
    ).fetchone()
    if row is None:
        raise not_found(f"Cell Filter not found: table {name} has no filter named {filter_name}.")
    document: dict[str, Any] = json.loads(row[0])
    return document


def every(db: sqlite3.Connection, database: str | None = None, name: str | None = None) -> list[dict[str, Any]]:
    """The filters as given (TableData), in the order of database, table and name; narrowed where asked."""
    rows = db.execute("SELECT database, name, document FROM lf_filter ORDER BY database, name, filter").fetchall()
    return [
        json.loads(row["document"])["given"]
        for row in rows
        if database in (None, row["database"]) and name in (None, row["name"])
    ]


def delete(db: sqlite3.Connection, database: str, name: str, filter_name: str) -> None:
    """Remove a filter and the grants on it. AwsError EntityNotFoundException."""
    get(db, database, name, filter_name)
    where = (database, name, filter_name)
    db.execute("DELETE FROM lf_filter WHERE database = ? AND name = ? AND filter = ?", where)
    db.execute("DELETE FROM lf_grant WHERE kind = 'filter' AND database = ? AND name = ? AND item = ?", where)
