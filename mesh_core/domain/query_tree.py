"""The catalog as a query's writer needs it: databases, tables, columns, and which of them may be read. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from mesh_core.domain.access import decide
from mesh_core.domain.names import SYSTEM
from mesh_core.domain.query_check import owner_of
from mesh_core.domain.world import World


@dataclass(frozen=True)
class ColumnLeaf:
    """A column; reason says why it may not be read, "" when it may."""

    name: str
    type: str
    reason: str = ""


@dataclass(frozen=True)
class TableNode:
    """A table or view with its owner; closed when none of its columns may be read."""

    name: str
    owner: str
    is_view: bool
    closed: bool
    columns: tuple[ColumnLeaf, ...]


@dataclass(frozen=True)
class DatabaseNode:
    """A database and its tables, by name."""

    name: str
    tables: tuple[TableNode, ...]


def tree(world: World, principal: str) -> tuple[DatabaseNode, ...]:
    """Everything that exists, with what the principal may read of it. Databases without tables are left out."""
    found: dict[str, list[TableNode]] = {}
    for table in sorted(world.tables, key=lambda one: one.full_name):
        verdict = decide(world, principal, table)
        if table.database == SYSTEM and not verdict.columns:
            continue  # the steward's alone: nobody else is to ask for it
        leaves = tuple(ColumnLeaf(c.name, c.type, verdict.denied.get(c.name, "")) for c in table.all_columns)
        node = TableNode(table.name, owner_of(world, table), table.view_sql is not None, not verdict.columns, leaves)
        found.setdefault(table.database, []).append(node)
    return tuple(DatabaseNode(name, tuple(tables)) for name, tables in found.items())


def completion(nodes: tuple[DatabaseNode, ...]) -> dict[str, dict[str, list[str]]]:
    """What may be completed: database -> table -> columns, those that may be read alone."""
    return {
        database.name: {t.name: [c.name for c in t.columns if not c.reason] for t in database.tables if not t.closed}
        for database in nodes
        if not all(table.closed for table in database.tables)
    }
