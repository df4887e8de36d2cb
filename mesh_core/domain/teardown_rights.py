"""The rights that go with a teardown: grants, row filters, saved expressions, LF-tags; and what stays of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from mesh_core.domain import steps as s
from mesh_core.domain.intents import Teardown
from mesh_core.domain.names import PORTAL
from mesh_core.domain.tags import VOCABULARY
from mesh_core.domain.teardown_scope import foreign_tables, people_in_scope
from mesh_core.domain.world import (
    ColumnsResource,
    DatabaseResource,
    ExpressionResource,
    FilterResource,
    Grant,
    NamedExpressionResource,
    Table,
    TableResource,
    TagResource,
    Target,
    World,
)


def revokes(
    world: World, intent: Teardown, tables: tuple[Table, ...], domains: tuple[str, ...]
) -> Iterable[s.RevokePermissions]:
    """Grants to and on what goes; the portal's own rights as a creator go with what it created."""
    going = set(people_in_scope(world, intent))
    roles = {p.arn for p in world.principals if p.name in going and p.managed}
    ours = {p.arn for p in world.principals if p.managed}
    portal = world.naming.role_arn(PORTAL)
    for grant in world.grants:
        if grant.principal == portal:
            continue  # a creator's own rights go with what it created
        named = grant.principal in roles or _names(world, grant, tables, domains, grant.principal in ours)
        if named or (intent.scope == "mesh" and _uses_vocabulary(world, grant)):
            yield s.RevokePermissions(grant)


def _names(world: World, grant: Grant, tables: tuple[Table, ...], domains: tuple[str, ...], is_ours: bool) -> bool:
    """Whether a grant names something that goes. In a database that stays, what others hold stays, too."""
    match grant.resource:
        case DatabaseResource(database) | TableResource(database, "*"):
            return database in domains and (is_ours or not foreign_tables(world, database))
        case TableResource(database, table) | ColumnsResource(database, table) | FilterResource(database, table):
            gone = database in domains and not foreign_tables(world, database)
            return gone or any((t.database, t.name) == (database, table) for t in tables)
        case TagResource("domain", values):
            return bool(domains) and set(values) <= set(domains)
        case _:
            return False


def narrow(world: World, intent: Teardown, domains: tuple[str, ...]) -> Iterable[s.Step]:
    """A grant by `domain=` must not come back to life with a new domain of that name: the value is taken out of it."""
    for grant in world.grants:
        if intent.scope != "domain" or not isinstance(grant.resource, ExpressionResource):
            continue
        if grant.principal in {world.naming.role_arn(one) for one in people_in_scope(world, intent)}:
            continue
        expression = dict(grant.resource.expression)
        left = tuple(value for value in expression.get("domain", ()) if value not in domains)
        if left != expression.get("domain", ()):
            yield s.RevokePermissions(grant)
            if left:
                pairs = tuple((k, left if k == "domain" else v) for k, v in grant.resource.expression)
                yield s.GrantPermissions(replace(grant, resource=replace(grant.resource, expression=pairs)))


def _uses_vocabulary(world: World, grant: Grant) -> bool:
    ours = created_tags(world)
    match grant.resource:
        case ExpressionResource(_, expression):
            return any(key in ours for key, _ in expression)
        case NamedExpressionResource(_, name):
            return name in created_expressions(world)
        case TagResource(key, _):
            return key in ours
        case _:
            return False


def untag(world: World, tables: tuple[Table, ...], domains: tuple[str, ...]) -> Iterable[s.AssignTags]:
    """The assignments at what goes, columns before their table."""
    names = {(t.database, t.name) for t in tables}
    going = [
        t
        for t in world.assigned
        if (t.table and (t.database, t.table) in names) or (not t.table and t.database in domains)
    ]
    for target in sorted(going, key=lambda t: (t.database, t.table or "", t.column or ""), reverse=True):
        if world.assigned[target]:
            yield s.AssignTags(target, dict(world.assigned[target]), {})


def created_tags(world: World) -> frozenset[str]:
    """The LF-tags that the portal made: those of every mesh, and those that its role may drop as their creator."""
    portal = world.naming.role_arn(PORTAL)
    held = {
        grant.resource.key
        for grant in world.grants
        if isinstance(grant.resource, TagResource) and grant.principal == portal and "DROP" in grant.permissions
    }
    return frozenset({*VOCABULARY, "domain", *held} & set(world.tags))


def drop_vocabulary(
    world: World, intent: Teardown, domains: tuple[str, ...], left: Mapping[Target, Mapping[str, str]]
) -> Iterable[s.Step]:
    """A domain's own value; with the mesh every LF-tag that the portal made. What others still carry stays."""
    for key in sorted(created_tags(world)):
        values = world.tags[key]
        used = {own[key] for own in left.values() if key in own}
        if intent.scope == "mesh":
            kept = values if used else ()
        else:
            kept = tuple(v for v in values if key != "domain" or v not in domains or v in used)
        if kept != values:
            yield s.SetTagValues(key, values, kept)


def kept_tags(world: World, intent: Teardown, left: Mapping[Target, Mapping[str, str]]) -> Iterable[str]:
    """In words, which LF-tags stay since something that stays carries them."""
    if intent.scope == "mesh":
        for key in sorted(created_tags(world)):
            where = sorted(str(target) for target, own in left.items() if key in own)
            if where:
                yield f"The LF-tag {key} stays: {', '.join(where)}, which the portal did not make, carries it."


def created_expressions(world: World) -> tuple[str, ...]:
    """The saved expressions that name an LF-tag of the portal's: they mean nothing without it."""
    ours = created_tags(world)
    return tuple(sorted(n for n, pairs in world.expressions.items() if any(key in ours for key, _ in pairs)))


def drop_filters(world: World, tables: tuple[Table, ...]) -> Iterable[s.PutFilter]:
    """The data cells filters of the tables that go: one that stayed would narrow a new table of that name."""
    names = {(t.database, t.name) for t in tables}
    for one in sorted(world.filters, key=lambda f: f.resource):
        if (one.database, one.table) in names:
            yield s.PutFilter(one, None)


def drop_expressions(world: World, intent: Teardown) -> Iterable[s.PutExpression]:
    """With the mesh, the saved expressions over its vocabulary; with a domain, its value in them."""
    for name in created_expressions(world):
        held = world.expressions[name]
        if intent.scope == "mesh":
            yield s.PutExpression(name, held, ())
        elif intent.scope == "domain":
            left = tuple((k, tuple(v for v in vs if k != "domain" or v != intent.name)) for k, vs in held)
            if left != held:
                yield s.PutExpression(name, held, left if all(vs for _, vs in left) else ())
