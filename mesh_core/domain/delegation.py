"""What the steward hands on: which LF-tag values an owner may assign, and by which an owner may grant.

As Lake Formation has it: ASSOCIATE on a key's values lets assign them, GRANT_WITH_LF_TAG_EXPRESSION lets grant by them;
both are grants on the LF-tag itself. The portal acts with a role of its own, so it asks these grants itself, for every
assignment and every grant of somebody who is not the steward.

An owner's grant by LF-tags must name, under the key `domain`, only values on which the owner holds
GRANT_WITH_LF_TAG_EXPRESSION; further keys only narrow it. So no owner opens another domain's data.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from mesh_core.domain.intents import ChangeAssignments, ChangeGrants, EditProduct, Intent, PublishProduct
from mesh_core.domain.names import STEWARD
from mesh_core.domain.tags import Expression
from mesh_core.domain.visitors import Visitor
from mesh_core.domain.world import (
    ExpressionResource,
    Grant,
    NamedExpressionResource,
    Resource,
    TagResource,
    Target,
    World,
)
from mesh_core.errors import PermissionDeniedError

ASSIGN, GRANT_BY = "ASSOCIATE", "GRANT_WITH_LF_TAG_EXPRESSION"
DOMAIN, EVERY = "domain", "*"
CLASSIFYING = ("pii", "sensitivity")  # keys that every owner says of what is its own


def usual_rights(world: World, owner: str, domain: str) -> tuple[Grant, ...]:
    """What the owner of a domain is given: its own domain's value, and the keys that classify."""
    arn = world.naming.role_arn(owner)
    return (
        Grant(arn, TagResource(DOMAIN, (domain,)), (ASSIGN, GRANT_BY)),
        *(Grant(arn, TagResource(key, (EVERY,)), (ASSIGN,)) for key in CLASSIFYING),
    )


def lacking(world: World, owner: str, domain: str) -> tuple[Grant, ...]:
    """The part of the usual rights that an owner doesn't hold, by whatever grants."""
    arn = world.naming.role_arn(owner)
    found = []
    for grant in usual_rights(world, owner, domain):
        assert isinstance(grant.resource, TagResource)
        missing = tuple(p for p in grant.permissions if not _covers(world, arn, p, grant.resource))
        if missing:
            found.append(Grant(arn, grant.resource, missing))
    return tuple(found)


def _covers(world: World, arn: str, permission: str, wanted: TagResource) -> bool:
    have = _values(world, arn, permission, wanted.key)
    return EVERY in have or set(wanted.values) <= have


def _values(world: World, arn: str, permission: str, key: str) -> set[str]:
    """The values that a principal holds a permission on, `*` among them for all."""
    held = (g.resource for g in world.grants if g.principal == arn and permission in g.permissions)
    tags = (one for one in held if isinstance(one, TagResource) and one.key == key)
    return {value for one in tags for value in one.values}


def taking_back(world: World, grant: Grant) -> ChangeGrants:
    """The change that takes a right on values of an LF-tag away; `*` takes all of them.

    Who holds it on all values, future ones too, keeps those that are not taken, one by one.
    """
    assert isinstance(grant.resource, TagResource)
    (permission,), key = grant.permissions, grant.resource.key
    have = _values(world, grant.principal, permission, key)
    gone = have if EVERY in grant.resource.values else set(grant.resource.values)
    kept = tuple(v for v in world.tags.get(key, ()) if v not in gone) if EVERY in have - gone else ()
    revoked = tuple(sorted(gone & have | ({EVERY} & have)))
    rest = (Grant(grant.principal, TagResource(key, kept), (permission,)),) if kept else ()
    return ChangeGrants(rest, (Grant(grant.principal, TagResource(key, revoked), (permission,)),) if revoked else ())


