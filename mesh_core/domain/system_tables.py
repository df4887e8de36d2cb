"""The database `mesh_system`: what the portal knows of its own mesh, as tables that the steward queries.

`audit`, `grants` and `requests` are files of JSON lines that the portal writes anew before the steward reads them;
`queries` is a view over `audit`. The database is no domain: nothing of it is a product, nobody but the steward may read
it, and it goes with the mesh.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from mesh_core.domain import steps as s
from mesh_core.domain.audit_chain import Entry, document
from mesh_core.domain.glue_shapes import database_input, table_input
from mesh_core.domain.names import REGISTRATION, STEWARD, SYSTEM, Naming
from mesh_core.domain.words import describe_resource, short
from mesh_core.domain.world import (
    Column,
    ColumnsResource,
    Database,
    DatabaseResource,
    ExpressionResource,
    FilterResource,
    Grant,
    LocationResource,
    NamedExpressionResource,
    Table,
    TableResource,
    TagResource,
    World,
)

PREFIX, MARK = "mesh_system/tables/", "mesh.system"
BLOCK = 200  # events in one object of the table audit
JSON_LINES: Mapping[str, Any] = {
    "InputFormat": "org.apache.hadoop.mapred.TextInputFormat",
    "OutputFormat": "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat",
    "SerdeInfo": {"SerializationLibrary": "org.openx.data.jsonserde.JsonSerDe"},
}
AUDIT = (
    Column("seq", "bigint", "Number of the event in its chain, from 1"),
    Column("at", "timestamp", "When it was recorded, UTC"),
    Column("kind", "string", "change, request, decision, run-as, denied, query, policy, disagreement"),
    Column("action", "string", "What was done"),
    Column("actor", "string", "The role that did it"),
    Column("role", "string", "The role as which it was done: another than the actor for run-as"),
    Column("subject", "string", "What it was done to"),
    Column("outcome", "string", "How it ended"),
    Column("before", "string", "The state before"),
    Column("after", "string", "The state after"),
    Column("plan_hash", "string", "SHA-256 of the plan that was applied"),
    Column("query_id", "string", "The execution at Athena"),
    Column("detail", "string", "Whatever else was kept, as JSON"),
    Column("id", "string", "Tells equal events apart"),
    Column("prev", "string", "The hash of the event before"),
    Column("hash", "string", "SHA-256 of this event"),
)
GRANTS = (
    Column("principal", "string", "The role"),
    Column("principal_arn", "string", "Its ARN, or IAM_ALLOWED_PRINCIPALS"),
    Column("permission", "string", "One permission: SELECT, DESCRIBE, ..."),
    Column("grantable", "boolean", "Whether it may be passed on"),
    Column("kind", "string", "database, table, columns, data cells filter, LF-tag expression, saved expression, ..."),
    Column("database_name", "string", "The database, where one is named"),
    Column("table_name", "string", "The table, * for all; NULL where none is named"),
    Column("column_names", "array<string>", "The columns that are named, or left out: see kind"),
    Column("resource", "string", "What it is on, in words"),
)
REQUESTS = (
    Column("request_id", "string", "The request"),
    Column("state", "string", "open, approved, granted, rejected, ..."),
    Column("role", "string", "The role that asks"),
    Column("product", "string", "database.table that is asked for"),
    Column("columns", "string", "The columns, separated by commas"),
    Column("row_filter", "string", "The condition on rows"),
    Column("purpose", "string", "What for"),
    Column("until", "date", "When it ends; NULL for open-ended"),
    Column("created_at", "timestamp", "When it was sent, UTC"),
    Column("changed_at", "timestamp", "When something happened to it last, UTC"),
    Column("owner", "string", "The domain that decides"),
    Column("decided_by", "string", "Who approved or rejected it"),
)
QUERIES = (
    Column("query_id", "string", "The execution at Athena; of a statement refused before it ran, its event's id"),
    Column("started_at", "timestamp", "When it was first heard of, UTC"),
    Column("principal", "string", "The role that ran it"),
    Column("database_name", "string", "The database that unqualified names meant"),
    Column("statement", "string", "The SQL"),
    Column("outcome", "string", "The last that is known of it"),
)
QUERIES_SQL = f"""SELECT
  CASE WHEN query_id = '' THEN id ELSE query_id END AS query_id,
  min("at") AS started_at,
  max_by(role, seq) AS principal,
  max_by(json_extract_scalar(detail, '$.database'), seq) AS database_name,
  max_by(json_extract_scalar(detail, '$.sql'), seq) AS statement,
  max_by(outcome, seq) AS outcome
FROM {SYSTEM}.audit
WHERE kind IN ('query', 'denied') AND json_extract_scalar(detail, '$.sql') <> ''
GROUP BY CASE WHEN query_id = '' THEN id ELSE query_id END"""
_WORDS = {
    "audit": "Every change, request, decision, look as another role, query and refusal, chained by hash.",
    "grants": "Every permission that Lake Formation holds, one row for each.",
    "requests": "Requests for access, one row for each table that is asked for.",
    "queries": "Every query that ran through the portal or was refused by it, with its last known outcome.",
}


def location(naming: Naming) -> str:
    """Where the tables' files lie: registered with Lake Formation, so that nothing but a grant opens them."""
    return f"s3://{naming.control_bucket}/{PREFIX}"


