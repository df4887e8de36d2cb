"""Changes of tags and grants, planned."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from mesh_core.domain import steps as s
from mesh_core.domain.foundation import missing_permissions
from mesh_core.domain.intents import ChangeAssignments, ChangeGrants, ChangeVocabulary
from mesh_core.domain.names import check_tag
from mesh_core.domain.plan import Plan, make_plan
from mesh_core.domain.world import ExpressionResource, Grant, Target, World
from mesh_core.errors import InvalidInputError, NotFoundError

MAX_VALUES = 1000


def plan_vocabulary(world: World, intent: ChangeVocabulary) -> Plan:
    """Create, change or delete an LF-tag. InvalidInputError when a value to be removed is in use."""
    key, values = check_tag(intent.key), tuple(check_tag(v) for v in intent.values)
    before = world.tags.get(key, ())
    if len(values) > MAX_VALUES:
        raise InvalidInputError(f"An LF-tag holds at most {MAX_VALUES} values; {len(values)} were given.")
    if not before and not values:
        raise NotFoundError(f"There is no LF-tag '{key}'. It may have been deleted. See Tags.")
    gone = tuple(v for v in before if v not in values)
    users = _users(world, key, gone)
    if users:
        raise InvalidInputError(
            f"LF-tag {key}: {', '.join(gone)} can't be removed while it is assigned to {', '.join(users[:5])}"
            f"{' and others' if len(users) > 5 else ''}. Nothing was changed. Assign another value there first."
        )
    steps = () if set(before) == set(values) else (s.SetTagValues(key, before, values),)
    notes = tuple(f"A grant names it: {words}" for words in _granted(world, key, gone))
    return make_plan(f"Change the LF-tag {key}", f"tag {key}", intent, steps, world, notes)


def _users(world: World, key: str, values: tuple[str, ...]) -> list[str]:
    return sorted(str(target) for target, own in world.assigned.items() if own.get(key) in values)


def _granted(world: World, key: str, values: tuple[str, ...]) -> Iterable[str]:
    for grant in world.grants:
        if isinstance(grant.resource, ExpressionResource):
            named = dict(grant.resource.expression).get(key, ())
            if set(named) & set(values):
                yield f"{s.short(grant.principal)} on {s.describe_resource(grant.resource)}"


def plan_assignments(world: World, intent: ChangeAssignments) -> Plan:
    """Assign LF-tags at targets. NotFoundError for an unknown target, key or value."""
    steps = []
    for target, tags in intent.changes:
        _check_target(world, target)
        _check_tags(world, tags)
        before = dict(world.assigned.get(target, {}))
        if before != dict(tags):
            steps.append(s.AssignTags(target, before, dict(tags)))
    subject = str(intent.changes[0][0]) if intent.changes else "tags"
    return make_plan(f"Change the LF-tags of {subject}", f"tags {subject}", intent, steps, world)


def _check_target(world: World, target: Target) -> None:
    if target.table is None:
        world.database(target.database)
        return
    table = world.table(target.database, target.table)
    if target.column is not None and target.column not in table.column_names:
        raise NotFoundError(f"{table.full_name} has no column '{target.column}'. Its columns may have changed.")


def _check_tags(world: World, tags: Mapping[str, str]) -> None:
    for key, value in tags.items():
        if value not in world.tags.get(key, ()):
            raise NotFoundError(
                f"There is no LF-tag {key}={value}. Nothing was changed. Create the value on Tags first."
            )


def plan_grants(world: World, intent: ChangeGrants) -> Plan:
    """Grant what is missing and revoke what is held; the rest is no step."""
    steps: list[s.Step] = []
    for grant in intent.revokes:
        held = _held(world, grant)
        if held is not None:
            steps.append(s.RevokePermissions(held))
    for grant in intent.grants:
        missing = missing_permissions(world, grant)
        if missing is not None:
            steps.append(s.GrantPermissions(missing))
    who = ", ".join(sorted({s.short(g.principal) for g in (*intent.grants, *intent.revokes)}))
    return make_plan(f"Change the access of {who}", f"access {who}", intent, steps, world)


def _held(world: World, grant: Grant) -> Grant | None:
    for one in world.grants:
        if one.principal == grant.principal and one.resource == grant.resource:
            permissions = tuple(p for p in one.permissions if p in grant.permissions)
            if permissions:
                return Grant(
                    one.principal, one.resource, permissions, tuple(p for p in one.grantable if p in permissions)
                )
    return None
