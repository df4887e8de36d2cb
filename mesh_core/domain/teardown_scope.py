"""What a teardown's scope holds: tables, domains and people that go. Only what the portal marked is in it."""

from __future__ import annotations

from mesh_core.domain.access import view_references
from mesh_core.domain.intents import Teardown
from mesh_core.domain.names import PORTAL, ProductName
from mesh_core.domain.system_tables import own_tables
from mesh_core.domain.world import Table, World


def tables_in_scope(world: World, intent: Teardown) -> tuple[Table, ...]:
    """The marked tables and views that go, those that read others first."""
    match intent.scope:
        case "product":
            name = ProductName.parse(intent.name)
            found = world.ports(name)
        case "domain":
            found = tuple(t for t in world.tables if t.database == intent.name and t.is_managed)
        case "mesh":
            ours = tuple(t for t in world.tables if t.is_managed and t.database in domains_in_scope(world, intent))
            found = (*ours, *own_tables(world))
    return tuple(sorted(found, key=lambda t: (-_depth(world, t, ()), t.full_name)))


def _depth(world: World, table: Table, path: tuple[str, ...]) -> int:
    """How many layers of views lie under it; 0 for a table."""
    if table.view_sql is None or table.full_name in path:
        return 0
    bases = (world.find_table(r.database, r.table) for r in view_references(world, table))
    return 1 + max((_depth(world, b, (*path, table.full_name)) for b in bases if b), default=0)


def domains_in_scope(world: World, intent: Teardown) -> tuple[str, ...]:
    """The domains that go as a whole."""
    match intent.scope:
        case "product":
            return ()
        case "domain":
            return (intent.name,)
        case "mesh":
            return tuple(d.name for d in world.databases if d.is_managed)


def foreign_tables(world: World, domain: str) -> tuple[Table, ...]:
    """The tables in a domain's database that the portal did not make."""
    return tuple(t for t in world.tables if t.database == domain and not t.is_managed)


def people_in_scope(world: World, intent: Teardown) -> tuple[str, ...]:
    """The roles that go: a domain's owner; with the mesh every marked role but the one that does the work."""
    match intent.scope:
        case "product":
            return ()
        case "domain":
            owner = world.database(intent.name).owner if world.has_database(intent.name) else ""
            others = {d.owner for d in world.databases if d.name != intent.name}
            return (owner,) if owner and owner not in others else ()
        case "mesh":
            return tuple(p.name for p in world.principals if p.managed and p.name != PORTAL)
