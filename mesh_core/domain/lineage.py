"""Where each column of a view comes from, and where a product's columns go: read from the views' SQL, nothing is run.

A column comes from the columns that its expression names; what a view reads only to join, filter or group by is listed
apart (`also_read`). Views on views are followed to the end, upwards and downwards.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.lineage import Node
from sqlglot.lineage import lineage as trace
from sqlglot.optimizer.qualify import qualify
from sqlglot.optimizer.scope import build_scope

from mesh_core.domain.access import view_references
from mesh_core.domain.query import parse_read
from mesh_core.domain.world import Table, World
from mesh_core.errors import NotAReadError

Known = tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(frozen=True, order=True)
class Flow:
    """One column feeds another; tables by full name."""

    source: str
    source_column: str
    target: str
    target_column: str


@dataclass(frozen=True)
class Lineage:
    """What feeds a product and what it feeds, directly or through other views.

    flows       column to column, sorted
    also_read   (view, base, column) read only to join, filter, group or order, sorted
    unreadable  views whose SQL could not be followed: their bases are in `tables`, without columns
    tables      (base, view) by full name, sorted
    """

    flows: tuple[Flow, ...] = ()
    also_read: tuple[tuple[str, str, str], ...] = ()
    unreadable: tuple[str, ...] = ()
    tables: tuple[tuple[str, str], ...] = ()

    @property
    def is_empty(self) -> bool:
        """No view is involved."""
        return not self.tables


def lineage_of(world: World, table: Table) -> Lineage:
    """The lineage of a table or view, up and down; what merely meets it in another view is left out."""
    views = {t.full_name: t for t in world.tables if t.view_sql is not None}
    bases = {name: tuple(r.full_name for r in view_references(world, view)) for name, view in views.items()}
    up, down = _upwards(table.full_name, bases), _downwards(table.full_name, bases)
    pairs = {
        (base, name) for name in up | down for base in bases[name] if name in up or base in down | {table.full_name}
    }
    parts = {name: _flows(world, views[name]) for name in up | down}
    flows = {flow for part in parts.values() for flow in part or ()}
    fed = {(flow.target, flow.source, flow.source_column) for flow in flows}
    read = {(n, r.full_name, c) for n in parts for r in view_references(world, views[n]) for c in r.columns}
    return Lineage(
        flows=tuple(sorted(_connected(flows, table.full_name))),
        also_read=tuple(sorted(one for one in read - fed if (one[1], one[0]) in pairs and parts[one[0]] is not None)),
        unreadable=tuple(sorted(name for name, part in parts.items() if part is None)),
        tables=tuple(sorted(pairs)),
    )


def _connected(flows: set[Flow], table: str) -> set[Flow]:
    """The flows that end in the table's columns or begin there, through others too."""
    found: set[Flow] = set()
    waiting = [flow for flow in flows if flow.target == table]
    while waiting:
        flow = waiting.pop()
        found.add(flow)
        waiting += [f for f in flows - found if (f.target, f.target_column) == (flow.source, flow.source_column)]
    waiting = [flow for flow in flows if flow.source == table]
    while waiting:
        flow = waiting.pop()
        found.add(flow)
        waiting += [f for f in flows - found if (f.source, f.source_column) == (flow.target, flow.target_column)]
    return found


def _upwards(name: str, bases: dict[str, tuple[str, ...]]) -> set[str]:
    """The view itself and the views below it that it rests on."""
    found: set[str] = set()
    waiting = [name]
    while waiting:
        one = waiting.pop()
        if one in bases and one not in found:
            found.add(one)
            waiting += bases[one]
    return found


def _downwards(name: str, bases: dict[str, tuple[str, ...]]) -> set[str]:
    """Every view that rests on it, through other views too."""
    found: set[str] = set()
    waiting = [name]
    while waiting:
        one = waiting.pop()
        new = {view for view, reads in bases.items() if one in reads} - found
        found |= new
        waiting += new
    return found


def _flows(world: World, view: Table) -> tuple[Flow, ...] | None:
    known = tuple((t.full_name, t.column_names) for t in world.tables)
    sources = _sources(view.view_sql or "", view.database, known)
    if sources is None or len(sources) != len(view.columns):
        return None
    return tuple(
        Flow(table, column, view.full_name, target.name)
        for target, origins in zip(view.columns, sources, strict=True)
        for table, column in origins
    )


@lru_cache(maxsize=256)
def _sources(sql: str, database: str, known: Known) -> tuple[tuple[tuple[str, str], ...], ...] | None:
    """For each result column, in order, the (table, column) pairs it is made of; None where that can't be told."""
    schema: dict[str, dict[str, dict[str, str]]] = {}
    for full_name, names in known:
        db, table = full_name.split(".", 1)
        schema.setdefault(db, {})[table] = dict.fromkeys(names, "unknown")
    try:
        statement = qualify(
            parse_read(sql).copy(), dialect="athena", db=database, schema=schema, validate_qualify_columns=False
        )
        scope = build_scope(statement)
        if scope is None or not isinstance(statement, exp.Query):
            return None
        names = statement.named_selects
        return tuple(_origins(trace(name, statement, schema, dialect="athena", scope=scope)) for name in names)
    except (SqlglotError, NotAReadError, ValueError):
        return None


def _origins(root: Node) -> tuple[tuple[str, str], ...]:
    found = set()
    for node in root.walk():
        if isinstance(node.source, exp.Table) and node.source.name:
            column = node.name.rpartition(".")[2].strip('"').lower()
            found.add((f"{node.source.db}.{node.source.name}".lower(), column))
    return tuple(sorted(found))