def tables(naming: Naming) -> tuple[Table, ...]:
    """The three tables and the view, the view last."""
    files = {"audit": AUDIT, "grants": GRANTS, "requests": REQUESTS}
    return (
        *(
            Table(SYSTEM, name, columns, (), f"{location(naming)}{name}/", _WORDS[name])
            for name, columns in files.items()
        ),
        Table(SYSTEM, "queries", QUERIES, description=_WORDS["queries"], view_sql=QUERIES_SQL),
    )


def definition(table: Table) -> str:
    """Its TableInput."""
    text = table_input(table, JSON_LINES)
    return text.replace('"classification": "parquet"', '"classification": "json"')


def is_ours(world: World) -> bool:
    """Whether there is such a database and the portal made it."""
    return world.has_database(SYSTEM) and world.database(SYSTEM).parameters.get(MARK) == "true"


def system_steps(world: World) -> Iterator[s.Step]:
    """What of `mesh_system` is missing or otherwise than this version has it; nothing beside a foreign database."""
    naming = world.naming
    if world.has_database(SYSTEM) and not is_ours(world):
        return
    if location(naming) not in world.locations:
        yield s.RegisterLocation(location(naming), naming.role_arn(REGISTRATION))
    if not world.has_database(SYSTEM):
        yield s.CreateDatabase(SYSTEM, _database_definition())
    for table in tables(naming):
        existing = world.find_table(SYSTEM, table.name)
        if existing is None:
            yield s.CreateTable(SYSTEM, table.name, definition(table))
        elif (existing.columns, existing.view_sql) != (table.columns, table.view_sql):
            yield s.UpdateTable(SYSTEM, table.name, definition(existing), definition(table))
    wanted = Grant(naming.role_arn(STEWARD), TableResource(SYSTEM, "*"), ("SELECT",))
    held = [g for g in world.grants if (g.principal, g.resource) == (wanted.principal, wanted.resource)]
    if not any("SELECT" in g.permissions for g in held):
        yield s.GrantPermissions(wanted)


def drop_steps(world: World) -> Iterator[s.Step]:
    """What goes with the mesh after the tables have gone; a database that holds tables of others stays."""
    names = {table.name for table in tables(world.naming)}
    if is_ours(world) and all(t.name in names for t in world.tables if t.database == SYSTEM):
        yield s.DeleteDatabase(SYSTEM, _database_definition())
    if location(world.naming) in world.locations:
        yield s.DeregisterLocation(location(world.naming), world.naming.role_arn(REGISTRATION))


def own_tables(world: World) -> tuple[Table, ...]:
    """Those of the tables that stand."""
    names = [table.name for table in tables(world.naming)] if is_ours(world) else []
    return tuple(t for t in world.tables if t.database == SYSTEM and t.name in names)


def _database_definition() -> str:
    return database_input(Database(SYSTEM, "", "What the portal knows of its own mesh", {MARK: "true"}))


def is_ready(world: World) -> bool:
    """Whether there are tables to write for."""
    return len(own_tables(world)) == len(tables(world.naming))


def audit_lines(entries: Iterable[Entry]) -> str:
    """Events as the table has them."""
    return _lines(document(one) for one in entries)


def grant_lines(world: World) -> str:
    """One line for each permission, by principal and resource."""
    held = sorted(world.grants, key=lambda g: (g.principal, describe_resource(g.resource)))
    return _lines(
        {
            "principal": short(grant.principal),
            "principal_arn": grant.principal,
            "permission": permission,
            "grantable": permission in grant.grantable,
            **_place(grant),
            "resource": describe_resource(grant.resource),
        }
        for grant in held
        for permission in grant.permissions
    )


def request_lines(rows: Iterable[Mapping[str, str]]) -> str:
    """Requests as the table has them; what is empty is NULL."""
    return _lines({c.name: _value(c, row.get(c.name, "")) for c in REQUESTS} for row in rows)


def _value(column: Column, text: str) -> str | None:
    """A moment without its zone, which is UTC: the form that SerDes read."""
    return (text[:19].replace("T", " ") if column.type == "timestamp" else text) or None


def _lines(documents: Iterable[Mapping[str, Any]]) -> str:
    return "".join(json.dumps(one, ensure_ascii=False, default=str) + "\n" for one in documents)


def _place(grant: Grant) -> dict[str, Any]:
    kind, database, table, columns = _named(grant)
    return {
        "kind": kind,
        "database_name": database or None,
        "table_name": table or None,
        "column_names": list(columns) or None,
    }


def _named(grant: Grant) -> tuple[str, str, str, tuple[str, ...]]:
    """Kind, database, table and columns of what a grant is on."""
    match grant.resource:
        case DatabaseResource(database):
            return "database", database, "", ()
        case TableResource(database, table):
            return "table", database, table, ()
        case ColumnsResource(database, table, columns, excluded):
            return "columns" if columns else "all columns but", database, table, columns or excluded
        case FilterResource(database, table, _):
            return "data cells filter", database, table, ()
        case ExpressionResource():
            return "LF-tag expression", "", "", ()
        case NamedExpressionResource():
            return "saved expression", "", "", ()
        case TagResource():
            return "LF-tag", "", "", ()
        case LocationResource():
            return "location", "", "", ()
        case _:
            return "catalog", "", "", ()
