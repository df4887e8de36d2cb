"""Lake Formation's limits, asked before a plan is made: what AWS would refuse half-way is refused whole.

Source: Lake Formation developer guide, considerations for tag-based access control and notes on data filtering; API
model (TagValueList: 1 to 50).
"""

from __future__ import annotations

import json
from collections.abc import Iterable

from mesh_core.domain.tags import Expression
from mesh_core.domain.words import short
from mesh_core.domain.world import ExpressionResource, FilterResource, Grant, NamedExpressionResource, World
from mesh_core.errors import InvalidInputError, NotFoundError

INLINE_BYTES = 900
VALUES_A_KEY = 50
SAVED_AN_ACCOUNT = 1000
SAVED_A_PRINCIPAL = 50
FILTERS_A_PRINCIPAL = 100
NOTHING = "Nothing was changed."


def size_of(expression: Expression) -> int:
    """How many bytes an expression has as a grant's own: keys, values and their punctuation."""
    text = json.dumps([[key, list(values)] for key, values in expression], separators=(",", ":"), ensure_ascii=False)
    return len(text.encode())


def is_too_long(expression: Expression) -> bool:
    """Whether Lake Formation takes it only under a name."""
    return size_of(expression) > INLINE_BYTES


def check_expression(expression: Expression) -> None:
    """InvalidInputError for a key twice, a key without a value, or more values of a key than one call takes."""
    keys = [key for key, _ in expression]
    for key in keys:
        if keys.count(key) > 1:
            raise InvalidInputError(f"The expression names the LF-tag {key} twice. {NOTHING} Name all its values once.")
    for key, values in expression:
        if not values:
            raise InvalidInputError(f"The expression names no value of the LF-tag {key}. {NOTHING} Choose one.")
        if len(values) > VALUES_A_KEY:
            raise InvalidInputError(
                f"The expression names {len(values)} values of the LF-tag {key}; Lake Formation takes at most "
                f"{VALUES_A_KEY} of one key. {NOTHING} Make two expressions, or take all values with *."
            )


def check_inline(expression: Expression) -> None:
    """InvalidInputError for an expression that a grant can't hold itself."""
    check_expression(expression)
    if is_too_long(expression):
        raise InvalidInputError(
            f"The expression has {size_of(expression):,} bytes; a grant holds at most {INLINE_BYTES}. {NOTHING} "
            "Save it under a name on Tags, and grant by that name."
        )


def check_room_for_saved(world: World, name: str) -> None:
    """InvalidInputError when the account has no room for one expression more."""
    if name not in world.expressions and len(world.expressions) >= SAVED_AN_ACCOUNT:
        raise InvalidInputError(
            f"The account has {SAVED_AN_ACCOUNT:,} saved expressions, as many as Lake Formation keeps. {NOTHING} "
            "Delete one that nobody is granted by."
        )


def check_principals(world: World, grants: Iterable[Grant]) -> None:
    """NotFoundError for a role of this account that isn't there; roles of before the mesh that hold grants are."""
    known = {one.arn for one in world.principals} | {one.principal for one in world.grants}
    if not world.principals:
        return
    ours = world.naming.role_arn("")
    for grant in grants:
        if grant.principal.startswith(ours) and grant.principal not in known:
            raise NotFoundError(
                f"There is no role '{short(grant.principal)}' in this mesh. Nothing was granted. It may have been "
                "removed: choose another."
            )


def check_room(world: World, grants: Iterable[Grant]) -> None:
    """InvalidInputError when a principal would be granted by more saved expressions or filters than it may be."""
    held = {(one.principal, one.resource) for one in world.grants}
    for principal, resource in sorted({(g.principal, g.resource) for g in grants} - held, key=str):
        held.add((principal, resource))
        others = [r for p, r in held if p == principal]
        named = {r.name for r in others if isinstance(r, NamedExpressionResource)}
        if isinstance(resource, NamedExpressionResource) and len(named) > SAVED_A_PRINCIPAL:
            raise InvalidInputError(
                f"{short(principal)} is granted by {SAVED_A_PRINCIPAL} saved expressions, as many as Lake Formation "
                f"lets a principal have. {NOTHING} Revoke one of them first."
            )
        if isinstance(resource, FilterResource) and _beside(resource, others) > FILTERS_A_PRINCIPAL:
            raise InvalidInputError(
                f"{short(principal)} reads {resource.database}.{resource.table} by {FILTERS_A_PRINCIPAL} filters, as "
                f"many as Lake Formation lets a principal have on a table. {NOTHING} Revoke one of them first."
            )


def _beside(resource: FilterResource, others: Iterable[object]) -> int:
    table = (resource.database, resource.table)
    return sum(1 for one in others if isinstance(one, FilterResource) and (one.database, one.table) == table)


def check_grants(world: World, grants: Iterable[Grant]) -> None:
    """All of the above for grants that shall be made. MeshError; a saved expression that is gone is one, too."""
    wanted = tuple(grants)
    check_principals(world, wanted)
    for grant in wanted:
        if isinstance(grant.resource, ExpressionResource):
            check_inline(grant.resource.expression)
        if isinstance(grant.resource, NamedExpressionResource) and grant.resource.name not in world.expressions:
            raise NotFoundError(
                f"There is no saved expression '{grant.resource.name}'. Nothing was granted. It may have been deleted: "
                "see Tags."
            )
    check_room(world, wanted)
