"""Changes of tags and grants, planned."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from mesh_core.domain import limits, piecewise
from mesh_core.domain import steps as s
from mesh_core.domain.foundation import missing_permissions
from mesh_core.domain.intents import ChangeAssignments, ChangeExpression, ChangeFilter, ChangeGrants, ChangeVocabulary
from mesh_core.domain.names import check_expression_name, check_tag
from mesh_core.domain.plan import Plan, make_plan
from mesh_core.domain.row_filters import check_filter
from mesh_core.domain.tags import Expression
from mesh_core.domain.world import DataFilter, ExpressionResource, Grant, NamedExpressionResource, Target, World
from mesh_core.errors import InvalidInputError, NameTakenError, NotFoundError

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


def _check_pairs(world: World, expression: Expression) -> None:
    for key, values in expression:
        for value in values:
            if value != "*" or key not in world.tags:
                _check_tags(world, {key: value})


def plan_grants(world: World, intent: ChangeGrants) -> Plan:
    """Grant what is missing and revoke what is held; the rest is no step. Whatever Lake Formation limits is refused."""
    limits.check_grants(world, intent.grants)
    for granted in intent.grants:
        if isinstance(granted.resource, ExpressionResource):
            _check_pairs(world, granted.resource.expression)
    steps: list[s.Step] = []
    for grant in intent.revokes:
        steps += (s.RevokePermissions(one) for one in _held(world, grant))
    steps += [step for one in intent.filters for step in _filter_steps(world, one)]
    for grant in intent.grants:
        missing = missing_permissions(world, grant)
        if missing is not None:
            steps.append(s.GrantPermissions(missing))
    for one in intent.drops:
        held = world.find_filter(one.database, one.table, one.name)
        if held is not None:
            steps.append(s.PutFilter(held, None))
    who = ", ".join(sorted({s.short(g.principal) for g in (*intent.grants, *intent.revokes)}))
    return make_plan(f"Change the access of {who}", f"access {who}", intent, steps, world)


def plan_filter(world: World, intent: ChangeFilter) -> Plan:
    """Create, change or delete a data cells filter. NotFoundError for an unknown table or column."""
    one = intent.filter
    held = world.find_filter(one.database, one.table, one.name)
    if intent.delete:
        # Lake Formation takes the grants along; as steps of their own they come back with an undo.
        revokes = (s.RevokePermissions(g) for g in world.grants if g.resource == one.resource)
        steps: tuple[s.Step, ...] = (*revokes, s.PutFilter(held, None)) if held else ()
    else:
        steps = _filter_steps(world, one, change=True)
    title = f"{'Delete' if intent.delete else 'Change' if held else 'Create'} the filter {one.name}"
    return make_plan(title, f"filter {one.database}.{one.table}.{one.name}", intent, steps, world)


def _filter_steps(world: World, one: DataFilter, change: bool = False) -> tuple[s.Step, ...]:
    check_filter(world.table(one.database, one.table), one)
    held = world.find_filter(one.database, one.table, one.name)
    if held == one:
        return ()
    if held is not None and not change:
        raise NameTakenError(
            f"{one.database}.{one.table}.{one.name}", "a filter of that name lets other cells through."
        )
    return (s.PutFilter(held, one),)


def plan_expression(world: World, intent: ChangeExpression) -> Plan:
    """Save, change or delete an LF-tag expression. NotFoundError for a key or value that isn't in the vocabulary."""
    name, held = intent.name, world.expressions.get(intent.name, ())
    if not held and not intent.expression:
        raise NotFoundError(f"There is no LF-tag expression '{name}'. It may have been deleted. See Tags.")
    if intent.expression:
        check_expression_name(name)
        limits.check_expression(intent.expression)
        limits.check_room_for_saved(world, name)
    _check_pairs(world, intent.expression)
    users = [g for g in world.grants if isinstance(g.resource, NamedExpressionResource) and g.resource.name == name]
    steps: tuple[s.Step, ...] = ()
    if held != intent.expression:
        revokes = () if intent.expression else tuple(map(s.RevokePermissions, users))
        steps = (*revokes, s.PutExpression(name, held, intent.expression))
    notes = tuple(f"The grant to {s.short(g.principal)} follows it." for g in users if intent.expression)
    verb = "Delete" if not intent.expression else "Change" if held else "Save"
    return make_plan(f"{verb} the expression {name}", f"expression {name}", intent, steps, world, notes)


def _held(world: World, grant: Grant) -> tuple[Grant, ...]:
    if piecewise.is_piecewise(grant.resource):
        return piecewise.held(world.grants, grant)
    found = (one for one in world.grants if (one.principal, one.resource) == (grant.principal, grant.resource))
    return tuple(held for one in found if (held := _common(one, grant)).permissions)


def _common(held: Grant, named: Grant) -> Grant:
    permissions = tuple(p for p in held.permissions if p in named.permissions)
    return replace(held, permissions=permissions, grantable=tuple(p for p in held.grantable if p in permissions))
