"""Grants that Lake Formation keeps piece by piece, whoever gave which together: named columns, values of an LF-tag.

It lists a principal's columns of a table, or values of a key, as one grant for each set of rights. So whether a piece
is held, what is missing and what a revoke leaves is answered piece by piece. `*` is a value of its own: all of them,
future ones too.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TypeGuard

from mesh_core.domain.world import ColumnsResource, Grant, Resource, TagResource

Rights = tuple[tuple[str, ...], tuple[str, ...]]  # permissions, those with the grant option; both sorted


def is_piecewise(resource: Resource) -> TypeGuard[ColumnsResource | TagResource]:
    """Whether a grant is on columns by their names (and not on all but some), or on an LF-tag's values."""
    return isinstance(resource, TagResource) or (isinstance(resource, ColumnsResource) and bool(resource.columns))


def granted(grants: tuple[Grant, ...], new: Grant) -> tuple[Grant, ...]:
    """All grants after one more on such a thing."""
    rights = _rights(grants, new)
    for piece in _pieces(new):
        permissions, options = rights.get(piece, ((), ()))
        rights[piece] = (_sorted(*permissions, *new.permissions), _sorted(*options, *new.grantable))
    return _together(grants, new, rights)


def revoked(grants: tuple[Grant, ...], old: Grant) -> tuple[Grant, ...]:
    """All grants after one was taken back."""
    rights = _rights(grants, old)
    for piece in set(_pieces(old)) & set(rights):
        permissions, options = rights[piece]
        left = tuple(p for p in permissions if p not in old.permissions)
        rights[piece] = (left, tuple(p for p in options if p in left))
    return _together(grants, old, rights)


def missing(grants: tuple[Grant, ...], wanted: Grant) -> Grant | None:
    """The pieces of a grant that aren't held with all its rights, None when all are."""
    rights, resource = _rights(grants, wanted), wanted.resource
    lacking = tuple(piece for piece in _pieces(wanted) if not _has(rights.get(piece, ((), ())), wanted))
    return replace(wanted, resource=_of(resource, lacking)) if lacking else None


def held(grants: tuple[Grant, ...], wanted: Grant) -> tuple[Grant, ...]:
    """What is held of a grant: one grant for each set of rights."""
    own = {c: r for c, r in _rights(grants, wanted).items() if c in _pieces(wanted)}
    inside = {
        c: (tuple(p for p in r[0] if p in wanted.permissions), tuple(p for p in r[1] if p in wanted.permissions))
        for c, r in own.items()
    }
    return tuple(_grouped(wanted, inside))


def _pieces(grant: Grant) -> tuple[str, ...]:
    match grant.resource:
        case ColumnsResource():
            return grant.resource.columns
        case TagResource():
            return grant.resource.values
        case _:
            return ()


def _of(resource: Resource, pieces: tuple[str, ...]) -> Resource:
    """The same resource with other pieces."""
    match resource:
        case ColumnsResource():
            return replace(resource, columns=pieces)
        case TagResource():
            return replace(resource, values=pieces)
        case _:
            raise AssertionError(f"{resource} has no pieces")


def _is_beside(one: Grant, other: Grant) -> bool:
    """Whether both are pieces of one thing, held by one principal."""
    if not is_piecewise(one.resource) or not is_piecewise(other.resource) or one.principal != other.principal:
        return False
    return _of(one.resource, ()) == _of(other.resource, ())


def _rights(grants: Iterable[Grant], like: Grant) -> dict[str, Rights]:
    found: dict[str, Rights] = {}
    for one in grants:
        if _is_beside(one, like):
            for piece in _pieces(one):
                permissions, options = found.get(piece, ((), ()))
                found[piece] = (_sorted(*permissions, *one.permissions), _sorted(*options, *one.grantable))
    return found


def _has(rights: Rights, wanted: Grant) -> bool:
    return set(wanted.permissions) <= set(rights[0]) and set(wanted.grantable) <= set(rights[1])


def _together(grants: tuple[Grant, ...], like: Grant, rights: dict[str, Rights]) -> tuple[Grant, ...]:
    return (*(g for g in grants if not _is_beside(g, like)), *_grouped(like, rights))


def _grouped(like: Grant, rights: dict[str, Rights]) -> Iterable[Grant]:
    by_rights: dict[Rights, list[str]] = {}
    for piece, one in sorted(rights.items()):
        if one[0]:
            by_rights.setdefault(one, []).append(piece)
    for (permissions, options), pieces in by_rights.items():
        yield Grant(like.principal, _of(like.resource, tuple(pieces)), permissions, options)


def _sorted(*names: str) -> tuple[str, ...]:
    return tuple(sorted(set(names)))
