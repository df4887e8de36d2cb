"""The blast radius of a plan: beside who gains and loses what, which views, queries and requests come out differently.

Queries of the past are not run again: they are decided on the world as it is and as it would be.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal, NamedTuple

from mesh_core.domain import query_check
from mesh_core.domain.access import Effect, decide
from mesh_core.domain.effects import changed_tables
from mesh_core.domain.reach import index_of
from mesh_core.domain.request_grants import still_lacking
from mesh_core.domain.requests import Part, Request
from mesh_core.domain.steps import GrantPermissions, RevokePermissions, Step
from mesh_core.domain.words import describe_resource, short
from mesh_core.domain.world import Grant, World
from mesh_core.errors import MeshError


class Query(NamedTuple):
    """A query of the past: the role that ran it, when last (UTC), and how many times; or one that is kept.

    saved is the name by which its role keeps it, "" for none; last_at is "" and times 0 for one that never ran.
    """

    role: str
    sql: str
    database: str
    last_at: str
    times: int = 1
    saved: str = ""


@dataclass(frozen=True)
class Replayed:
    """A query that would come out differently; reason is what would be missing, "" where it would succeed."""

    query: Query
    becomes: Literal["fails", "succeeds"]
    reason: str = ""


@dataclass(frozen=True)
class Pending:
    """A request that a change makes impossible (`breaks`) or needless (`needless`)."""

    request_id: str
    role: str
    table: str
    becomes: Literal["breaks", "needless"]


@dataclass(frozen=True)
class Radius:
    """What a plan reaches.

    views      (view, role) that the role can't read any more
    kept_by    where nobody gains or loses: the other grants that give or keep the same
    looked_at  how many distinct queries were decided again
    """

    effects: tuple[Effect, ...] = ()
    views: tuple[tuple[str, str], ...] = ()
    queries: tuple[Replayed, ...] = ()
    requests: tuple[Pending, ...] = ()
    kept_by: tuple[str, ...] = ()
    looked_at: int = 0

    @property
    def saved(self) -> tuple[Replayed, ...]:
        """Of the queries, those that somebody keeps."""
        return tuple(one for one in self.queries if one.query.saved)

    @property
    def gains(self) -> tuple[Effect, ...]:
        """Effects by which somebody sees more."""
        return tuple(one for one in self.effects if one.gains)

    @property
    def loses(self) -> tuple[Effect, ...]:
        """Effects by which somebody sees less."""
        return tuple(one for one in self.effects if one.loses)


def radius(
    before: World,
    after: World,
    about: tuple[tuple[Step, ...], tuple[Effect, ...]],
    queries: Iterable[Query],
    requests: Iterable[tuple[Request, Part]],
) -> Radius:
    """Everything that comes out differently. `about` is a plan's steps and effects."""
    steps, effects = about
    replayed, looked_at = _replayed(before, after, queries)
    return Radius(
        effects=effects,
        views=tuple(sorted(_views(after, effects))),
        queries=replayed,
        requests=tuple(_pending(after, requests)),
        kept_by=tuple(dict.fromkeys(_kept_by(before, after, steps))) if not effects else (),
        looked_at=looked_at,
    )


def _views(after: World, effects: tuple[Effect, ...]) -> Iterator[tuple[str, str]]:
    """Views of which a role has read something and then reads nothing."""
    index = index_of(after)
    for effect in effects:
        table = index.tables.get(effect.table)
        if effect.lost and table is not None and table.view_sql and not decide(after, effect.principal, table).columns:
            yield effect.table, short(effect.principal)


def _replayed(before: World, after: World, queries: Iterable[Query]) -> tuple[tuple[Replayed, ...], int]:
    """Only queries that name a changed table or view are decided again, and all of a role whose grants change."""
    old, new = index_of(before), index_of(after)
    names = [name.partition(".")[2] for name in changed_tables(old, new)]
    everybody = old.everybodys_grants() != new.everybodys_grants()
    found, looked_at = [], 0
    for query in queries:
        arn = before.naming.role_arn(query.role)
        text = query.sql.lower()
        mine = everybody or old.raw_grants(arn) != new.raw_grants(arn)
        if not mine and not any(name in text for name in names):
            continue
        looked_at += 1
        one = _again(before, after, arn, query)
        if one is not None:
            found.append(one)
    return tuple(found), looked_at


def _again(before: World, after: World, arn: str, query: Query) -> Replayed | None:
    try:
        was = query_check.lacks_of(before, arn, query.sql, query.database)
        now = query_check.lacks_of(after, arn, query.sql, query.database)
    except MeshError:
        return None  # it never was a query that could be decided
    if bool(was) == bool(now):
        return None
    if not now:
        return Replayed(query, "succeeds")
    lack = now[0]
    return Replayed(query, "fails", f"{lack.table}: {', '.join(lack.columns[:5])}")


def _pending(after: World, requests: Iterable[tuple[Request, Part]]) -> Iterator[Pending]:
    index = index_of(after)
    for request, part in requests:
        table = index.tables.get(part.table)
        if table is None or not set(part.columns) <= set(table.column_names):
            yield Pending(request.id, request.role, part.table, "breaks")
        elif part.state == "open" and not still_lacking(after, request.role, part):
            yield Pending(request.id, request.role, part.table, "needless")


def _kept_by(before: World, after: World, steps: tuple[Step, ...]) -> Iterator[str]:
    """Other grants of the same principals that open what a step grants or takes away."""
    for step in steps:
        match step:
            case GrantPermissions(grant):
                yield from _others(after, before, grant)
            case RevokePermissions(grant):
                yield from _others(before, after, grant)


def _others(having: World, other: World, grant: Grant) -> Iterator[str]:
    """In the world without it, what opens to its principal the columns that the grant opens in the world with it."""
    if "SELECT" not in grant.permissions:
        return
    for table in having.tables:
        reasons = decide(having, grant.principal, table).reasons
        mine = [c for c, why in reasons.items() if any(_is_of(one.grant, grant) for one in why)]
        if not mine:
            continue
        instead = index_of(other).tables.get(table.full_name)
        if instead is None:
            continue
        for column, why in decide(other, grant.principal, instead).reasons.items():
            if column in mine:
                for one in why:
                    yield f"{short(grant.principal)} reads it of {table.full_name} by {one.words}"


def _is_of(held: Grant, grant: Grant) -> bool:
    return held.resource == grant.resource or describe_resource(held.resource) == describe_resource(grant.resource)
