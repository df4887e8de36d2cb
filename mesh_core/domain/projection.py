"""What the world will look like after a plan: what previews, effects and fakes rest on."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from typing import assert_never

from mesh_core.domain import piecewise
from mesh_core.domain import steps as s
from mesh_core.domain.glue_shapes import database_of, table_of
from mesh_core.domain.world import DataFilter, Grant, NamedExpressionResource, Principal, Resource, Table, World


def after(world: World, steps: Iterable[s.Step]) -> World:
    """The world with the steps done. Objects in S3 are no part of a World; only their buckets are."""
    for step in steps:
        world = _after_one(world, step)
    return world


def _after_one(world: World, step: s.Step) -> World:
    match step:
        case s.CreateDatabase(_, definition):
            return replace(world, databases=(*world.databases, database_of(json.loads(definition))))
        case s.UpdateDatabase(name, _, definition):
            others = tuple(d for d in world.databases if d.name != name)
            return replace(world, databases=(*others, database_of(json.loads(definition))))
        case s.DeleteDatabase(name, _):
            return replace(world, databases=tuple(d for d in world.databases if d.name != name))
        case s.CreateTable(database, _, definition, _):
            return replace(world, tables=(*world.tables, table_of(database, json.loads(definition))))
        case s.UpdateTable(database, name, _, definition):
            return replace(world, tables=(*_without(world, database, name), table_of(database, json.loads(definition))))
        case s.DeleteTable(database, name, _, _):
            return replace(world, tables=_without(world, database, name))
        case s.SetTagValues(key, _, values):
            return _with_values(world, key, values)
        case s.AssignTags(target, _, tags):
            return replace(world, assigned={**world.assigned, target: dict(tags)})
        case s.GrantPermissions(grant):
            return replace(world, grants=_granted(world.grants, grant))
        case s.RevokePermissions(grant):
            return replace(world, grants=_revoked(world.grants, grant))
        case s.PutFilter(before, new):
            return _with_filter(world, before, new)
        case s.PutExpression(name, _, new_expression):
            return _with_expression(world, name, new_expression)
        case s.CreateRole(name, description, _, _):
            role = Principal(name, world.naming.role_arn(name), description, managed=True)
            return replace(world, principals=(*world.principals, role))
        case s.DeleteRole(name, _, _, _):
            return replace(world, principals=tuple(p for p in world.principals if p.name != name))
        case s.PutLakeSettings(_, text):
            admins = tuple(one["DataLakePrincipalIdentifier"] for one in json.loads(text).get("DataLakeAdmins", ()))
            return replace(world, settings=json.loads(text), administrators=admins)
        case s.RegisterLocation(uri, _):
            return replace(world, locations=(*world.locations, uri))
        case s.DeregisterLocation(uri, _):
            return replace(world, locations=tuple(one for one in world.locations if one != uri))
        case s.CreateBucket(bucket):
            return replace(world, buckets=(*world.buckets, bucket))
        case s.CreateWorkGroup(name, _):
            return replace(world, work_groups=(*world.work_groups, name))
        case s.DeleteWorkGroup(name, _):
            return replace(world, work_groups=tuple(one for one in world.work_groups if one != name))
        case s.Purge(targets):
            gone = {t.bucket for t in targets if not t.prefix}
            return replace(world, buckets=tuple(b for b in world.buckets if b not in gone))
        case s.PutObject() | s.CopyObject():
            return world
    assert_never(step)


def _without(world: World, database: str, name: str) -> tuple[Table, ...]:
    return tuple(t for t in world.tables if (t.database, t.name) != (database, name))


def _with_values(world: World, key: str, values: tuple[str, ...]) -> World:
    tags = {k: v for k, v in world.tags.items() if k != key}
    if values:
        tags[key] = values
    assigned = {
        target: {k: v for k, v in own.items() if k != key or v in values} for target, own in world.assigned.items()
    }
    return replace(world, tags=tags, assigned=assigned)


def _with_filter(world: World, before: DataFilter | None, after: DataFilter | None) -> World:
    """A filter that goes takes the grants on it along."""
    gone = before or after
    others = tuple(f for f in world.filters if gone is None or f.resource != gone.resource)
    if after is not None:
        return replace(world, filters=(*others, after))
    grants = tuple(g for g in world.grants if gone is None or g.resource != gone.resource)
    return replace(world, filters=others, grants=grants)


def _with_expression(world: World, name: str, after: tuple[tuple[str, tuple[str, ...]], ...]) -> World:
    """An expression that goes takes the grants by its name along."""
    others = {key: value for key, value in world.expressions.items() if key != name}
    if after:
        return replace(world, expressions={**others, name: after})
    grants = tuple(
        g for g in world.grants if not (isinstance(g.resource, NamedExpressionResource) and g.resource.name == name)
    )
    return replace(world, expressions=others, grants=grants)


def _granted(grants: tuple[Grant, ...], new: Grant) -> tuple[Grant, ...]:
    if piecewise.is_piecewise(new.resource):
        return piecewise.granted(grants, new)
    held = _find(grants, new.principal, new.resource)
    if held is None:
        return (*grants, new)
    merged = replace(
        held,
        permissions=tuple(sorted({*held.permissions, *new.permissions})),
        grantable=tuple(sorted({*held.grantable, *new.grantable})),
    )
    return tuple(merged if g is held else g for g in grants)


def _revoked(grants: tuple[Grant, ...], old: Grant) -> tuple[Grant, ...]:
    if piecewise.is_piecewise(old.resource):
        return piecewise.revoked(grants, old)
    held = _find(grants, old.principal, old.resource)
    if held is None:
        return grants
    left = tuple(p for p in held.permissions if p not in old.permissions)
    others = tuple(g for g in grants if g is not held)
    grantable = tuple(p for p in held.grantable if p in left)
    return (*others, replace(held, permissions=left, grantable=grantable)) if left else others


def _find(grants: tuple[Grant, ...], principal: str, resource: Resource) -> Grant | None:
    return next((g for g in grants if g.principal == principal and g.resource == resource), None)
