"""Grants on named columns: Lake Formation keeps them one by one, whoever gave which together.

It lists a principal's columns of a table as one grant for each set of rights. So whether columns are held, what is
missing of them and what a revoke leaves is answered column by column.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TypeGuard

from mesh_core.domain.world import ColumnsResource, Grant, Resource

Rights = tuple[tuple[str, ...], tuple[str, ...]]  # permissions, those with the grant option; both sorted


def are_named(resource: Resource) -> TypeGuard[ColumnsResource]:
    """Whether a grant is on columns by their names (and not on all but some)."""
    return isinstance(resource, ColumnsResource) and bool(resource.columns)


def granted(grants: tuple[Grant, ...], new: Grant) -> tuple[Grant, ...]:
    """All grants after one more on named columns."""
    rights = _rights(grants, new)
    for column in _columns(new):
        permissions, options = rights.get(column, ((), ()))
        rights[column] = (_sorted(*permissions, *new.permissions), _sorted(*options, *new.grantable))
    return _together(grants, new, rights)


def revoked(grants: tuple[Grant, ...], old: Grant) -> tuple[Grant, ...]:
    """All grants after one on named columns was taken back."""
    rights = _rights(grants, old)
    for column in set(_columns(old)) & set(rights):
        permissions, options = rights[column]
        left = tuple(p for p in permissions if p not in old.permissions)
        rights[column] = (left, tuple(p for p in options if p in left))
    return _together(grants, old, rights)


def missing(grants: tuple[Grant, ...], wanted: Grant) -> Grant | None:
    """The columns of a grant that aren't held with all its rights, None when all are."""
    rights, resource = _rights(grants, wanted), wanted.resource
    lacking = tuple(c for c in _columns(wanted) if not _has(rights.get(c, ((), ())), wanted))
    if not lacking or not isinstance(resource, ColumnsResource):
        return None
    return replace(wanted, resource=replace(resource, columns=lacking))


def held(grants: tuple[Grant, ...], wanted: Grant) -> tuple[Grant, ...]:
    """What is held of a grant on named columns: one grant for each set of rights."""
    own = {c: r for c, r in _rights(grants, wanted).items() if c in _columns(wanted)}
    inside = {
        c: (tuple(p for p in r[0] if p in wanted.permissions), tuple(p for p in r[1] if p in wanted.permissions))
        for c, r in own.items()
    }
    return tuple(_grouped(wanted, inside))


def _columns(grant: Grant) -> tuple[str, ...]:
    return grant.resource.columns if isinstance(grant.resource, ColumnsResource) else ()


def _is_beside(one: Grant, other: Grant) -> bool:
    """Whether both are named columns of one principal on one table."""
    mine, theirs = one.resource, other.resource
    if not are_named(mine) or not are_named(theirs) or one.principal != other.principal:
        return False
    return (mine.database, mine.table) == (theirs.database, theirs.table)


def _rights(grants: Iterable[Grant], like: Grant) -> dict[str, Rights]:
    found: dict[str, Rights] = {}
    for one in grants:
        if _is_beside(one, like):
            for column in _columns(one):
                permissions, options = found.get(column, ((), ()))
                found[column] = (_sorted(*permissions, *one.permissions), _sorted(*options, *one.grantable))
    return found


def _has(rights: Rights, wanted: Grant) -> bool:
    return set(wanted.permissions) <= set(rights[0]) and set(wanted.grantable) <= set(rights[1])


def _together(grants: tuple[Grant, ...], like: Grant, rights: dict[str, Rights]) -> tuple[Grant, ...]:
    return (*(g for g in grants if not _is_beside(g, like)), *_grouped(like, rights))


def _grouped(like: Grant, rights: dict[str, Rights]) -> Iterable[Grant]:
    by_rights: dict[Rights, list[str]] = {}
    for column, one in sorted(rights.items()):
        if one[0]:
            by_rights.setdefault(one, []).append(column)
    for (permissions, options), columns in by_rights.items():
        if isinstance(like.resource, ColumnsResource):
            yield Grant(like.principal, replace(like.resource, columns=tuple(columns)), permissions, options)


def _sorted(*names: str) -> tuple[str, ...]:
    return tuple(sorted(set(names)))