def allowed_values(world: World, visitor: Visitor, permission: str = ASSIGN) -> Mapping[str, tuple[str, ...]]:
    """Key -> the values of the vocabulary that a visitor may assign, or grant by; keys without any are left out."""
    if visitor.is_steward:
        return dict(world.tags)
    found = {}
    for key, values in world.tags.items():
        have = _values(world, visitor.arn, permission, key)
        mine = values if EVERY in have else tuple(value for value in values if value in have)
        if mine:
            found[key] = mine
    return found


def is_confined(world: World, visitor: Visitor, resource: Resource) -> bool:
    """Whether a grant on it concerns nothing but domains by which the visitor may grant."""
    expression: Expression
    match resource:
        case ExpressionResource(_, expression):
            pass
        case NamedExpressionResource(_, name):
            expression = world.expressions.get(name, ())
        case _:
            return False
    domains = dict(expression).get(DOMAIN, ())
    mine = allowed_values(world, visitor, GRANT_BY).get(DOMAIN, ())
    return bool(domains) and all(value in mine for value in domains)


def check_delegated(world: World, visitor: Visitor, intent: Intent) -> None:
    """PermissionDeniedError for a tag that a visitor may not assign, or a grant by tags that reaches too far."""
    if visitor.is_steward:
        return
    mine = allowed_values(world, visitor)
    for target, key, value in _assigned(world, intent):
        if value not in mine.get(key, ()):
            have = ", ".join(mine.get(key, ())) or "none"
            raise PermissionDeniedError(
                f"{visitor.role} may not assign {key}={value} (to {target}): it holds no {ASSIGN} on that value. Of "
                f"{key} it may assign {have}. Nothing was changed. Ask {STEWARD}, who gives it on Tags, Rights."
            )
    if isinstance(intent, ChangeGrants):
        for grant in (*intent.grants, *intent.revokes):
            if isinstance(grant.resource, ExpressionResource | NamedExpressionResource):
                _check_grant(world, visitor, grant)


def _check_grant(world: World, visitor: Visitor, grant: Grant) -> None:
    if is_confined(world, visitor, grant.resource):
        return
    mine = allowed_values(world, visitor, GRANT_BY).get(DOMAIN, ())
    if not mine:
        raise PermissionDeniedError(
            f"{visitor.role} may not grant by LF-tags: it holds no {GRANT_BY} on a value of {DOMAIN}. Nothing was "
            f"changed. Grant by name, or ask {STEWARD}, who gives it on Tags, Rights."
        )
    raise PermissionDeniedError(
        f"{visitor.role} may grant by LF-tags only what is in {' or '.join(mine)}: the expression must say "
        f"{DOMAIN}={'|'.join(mine)}, or it would open other domains' data. Nothing was changed. Add that, or ask "
        f"{STEWARD}."
    )


def _assigned(world: World, intent: Intent) -> Iterator[tuple[Target, str, str]]:
    """What an intent newly assigns, or takes away, as (where, key, value)."""
    match intent:
        case ChangeAssignments(changes):
            wanted: Iterable[tuple[Target, Mapping[str, str]]] = changes
        case PublishProduct(draft):
            columns = ((Target(draft.domain, draft.name, column), tags) for column, tags in draft.column_tags.items())
            for target, tags in ((Target(draft.domain, draft.name), draft.tags), *columns):
                yield from _changed(target, {}, tags)
            return
        case EditProduct(product):
            wanted = _edited(product.domain, product.name, intent)
        case _:
            return
    for target, tags in wanted:
        yield from _changed(target, world.assigned.get(target, {}), tags)


def _edited(domain: str, name: str, intent: EditProduct) -> Iterator[tuple[Target, Mapping[str, str]]]:
    if intent.tags is not None:
        yield Target(domain, name), intent.tags
    for column, tags in (intent.column_tags or {}).items():
        yield Target(domain, name, column), tags


def _changed(target: Target, before: Mapping[str, str], after: Mapping[str, str]) -> Iterator[tuple[Target, str, str]]:
    for key in sorted({*before, *after}):
        if before.get(key) != after.get(key):
            yield target, key, after.get(key) or before[key]
